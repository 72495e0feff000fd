import json
from pathlib import Path

import pyarrow as pa
import pytest
import typer

from augment.remake import remake
from curate.dataset import record, tables
from curate.dataset.errors import DataError, ParamsError


def test_a_pair_is_made_again_told_of_and_written(kept, capsys):
    made = kept()[0]
    remake(made["uid"][:16], out=Path("again.jpg"))
    said = capsys.readouterr().out
    assert f"{made['uid']} was made by photometric: {made['caption']!r}" in said
    assert f"  from {made['parent']}" in said
    assert f"The same picture and caption came out: {made['size']:,} bytes, {made['image']}" in said
    assert record.image_name(Path("again.jpg").read_bytes()) == made["image"]


def test_a_caption_that_is_told_again_is_compared_and_said_to_be(kept, joined, capsys):
    made = kept("joined")[0]
    remake(made["uid"])
    said = capsys.readouterr().out
    assert "The same picture and caption came out" in said
    assert "not checked" not in said


def spoil(uid):
    """Another recipe for a pair."""
    file = Path("data/made/photometric/pairs.parquet")
    rows = tables.read(file).to_pylist()
    for row in rows:
        if row["uid"] == uid:
            row["recipe"] = json.dumps(json.loads(row["recipe"]) | {"quality": 50})
    tables.write(pa.Table.from_pylist(rows, record.PAIRS), file, "uid", record.PAIRS)


def test_many_are_counted_by_method_and_one_that_differs_ends_with_an_error(kept, joined, capsys):
    made = kept()
    kept("joined")
    remake(every=True)
    assert capsys.readouterr().out.splitlines() == [
        "joined: of 16 pairs 16 the same",
        "photometric: of 8 pairs 8 the same",
    ]
    spoil(made[1]["uid"])
    with pytest.raises(typer.Exit):
        remake(sample=2)
    _, counted, named = capsys.readouterr().out.splitlines()
    assert counted == "photometric: of 2 pairs 1 the same, 1 differ"
    assert named.startswith(f"  {made[1]['uid']} differs in the picture: ")
    with pytest.raises(typer.Exit):
        remake(made[1]["uid"])
    assert "It differs in the picture: " in capsys.readouterr().out


def test_what_cannot_be_made_again_is_an_error(kept):
    made = kept()[0]
    with pytest.raises(DataError, match="was not made: the crawl found it"):
        remake(made["parent"])
    for asked in ({}, {"uid": made["uid"], "every": True}, {"sample": 2, "every": True}):
        with pytest.raises(ParamsError, match="say which pairs"):
            remake(**asked)
    with pytest.raises(ParamsError, match="of one pair"):
        remake(every=True, out=Path("x"))
