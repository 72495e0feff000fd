import pytest

from align import lexicon


def likeliest(words, text):
    scores = words.word(text).scores
    return max(scores, key=lambda tag: scores[tag])


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("the", "D"), ("two", "Q"), ("7", "Q"), ("and", "C"), ("in", "P"), ("which", "W"),
        ("dog", "N"), ("big", "A"), ("holding", "G"), ("holds", "V"), ("covered", "K"), ("!", "X"),
        ("striped", "A"), ("axolotl", "N"), ("three-legged", "A"), ("rightwards", "A"),
    ],
)  # fmt: skip
def test_a_word_s_likeliest_part_of_speech(words, text, tag):
    assert likeliest(words, text) == tag


def test_lemmas_are_base_forms(words):
    assert words.word("women").lemmas["N"] == "woman"
    assert words.word("ridden").lemmas["V"] == "ride"


def test_unknown_and_plural_words_say_so(words):
    assert words.word("axolotl").unknown
    assert not words.word("dog").unknown
    assert not words.word("the").unknown
    assert words.word("dogs").plural
    assert not words.word("dog").plural


def test_fields_and_kinds_are_of_the_commonest_sense(words):
    assert words.field("bat") == "noun.animal"
    assert words.field("axolotl") == ""
    assert words.is_a("hat", frozenset({"clothing.n.01"}))
    assert not words.is_a("dog", frozenset({"clothing.n.01"}))


def test_a_plural_keeps_its_own_meaning_only_where_it_is_usual(fetched_folder):
    words = lexicon.of_folder(fetched_folder)
    lemmas = {w: words.word(w).lemmas["N"] for w in ("eyes", "hands", "glasses", "pants", "woods")}
    assert lemmas == {
        "eyes": "eye", "hands": "hand", "glasses": "glasses", "pants": "pants", "woods": "woods",
    }  # fmt: skip
