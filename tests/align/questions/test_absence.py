import pytest

from align.questions.absence import Absence
from curate.dataset import wordnet


@pytest.fixture(scope="module")
def absence(fetched_folder):
    """Over the WordNet that is fetched."""
    return Absence(wordnet.open_folder(fetched_folder))


@pytest.mark.parametrize(
    ("noun", "shown"),
    [
        ("dog", ["lemon"]),
        ("lemon", ["horse", "truck"]),
        ("guitar", ["tomato", "elephant"]),
        ("truck", ["apple"]),
    ],
)
def test_what_is_of_another_broad_kind_is_surely_not_shown(absence, noun, shown):
    assert absence.sure(noun, shown)


@pytest.mark.parametrize(
    ("noun", "shown"),
    [
        ("dog", ["puppy"]),  # a kind of it
        ("woman", ["teacher"]),  # may be one
        ("hat", ["farmer"]),  # may wear one
        ("trumpet", ["musician"]),
        ("fish", ["lemon", "sushi"]),
        ("train", ["station"]),
        ("candle", ["lemon"]),  # of no kind that is known
        ("lemon", ["candle"]),
        ("dog", ["hot dog"]),
        ("cat", ["tiger"]),
        ("fish", ["fishing boat"]),  # by its letters
    ],
)
def test_what_could_be_part_of_what_is_shown_is_not_said_to_be_absent(absence, noun, shown):
    assert not absence.sure(noun, shown)
