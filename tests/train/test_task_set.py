"""A task's files become a set that labelers read, and a table of examples."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curate.dataset import pictures, sets, tables
from curate.dataset.errors import EmptySetError, ParamsError, RejectsError
from tests._tasks import write_easy_vqa
from train import task_set
from train.tasks import examples

ASKED = {"kind": "easy_vqa", "validation": 0.3, "licence": "MIT"}


@pytest.fixture
def task(project: Path, drawn: Callable[..., bytes], workers: str) -> Callable[..., dict[str, Any]]:
    """Makes the task's folder `task` of 16 pictures, some of which `spoil` may spoil."""

    def make(spoil: Callable[[int], bytes | None] = lambda _: None, **changed: Any) -> Any:
        wheel = write_easy_vqa(project / "packages/easy-vqa.whl", drawn, 16, spoil)
        return task_set.main("shapes", project / "task", {**ASKED, "reads": str(wheel), **changed})

    return make


def test_examples_name_pictures_of_a_set_that_can_be_read(task, project):
    figures = task()
    rows = examples.read(project / "task").to_pylist()
    pairs = sets.located([project / "task" / examples.SET])
    shown = dict(pictures.decoded(sets.distinct_images(pairs)))
    assert {image for row in rows for image in row["images"]} == set(shown)
    assert set(pairs.column("licence").to_pylist()) == {"MIT"}
    colours = {"red": (255, 0, 0), "blue": (0, 0, 255)}
    asked = [row for row in rows if row["answers"][0] in colours]
    assert asked
    for row in asked:
        seen = np.asarray(shown[row["images"][0]])
        assert tuple(seen[len(seen) // 2, len(seen) // 2]) == colours[row["answers"][0]]
    assert figures["pictures"]["train"] + figures["pictures"]["validation"] == 16
    assert figures["held_out_pictures_that_train"] == 0
    assert examples.kind(project / "task") == "easy_vqa"


def test_the_same_files_give_the_same_bytes(task, project):
    def written():
        return {f.name: f.read_bytes() for f in (project / "task").rglob("*.*") if f.is_file()}

    task()
    first = written()
    task()
    assert written() == first


def test_an_example_without_its_picture_is_rejected_and_too_many_stop_the_stage(task, project):
    figures = task(lambda number: b"no picture" if number == 0 else None, max_rejected=0.5)
    rejected = tables.read(project / "task/set/rejected.parquet").to_pylist()
    assert figures["rejected"] == len(rejected) == 2
    assert {row["reason"] for row in rejected} == {"unreadable picture"}
    with pytest.raises(RejectsError, match=r"32 of 36 examples lack a picture.*0\.png"):
        task(lambda _: b"no picture")


def test_a_split_that_stays_empty_and_a_missing_path_are_told(task):
    with pytest.raises(EmptySetError, match=r"tasks\.shapes: no example to validation with"):
        task(validation=0.0)
    with pytest.raises(ParamsError, match=r"tasks\.shapes\.reads is None; .*where the task's"):
        task_set.main("shapes", Path("task"), {"kind": "easy_vqa"})
