"""Sentences about composed pictures: entailed where they should be, and never to be guessed."""

import pytest

from tests.train.tasks.formats import _blind, _composed
from train.tasks.formats import scene_entailments


@pytest.fixture
def found(project):
    snapshot = _composed.write(
        project,
        {
            "two": _composed.counted("apple", 2, ["a"]),
            "three": _composed.counted("apple", 3, ["a"]),
            "plain": _composed.beside("lemon", "above", "horse", ["b"]),
            "other": _composed.beside("cat", "left of", "cup", ["c"]),
        },
        [("count", "two", "three")],
    )
    return list(scene_entailments.examples(scene_entailments.Params(), snapshot))


def test_a_caption_is_entailed_and_that_of_a_twin_contradicted(found):
    counts = [one for one in found if one.kind == "count"]
    told = {(one.text, one.answers[0]) for one in counts}
    assert told == {
        (f"The picture shows {number} apples.", answer)
        for number in ("two", "three")
        for answer in ("entailment", "contradiction")
    }
    entailed = [one for one in counts if one.answers == ("entailment",)]
    assert len({one.pictures for one in entailed}) == 2


def test_the_opposite_of_how_two_things_stand_is_contradicted(found):
    told = {one.text: one.answers[0] for one in found if "lemon" in one.text}
    assert told == {
        "The picture shows a lemon above a horse.": "entailment",
        "The picture shows a lemon below a horse.": "contradiction",
        "The picture shows a horse below a lemon.": "entailment",
        "The picture shows a horse above a lemon.": "contradiction",
    }


def test_neither_words_nor_pictures_alone_tell_the_class(found):
    assert len(found) == 4 + 4 + 4
    assert _blind.best(found, _blind.words) == 0.5
    assert _blind.best(found, lambda one: one.pictures) == 0.5
    assert len({one.example for one in found}) == len(found)
