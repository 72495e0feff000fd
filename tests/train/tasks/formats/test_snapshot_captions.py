"""Captions of a snapshot's pictures: all of one in a language together, in its own splits."""

import shutil

import pyarrow as pa
import pytest

from curate.dataset import record, tables
from curate.dataset.errors import SourceError
from curate.stage.params import build
from train.tasks.formats import snapshot_captions


@pytest.fixture
def read(small):
    def run(snapshot=small.snapshot, **params):
        own = build(snapshot_captions.Params, params, "tasks.captions")
        return list(snapshot_captions.examples(own, snapshot))

    return run


def manifest(small):
    return tables.read(small.snapshot / record.MANIFEST_FILE).to_pylist()


def test_every_picture_is_told_of_in_the_languages_that_are_asked_for(read, small):
    found = read(languages=["de", "en"])
    rows = {(row["image"], row["lang"]): row for row in manifest(small)}
    assert len(found) == len(rows) == 96
    for one in found:
        row = rows[one.example.removesuffix(f"-{one.lang}"), one.lang]
        assert (one.text, one.kind) == (one.lang, one.lang)
        assert one.answers == (row["caption"],)
        assert one.split == row["split"]
        assert one.pictures[0].read_bytes()
    assert {one.lang for one in read()} == {"en"}


def test_captions_of_one_picture_stay_together_and_made_ones_are_left_out(read, small, tmp_path):
    rows = manifest(small)
    first = next(row for row in rows if row["lang"] == "en")
    rows += [
        {**first, "uid": "0" * 32, "caption": "another"},
        {**first, "uid": "1" * 32, "caption": "another"},
        {**first, "uid": "2" * 32, "caption": "a made one", "recipe": "{}"},
        {**first, "uid": "3" * 32, "caption": "elsewhere", "source": "other"},
    ]
    snapshot = tmp_path / "snapshot"
    shutil.copytree(small.snapshot, snapshot)
    table = pa.Table.from_pylist(rows, record.MANIFEST)
    tables.write(table, snapshot / record.MANIFEST_FILE, "uid", record.MANIFEST)

    def told(**params):
        name = f"{first['image']}-en"
        return {*next(one for one in read(snapshot, **params) if one.example == name).answers}

    assert told() == {first["caption"], "another", "elsewhere"}
    assert told(sources=["drawn"]) == {first["caption"], "another"}
    assert told(made=True) == {first["caption"], "another", "elsewhere", "a made one"}


def test_a_language_that_is_not_there_is_named_beside_those_that_are(read):
    with pytest.raises(SourceError, match=r"no such caption in 'fr' \(there are: de, en\)"):
        read(languages=["en", "fr"])
