import pytest

from align import check_negatives


@pytest.fixture
def objections(words, database_folder):
    """What speaks against exchanging words of a caption."""

    def run(caption, was, becomes, *others, how="noun", kind="object", lang="en"):
        start = caption.index(was)
        negative = caption.replace(was, becomes)
        row = {
            **{"lang": lang, "how": how, "kind": kind, "caption": negative},
            **{"starts": [start], "ends": [start + len(was)], "texts": [becomes]},
            **{"twin": f"image: {caption}", "twin_negative": f"image: {negative}"},
        }
        beside = [{"lang": lang, "caption": text} for text in (caption, *others)]
        found = check_negatives.objections(row, beside[0], beside, words.database, database_folder)
        return list(found)

    return run


def test_nothing_speaks_against_a_false_caption(objections):
    assert not objections("a dog in a box", "dog", "cat")
    assert not objections("男性: 濃い肌色", "男性", "女性", lang="ja")


def test_what_another_caption_says_is_found(objections):
    assert "says ['cat']" in objections("a dog", "dog", "cat", "a cat and a dog")[0]
    assert "says" in objections("赤い花", "赤い", "青い", "青い空", lang="ja")[0]


def test_a_word_for_a_kind_of_it_is_found(objections):
    assert "akin" in objections("a dog", "dog", "heron", "a great blue animal")[0]


def test_a_negative_of_the_same_graph_is_found(objections):
    assert "its graph is the caption's" in objections("a bat", "bat", "chiropteran")


def test_edits_that_do_not_give_it_are_found(words, database_folder):
    row = {
        **{"lang": "en", "how": "noun", "kind": "object", "caption": "a cat"},
        **{"starts": [2], "ends": [5], "texts": ["mouse"]},
        **{"twin": "image: a dog", "twin_negative": "image: a cat"},
    }
    pair = {"lang": "en", "caption": "a dog"}
    found = check_negatives.objections(row, pair, [pair], words.database, database_folder)
    assert "its edits do not give it" in list(found)
