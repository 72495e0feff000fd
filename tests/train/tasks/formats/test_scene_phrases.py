"""Phrases of composed pictures' captions: each with the boxes of all that it names."""

import io

import pytest
from PIL import Image

from tests.train.tasks.formats import _composed
from train import task_set
from train.tasks import examples
from train.tasks.formats import scene_phrases


@pytest.fixture
def told(project):
    """Phrase -> its example, of three pictures."""
    snapshot = _composed.write(
        project,
        {
            "beside": _composed.beside("lemon", "left of", "horse", ["a"]),
            "said": _composed.beside("dog", "above", "car", ["b"], ("a big dog", "a car")),
            "three": _composed.counted("apple", 3, ["c"]),
        },
    )
    found = list(scene_phrases.examples(scene_phrases.Params(), snapshot))
    assert len({one.example for one in found}) == len(found)
    return {one.text: one for one in found}


def test_each_phrase_of_a_picture_is_asked_for_once_by_what_it_names(told):
    kinds = {text: one.kind for text, one in told.items()}
    assert kinds == {
        "a lemon": "one",
        "a horse": "one",
        "a big dog": "one",
        "a car": "one",
        "three apples": "several",
    }


@pytest.mark.parametrize(
    ("text", "name", "number"), [("a horse", "horse", 1), ("three apples", "apple", 3)]
)
def test_its_boxes_are_those_of_all_that_it_names(told, text, name, number):
    one = told[text]
    assert len({*one.boxes}) == number
    picture = Image.open(io.BytesIO(one.pictures[0].read_bytes())).convert("RGB")
    for x1, y1, x2, y2 in one.boxes:
        middle = (x1 + x2) / 2 * picture.width, (y1 + y2) / 2 * picture.height
        assert picture.getpixel(tuple(map(int, middle))) == _composed.colour(name)


def test_a_task_is_made_of_a_snapshot(project, workers):
    composed = {
        str(number): _composed.counted("apple", 2 + number % 3, [f"parent {number}"])
        for number in range(20)
    }
    _composed.write(project, composed)
    asked = {"kind": "scene_phrases", "reads": "data/snapshot", "validation": 0.3, "test": 0.3}
    figures = task_set.main("phrases", project / "task", asked)
    assert figures["held_out_pictures_that_train"] == 0
    assert sum(figures["examples"].values()) == 20
    rows = examples.read(project / "task").to_pylist()
    assert {len(row["boxes"]) for row in rows} == {2, 3, 4}
