"""Expressions of composed pictures: each fits one thing alone, which is where its box is."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.train.tasks.formats import _composed
from train.tasks.formats import scene_expressions


def _found(project, *scenes):
    snapshot = _composed.write(project, {str(n): scene for n, scene in enumerate(scenes)})
    found = scene_expressions.examples(scene_expressions.Params(), snapshot)
    return {one.text: one for one in found}


def test_a_thing_is_told_by_its_name_and_by_how_it_stands_to_the_other(project):
    said = ["a small lemon", "a horse"]
    found = _found(project, _composed.beside("lemon", "left of", "horse", ["a"], said))
    kinds = {text: one.kind for text, one in found.items()}
    relation = {text for text, kind in kinds.items() if kind in ("relation", "place")}
    assert {text for text, kind in kinds.items() if kind == "name"} == {
        "the small lemon",
        "the horse",
    }
    assert relation in (
        {"the small lemon to the left of the horse", "the thing to the left of the horse"},
        {"the horse to the right of the small lemon", "the thing to the right of the small lemon"},
    )


def test_each_box_is_where_the_picture_shows_the_thing(project):
    found = _found(project, _composed.beside("lemon", "above", "horse", ["a"]))
    for text, one in found.items():
        pixels = np.asarray(Image.open(io.BytesIO(one.pictures[0].read_bytes())).convert("RGB"))
        ((x1, y1, x2, y2),) = np.rint(np.array(one.boxes) * len(pixels)).astype(int)
        name = "lemon" if text.startswith("the lemon") else "horse"
        if text.startswith("the thing"):
            name = "lemon" if "above" in text else "horse"
        inside = pixels[y1 : y2 + 1, x1 : x2 + 1]
        assert (inside == _composed.colour(name)).all(), text
        assert (pixels == _composed.colour(name)).all(-1).sum() == inside.shape[0] * inside.shape[1]


def test_of_several_things_the_outermost_is_told(project):
    found = _found(project, _composed.counted("apple", 3, ["a"]))
    assert {text: one.boxes[0][0] for text, one in found.items()} == {
        "the leftmost apple": pytest.approx(0.05),
        "the topmost apple": pytest.approx(0.05),
        "the rightmost apple": pytest.approx(0.53),
        "the lowest apple": pytest.approx(0.53),
    }


def test_what_is_not_plainly_the_outermost_is_not_told(project):
    scene = _composed.counted("apple", 2, ["a"])
    level = [(name, (x1, 5, x2, 20)) for name, (x1, _, x2, _) in scene["things"]]
    found = _found(project, scene | {"things": level})
    assert {*found} == {"the leftmost apple", "the rightmost apple"}


def test_a_name_that_two_things_have_tells_neither(project):
    scene = _composed.beside("apple", "left of", "apple", ["a"], ["a red apple", "a green apple"])
    assert _found(project, scene) == {}
