"""Statements about two composed pictures: true where they should be, and never to be guessed."""

import io

import pytest
from PIL import Image

from tests.train.tasks.formats import _blind, _composed
from train import task_set
from train.tasks import examples
from train.tasks.formats import scene_statements


@pytest.fixture
def found(project):
    snapshot = _composed.write(
        project,
        {
            "left": _composed.beside("lemon", "left of", "horse", ["a", "b"]),
            "right": _composed.beside("lemon", "right of", "horse", ["a", "b"]),
            "two": _composed.counted("apple", 2, ["c"]),
            "three": _composed.counted("apple", 3, ["c"]),
        },
        [("relation", "left", "right"), ("count", "two", "three")],
    )
    return list(scene_statements.examples(scene_statements.Params(), snapshot))


def test_a_statement_holds_of_the_picture_that_its_caption_is_of(found):
    shown = {one.pictures[0]: None for one in found if "lemon" in one.text}
    left, right = [*shown]
    for one in found:
        if one.text == "The left picture shows a lemon to the left of a horse.":
            first = one.pictures[0].read_bytes()
            told = _shows_left(first)
            assert one.answers == ("true" if told else "false",)
        if one.text == "The right picture shows a horse to the left of a lemon.":
            second = one.pictures[1].read_bytes()
            assert one.answers == ("false" if _shows_left(second) else "true",)
    assert {one.pictures for one in found if "lemon" in one.text} == {(left, right), (right, left)}


def _shows_left(data):
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    return picture.getpixel((40, 100)) == _composed.colour("lemon")


def test_the_picture_that_counts_more_shows_more(found):
    more = [one for one in found if one.kind == "comparison"]
    assert {one.text for one in more} == {
        "The left picture shows more apples than the right picture.",
        "The right picture shows more apples than the left picture.",
    }
    three = next(
        one.pictures[0]
        for one in found
        if (one.text, one.answers) == ("The left picture shows three apples.", ("true",))
    )
    for one in more:
        side = one.pictures.index(three)
        assert one.answers == ("true" if ("left", "right")[side] in one.text[:9] else "false",)


def test_neither_words_nor_pictures_alone_tell_whether_it_holds(found):
    assert len(found) == 2 * 2 * 2 * 2 + 2 * 2 * 2 + 2 * 2
    for seen in (_blind.words, lambda one: one.text, lambda one: one.pictures):
        assert _blind.best(found, seen) == 0.5


def test_a_statement_of_one_group_is_asked_of_the_pictures_in_both_orders(found):
    groups = {}
    for one in found:
        groups.setdefault(one.group, []).append(one)
    for own in groups.values():
        assert sorted(one.answers for one in own) == [("false",), ("true",)]
        assert own[0].pictures == own[1].pictures[::-1]
        assert own[0].text == own[1].text


def test_a_task_is_made_of_a_snapshot(project, workers):
    composed, twins = {}, []
    for number in range(20):
        for way in ("left of", "right of"):
            scene = _composed.beside("lemon", way, "horse", [f"parent {number}"])
            composed[f"{number} {way}"] = scene
        twins.append(("relation", f"{number} left of", f"{number} right of"))
    _composed.write(project, composed, twins)
    asked = {"kind": "scene_statements", "reads": "data/snapshot", "validation": 0.3, "test": 0.3}
    figures = task_set.main("statements", project / "task", asked)
    assert figures["held_out_pictures_that_train"] == 0
    assert sum(figures["pictures"].values()) == 40
    assert min(figures["examples"].values()) > 0
    assert examples.read(project / "task").num_rows == 20 * 16
