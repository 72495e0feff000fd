import shutil

import numpy as np
import pyarrow as pa
import pytest

from curate.dataset import labels, tables
from curate.dataset.errors import DataError
from train.corpus import load


@pytest.fixture
def told(small, tmp_path):
    """The small labels, with three likely classes of every region but the first of a picture."""
    shutil.copytree(small.labels, tmp_path / "labels")
    rows = labels.of_folder(tmp_path / "labels/regions", "regions")
    many = [
        {**row, "soft_labels": [row["label"], 6, 7], "probabilities": [0.5, 0.25, 0.125]}
        if row["region"]
        else row
        for row in rows.to_pylist()
    ]
    write(tmp_path, pa.Table.from_pylist(many, rows.schema))
    return tmp_path


def write(folder, table):
    tables.write(table, folder / "labels/regions/regions.parquet", ["image", "region"])


def notes(small, folder, words, regions=4):
    corpus = load(
        small.snapshot, folder / "labels", "train", words, 16, regions, needs=["soft_labels"]
    )
    rows = np.arange(len(corpus))
    return corpus, corpus.notes[0](rows, rows[::-1], 5)


def test_they_are_of_the_picture_and_where_there_are_fewer_no_class_is_named(small, told, words):
    corpus, found = notes(small, told, words)
    assert found["soft_labels"].shape == (len(corpus), 4, 3)
    assert found["chances"][0].tolist() == [[1, 0, 0]] + [[0.5, 0.25, 0.125]] * 3
    assert found["soft_labels"][0, 0, 1:].tolist() == [-1, -1]
    own = corpus.regions.labels[corpus.image[::-1]]
    assert np.array_equal(found["soft_labels"][..., 0].numpy(), own)


def test_regions_that_the_plan_has_no_place_for_are_left_out(small, told, words):
    assert notes(small, told, words, 2)[1]["chances"].shape[1] == 2


def test_classes_and_probabilities_of_different_number_are_refused(small, told, words):
    rows = labels.of_folder(told / "labels/regions", "regions")
    first = rows.to_pylist()
    first[0]["probabilities"] = []
    write(told, pa.Table.from_pylist(first, rows.schema))
    with pytest.raises(DataError, match="differ in number"):
        notes(small, told, words)
