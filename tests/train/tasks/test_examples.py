"""The form of tasks' examples: what is written comes back, and what does not fit is refused."""

from pathlib import Path

import pyarrow as pa
import pytest

from curate.dataset import tables
from curate.dataset.errors import DataError
from train.tasks import examples


def _rows(*splits: str) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "example": f"{place}",
                "split": split,
                "images": ["a" * 32],
                "text": "what is red?",
                "lang": "en",
                "choices": [],
                "answers": ["circle"],
                "scores": [1.0],
                "boxes": [[0.0, 0.25, 0.5, 1.0]],
                "kind": "shape",
                "group": "",
                "details": {"question type": ["what is"]},
            }
            for place, split in reversed(list(enumerate(splits)))
        ],
        examples.EXAMPLES.schema,
    )


def test_examples_come_back_sorted_and_by_split(tmp_path: Path) -> None:
    rows = _rows("train", "test", "train")
    examples.write(rows, tmp_path, "vqa")
    assert examples.read(tmp_path).equals(rows.sort_by("example"))
    assert examples.read(tmp_path, "train").column("example").to_pylist() == ["0", "2"]


def test_a_split_of_another_name_is_refused(tmp_path: Path) -> None:
    examples.write(_rows("train", "testdev"), tmp_path, "vqa")
    with pytest.raises(DataError, match="'testdev' is none of train, validation, test"):
        examples.read(tmp_path)


def test_a_table_of_another_form_is_refused(tmp_path: Path) -> None:
    tables.write(_rows("train").drop(["boxes"]), tmp_path / examples.FILE, "example")
    with pytest.raises(DataError, match="boxes"):
        examples.read(tmp_path)


def test_a_right_choice_that_reads_like_another_is_refused_since_a_wrong_one_were_right(
    tmp_path: Path,
) -> None:
    def told(*choices: str) -> pa.Table:
        row = _rows("train").to_pylist()[0] | {"choices": [*choices]}
        return pa.Table.from_pylist([row], examples.EXAMPLES.schema)

    examples.write(told("square", "circle", "square"), tmp_path, "vcr")
    twins = told("circle", "square", "circle")
    with pytest.raises(DataError, match="example '0' has 2 choices that read 'circle'"):
        examples.write(twins, tmp_path, "vcr")
    tables.write(twins, tmp_path / examples.FILE, "example")  # as one made before may be
    with pytest.raises(DataError, match=r"examples.parquet: example '0' has 2 choices"):
        examples.read(tmp_path)


def test_the_format_that_they_came_by_is_kept(tmp_path: Path) -> None:
    examples.write(_rows("train"), tmp_path, "easy_vqa")
    assert examples.kind(tmp_path) == "easy_vqa"
    tables.write(_rows("train"), tmp_path / examples.FILE, "example")
    with pytest.raises(DataError, match="does not say its format"):
        examples.kind(tmp_path)
