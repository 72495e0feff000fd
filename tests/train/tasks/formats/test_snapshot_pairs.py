"""A snapshot's own pairs as a task of retrieval."""

import pyarrow as pa
import pytest

from curate.dataset import record, tables
from curate.dataset.errors import DataError, SourceError
from curate.stage.params import build
from train.tasks.formats import Omitted, snapshot_pairs


@pytest.fixture
def rows(small):
    return tables.read(small.snapshot / record.MANIFEST_FILE).to_pylist()


def found(folder, rows, **params):
    """What is said of a snapshot of these rows."""
    table = pa.Table.from_pylist(rows, record.MANIFEST)
    tables.write(table, folder / record.MANIFEST_FILE, "uid", record.MANIFEST)
    asked = build(snapshot_pairs.Params, params, "tasks.retrieval")
    return list(snapshot_pairs.examples(asked, folder))


def test_every_pair_of_the_languages_stays_in_its_split(rows, tmp_path):
    english = [row for row in rows if row["lang"] == "en"]
    told = found(tmp_path, rows)
    assert [one.example for one in told] == sorted(row["uid"] for row in english)
    split = {row["uid"]: row["split"] for row in rows}
    assert all(one.split == split[one.example] for one in told)
    caption = {row["uid"]: row["caption"] for row in rows}
    assert all(one.text == caption[one.example] for one in told)
    assert len(found(tmp_path, rows, languages=["en", "de"])) == len(rows)


def test_a_picture_is_read_from_where_it_lies(rows, tmp_path):
    for one in found(tmp_path, rows)[:3]:
        image = next(row["image"] for row in rows if row["uid"] == one.example)
        assert record.image_name(one.pictures[0].read_bytes()) == image


def test_what_was_made_is_no_example(rows, tmp_path):
    made, other = [row for row in rows if row["lang"] == "en"][:2]
    made["parent"] = other["uid"]
    assert made["uid"] not in {one.example for one in found(tmp_path, rows)}


def test_a_caption_that_held_out_pictures_share_asks_for_none_of_them(rows, tmp_path):
    english = [row for row in rows if row["lang"] == "en"]
    for split in ("train", "test"):
        first, second = [row for row in english if row["split"] == split][:2]
        second["caption"] = first["caption"].upper()
    told = found(tmp_path, rows)
    omitted = [one for one in told if isinstance(one, Omitted)]
    shared = [row for row in english if row["split"] == "test"][:2]
    assert sorted(one.item for one in omitted) == sorted(row["uid"] for row in shared)
    assert {one.reason for one in omitted} == {"caption of several pictures"}


def test_a_language_that_there_is_not_and_a_missing_snapshot_are_told(rows, tmp_path):
    with pytest.raises(SourceError, match=r"no caption in fr .*languages: de, en"):
        found(tmp_path, rows, languages=["fr"])
    with pytest.raises(DataError):
        list(snapshot_pairs.examples(snapshot_pairs.Params(), tmp_path / "none"))
