"""How two things stand, and by which edges: each answer, and each reason, as often right."""

import re
from collections import Counter, defaultdict

import pytest

from curate.dataset import sets, tables, truth
from tests.train.tasks.formats import _composed
from train import task_set
from train.tasks import examples
from train.tasks.formats import scene_commonsense
from train.tasks.metrics.vcr import ANSWER, RATIONALE

_SPREAD = ((30, 50), (40, 50), (40, 60), (50, 70), (35, 65))  # where one ends, the other begins


def placed(number, way):
    """A picture of two things whose edges differ from that of the next number."""
    scene = _composed.beside(f"thing{number}", way, "horse", [f"parent {number} {way}"])
    end, begin = _SPREAD[number % len(_SPREAD)]
    across = way in ("left of", "right of")
    near, far = ((5, 30, end, 70), (begin, 30, 95, 70))
    boxes = [near, far] if across else [(y1, x1, y2, x2) for x1, y1, x2, y2 in (near, far)]
    boxes = boxes if way in ("left of", "above") else boxes[::-1]
    names = [name for name, _ in scene["things"]]
    return scene | {"things": list(zip(names, boxes, strict=True))}


@pytest.fixture
def snapshot(project):
    ways = ("left of", "above", "right of", "below")
    composed = {
        f"{number} {way}": placed(number, way) for number in range(10) for way in ways[: 2 + number]
    }
    return _composed.write(project, composed)


@pytest.fixture
def found(snapshot):
    params = scene_commonsense.Params(validation=0.0, test=0.0)
    return list(scene_commonsense.examples(params, snapshot))


def of_kind(found, kind):
    return [one for one in found if one.kind == kind]


def test_every_question_has_an_answer_and_a_reason_among_four(found):
    groups = defaultdict(list)
    for one in found:
        groups[one.group].append(one)
        assert len({*one.choices}) == 4
        assert {*one.answers} < {*one.choices}
    for answer, reason in groups.values():
        assert (answer.kind, reason.kind) == (ANSWER, RATIONALE)
        assert reason.text == f"{answer.text} {answer.answers[0]}."
        assert answer.pictures == reason.pictures


def test_the_reason_says_where_the_things_really_end_and_begin(found, snapshot):
    objects = tables.read(snapshot.parent / "made/compose/objects.parquet").to_pylist()
    pairs = tables.read(snapshot.parent / "made/compose" / sets.PAIRS_FILE).to_pylist()
    assert {*truth.OBJECTS.schema.names} == {*objects[0]}
    boxes = {(row["image"], row["name"]): row for row in objects}
    assert {row["image"] for row in pairs} == {image for image, _ in boxes}
    told = re.compile(r"an? (\w+) ends at (\d) tenths of the (\w+), an? (\w+) begins at (\d)")
    for one in of_kind(found, RATIONALE):
        image = one.example.split("-")[0]
        first, end, side, second, begin = told.fullmatch(one.answers[0]).groups()
        axis = {"width": "x", "height": "y"}[side]
        assert int(end) == round(10 * boxes[image, first][f"{axis}2"])
        assert int(begin) == round(10 * boxes[image, second][f"{axis}1"])
        assert boxes[image, first][f"{axis}1"] < boxes[image, second][f"{axis}1"]


def test_neither_answers_nor_reasons_are_told_by_words(found):
    answers, reasons = of_kind(found, ANSWER), of_kind(found, RATIONALE)
    assert len(answers) == len(reasons) >= 32
    ways = Counter(re.sub(r"an? \w+", "", one.answers[0]).strip() for one in answers)
    assert len({*ways.values()}) == 1
    assert len(ways) == 4
    edges = defaultdict(Counter)  # of those that are offered together, each is right as often
    for one in reasons:
        offered = tuple(sorted(re.sub(r"an? \w+", "", choice) for choice in one.choices))
        edges[offered][re.sub(r"an? \w+", "", one.answers[0])] += 1
    for told in edges.values():
        assert len(told) == 4
        assert len({*told.values()}) == 1
    places = Counter(one.choices.index(one.answers[0]) for one in found)
    assert max(places.values()) < 0.45 * places.total()


def test_a_task_is_made_of_a_snapshot(project, workers):
    composed = {
        f"{number} {way}": placed(number, way)
        for number in range(40)
        for way in ("left of", "below")
    }
    _composed.write(project, composed)
    asked = {"kind": "scene_commonsense", "reads": "data/snapshot", "validation": 0.3, "test": 0.3}
    figures = task_set.main("commonsense", project / "task", asked)
    assert figures["held_out_pictures_that_train"] == 0
    assert min(figures["examples"].values()) > 0
    rows = examples.read(project / "task").to_pylist()
    assert Counter(row["kind"] for row in rows)[ANSWER] == len(rows) / 2
