from pathlib import Path

import pytest

from align.grounding.phrases import Phrase, distinct
from align.grounding.scenes import parsed
from align.labelers.scene import parse_all


def phrases_of(caption: str, folder: Path) -> list[Phrase]:
    return parsed(caption, parse_all([caption], folder)[0])[0]


def test_a_phrase_has_its_attributes_and_covers_them(database_folder: Path) -> None:
    caption = "a small red apple to the left of a dog"
    apple, dog = phrases_of(caption, database_folder)
    assert (apple.words, dog.words) == ("small red apple", "dog")
    assert caption[apple.start : apple.end] == "small red apple"
    assert (apple.things, dog.things) == (1, 1)


@pytest.mark.parametrize(
    ("caption", "count"), [("four dogs", 4), ("dogs", None), ("a pair of dogs", 2), ("a dog", 1)]
)
def test_a_phrase_says_how_many_it_names(
    caption: str, count: int | None, database_folder: Path
) -> None:
    [phrase] = phrases_of(caption, database_folder)
    assert (phrase.words, phrase.things) == ("dog", count)


def test_a_number_of_thousands_of_digits_is_more_than_any_picture_shows(
    database_folder: Path,
) -> None:
    [phrase] = phrases_of("1" * 5_000 + " dogs", database_folder)
    assert phrase.things == 111_111_111


def test_what_is_said_not_to_be_there_is_no_phrase(database_folder: Path) -> None:
    assert [p.words for p in phrases_of("a dog with no apple", database_folder)] == ["dog"]


def test_words_that_several_phrases_have_are_listed_once() -> None:
    same = [Phrase(node, 0, 3, "dog", 1) for node in (0, 1)]
    assert distinct([*same, Phrase(2, 0, 3, "cat", 1)]) == ["cat", "dog"]
