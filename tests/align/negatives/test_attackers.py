import pytest

from align.negatives import attackers
from align.negatives import words as lexicon

CORPUS = ["a red ball", "a red box", "a red hat", "a big dog", "the dog"]
NOTHING = attackers.count([], scattered=True)


@pytest.fixture
def attack():
    def run(true, false, seen=NOTHING):
        counts = attackers.count(CORPUS, scattered=True)
        model = attackers.Bigrams(counts, scattered=True)
        signs = attackers.signs(true, false, seen, model, lexicon.of("en"))
        return dict(zip(attackers.NAMES, signs, strict=True))

    return run


def test_the_shorter_caption_is_taken_for_true(attack):
    assert attack("a red hat", "a white hat")["length"] == 1
    assert attack("a white hat", "a red hat")["length"] == -1
    assert attack("a red hat", "a big hat")["length"] == 0


def test_the_usual_wording_is_taken_for_true(attack):
    assert attack("a red ball", "a dog ball")["ngrams"] == 1
    assert attack("a dog ball", "a red ball")["ngrams"] == -1


def test_a_model_forgets_the_caption_that_it_is_asked_about(attack):
    own = attackers.count(["a big dog"], scattered=True)
    assert attack("a big dog", "a red dog")["ngrams"] == 1
    assert attack("a big dog", "a red dog", own)["ngrams"] == -1


def test_wrong_and_missing_articles_are_seen(attack):
    assert attack("a dog", "a ape")["articles"] == 1
    assert attack("a dog", "an dog")["articles"] == 1
    assert attack("a dog on the hat", "a dog on hat")["articles"] == 1
    assert attack("a dog", "a cat")["articles"] == 0


def test_odd_spaces_are_seen(attack):
    assert attack("a dog.", "a dog .")["spacing"] == 1
    assert attack("a dog.", "a cat.")["spacing"] == 0


def test_undecided_attackers_are_right_by_half():
    assert attackers.accuracy([1, 1, -1, 0]) == pytest.approx(0.625)
    assert attackers.accuracy([]) == 0.5


def test_text_without_spaces_is_read_by_characters():
    assert attackers.tokens("赤い 花", scattered=False) == ["赤", "い", " ", "花"]
