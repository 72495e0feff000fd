"""Questions about composed pictures: the labeler's own, and none that is guessed by its words."""

import json
from collections import Counter

import pyarrow as pa
import pytest

from curate.dataset import record, tables
from curate.dataset.errors import SourceError
from curate.dataset.questions import LABELER, QUESTIONS
from tests.train.tasks.formats import _blind, _composed
from train import task_set
from train.tasks import examples
from train.tasks.formats import Example, Omitted, scene_questions

SHARES = {"validation": 0.3, "test": 0.3}


@pytest.fixture
def snapshot(project):
    """Sixty pictures of a lemon and a horse, each of a parent of its own."""
    composed = {
        str(number): _composed.beside("lemon", "left of", "horse", [f"parent {number}"])
        for number in range(60)
    }
    return _composed.write(project, composed)


def ask(snapshot, *of_each):
    """Ask questions of every picture: functions of its number to (text, answer, kind)."""
    manifest = tables.read(snapshot / record.MANIFEST_FILE)
    made = tables.rows_with(manifest, "set", ["data/made/compose"])
    images = sorted({*made.column("image").to_pylist()})
    rows = [
        (image, question, *told(number), "scene", "0" * 32)
        for number, image in enumerate(images)
        for question, told in enumerate(of_each)
    ]
    file = snapshot.parent / "labels_made" / LABELER / f"{LABELER}.parquet"
    names = QUESTIONS.schema.names
    table = pa.Table.from_pylist(
        [dict(zip(names, row, strict=True)) for row in rows], QUESTIONS.schema
    )
    tables.write(table, file, QUESTIONS.key, QUESTIONS.schema)
    told = {"labels": [{"path": file.as_posix()}, {"path": "data/labels/scene/nodes.parquet"}]}
    (snapshot / record.SNAPSHOT_FILE).write_text(json.dumps(told))


def found(snapshot):
    return list(scene_questions.examples(scene_questions.Params(**SHARES), snapshot))


def test_what_the_labeler_asks_is_asked_of_its_picture(snapshot):
    ask(snapshot, lambda number: (f"What is above the {number}?", "horse", "place"))
    told = found(snapshot)
    assert len(told) == len({one.example for one in told}) == 60
    assert len({one.pictures for one in told}) == 60
    for one in told:
        image, number = one.example.split("-")
        assert record.image_name(one.pictures[0].read_bytes()) == image
        assert (number, one.answers, one.scores, one.kind) == ("0", ("horse",), (1.0,), "place")


def test_yes_and_no_are_as_frequent_in_every_split_and_of_a_text_that_is_asked_with_both(snapshot):
    ask(
        snapshot,
        lambda n: ("Is there a lemon?", "no" if n % 3 else "yes", "object"),
        lambda n: ("Is there a horse?", "yes" if n % 4 else "no", "object"),
        lambda n: (f"Is the lemon above {n}?", "yes" if n % 5 else "no", "relation"),
    )
    told = found(snapshot)
    assert {one.split for one in told} == {"train", "validation", "test"}
    for seen in (_blind.words, lambda one: (one.split, one.kind)):
        some = [one for one in told if seen is not _blind.words or one.kind == "object"]
        assert _blind.best(some, seen) == 0.5
    assert Counter(one.kind for one in told)["relation"] >= 10


def test_numbers_are_as_frequent_in_every_split(snapshot):
    numbers = ("two", "two", "three", "four", "four", "four")
    ask(snapshot, lambda n: ("How many are there?", numbers[n % 6], "number"))
    counts = Counter((one.split, one.answers) for one in found(snapshot))
    for split in ("train", "validation", "test"):
        own = {number for (of, _), number in counts.items() if of == split}
        assert len(own) == 1


def test_what_training_never_answers_is_not_asked_for_and_told_apart(snapshot):
    ask(snapshot, lambda n: ("What is there?", f"thing {n}", "place"))
    told = found(snapshot)
    held_out = [one for one in told if isinstance(one, Omitted)]
    assert {one.split for one in told if isinstance(one, Example)} == {"train"}
    assert len(held_out) > 10
    assert {one.reason for one in held_out} == {"answer that training has none of"}
    assert held_out[0].detail.startswith("What is there? thing ")


def test_without_questions_it_is_said_what_makes_them(snapshot):
    (snapshot / record.SNAPSHOT_FILE).write_text('{"labels": []}')
    with pytest.raises(SourceError, match=r"no questions about composed.*label_grounded"):
        found(snapshot)


def test_a_task_is_made_of_a_snapshot(snapshot, project, workers):
    ask(snapshot, lambda n: ("Is it so?", ("yes", "no")[n % 2], "attribute"))
    asked = {"kind": "scene_questions", "reads": "data/snapshot", **SHARES}
    figures = task_set.main("questions", project / "task", asked)
    assert figures["held_out_pictures_that_train"] == 0
    assert min(figures["examples"].values()) > 0
    assert examples.kind(project / "task") == "scene_questions"
