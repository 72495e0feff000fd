"""Answers of batches, merged into one set."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from curate import answers, extra, ledger
from curate.blocklist import Blocklist, BlocklistParams
from curate.dataset import sets, tables
from curate.gather import Checks, check
from curate.guard import Guard
from curate.pool import Pool
from curate.sources import Caption, Found

CHECKS = Checks(1_000_000, 1_000_000, Blocklist(BlocklistParams()), Guard())


@pytest.fixture
def pool(tmp_path: Path, workers: str) -> Callable[..., Path]:
    """Writes batches of (source, rows) and gives the folder of the set made of them."""

    def merged(*batches: tuple[str, list[dict[str, Any]]]) -> Path:
        parts = []
        for number, (source, rows) in enumerate(batches):
            path = tmp_path / f"{number}.parquet"
            with answers.Blob(path.with_suffix(".blob")) as blob:
                rows = [row | blob.add(row["data"]) if "data" in row else row for row in rows]
            answers.write(rows, path)
            table = tables.read(path)
            parts.append(table.append_column("source", pa.array([source] * len(table))))
        made = Pool(answers.concat(parts))
        made.write(tmp_path / "set", made.pack(tmp_path / "set", 16))
        return tmp_path / "set"

    return merged


def taken(item: str, data: bytes, *captions: tuple[str, str | None], **more: Any) -> dict[str, Any]:
    said = tuple(Caption("en", text, None, origin) for text, origin in captions)
    sha256 = hashlib.sha256(data).hexdigest()
    row, stored = check(Found(item, data, said, item, None), sha256, CHECKS)
    return row | {"item": item, "url": item, "data": stored} | more


def table(root: Path, name: str) -> list[dict[str, Any]]:
    return tables.read(root / name).to_pylist()


def test_further_columns_and_origins_lie_beside_the_pairs_by_uid(pool, drawn):
    red, blue, gold = (drawn("circle", colour) for colour in ("red", "blue", "gold"))
    root = pool(
        ("one", [taken("a", red, ("red", "alt"), ("a ball", None), **{"extra.clip": 0.5})]),
        ("two", [taken("b", blue, ("blue", None)), taken("c", gold, ("gold", "title"))]),
    )
    captions = {row["uid"]: row["caption"] for row in table(root, sets.PAIRS_FILE)}
    found = {captions[row.pop("uid")]: row for row in table(root, extra.FILE)}
    assert found == {
        "red": {"origin": "alt", "clip": 0.5},
        "a ball": {"origin": None, "clip": 0.5},
        "gold": {"origin": "title", "clip": None},
    }


def test_a_set_of_which_no_more_is_known_has_no_table_of_it(pool, drawn):
    root = pool(("one", [taken("a", drawn("circle", "red"), ("red", None))]))
    assert not (root / extra.FILE).exists()


def test_columns_keep_their_type_where_the_batches_agree_and_become_text_where_not(pool, drawn):
    shapes = [drawn("circle", colour) for colour in ("red", "blue", "gold")]
    values = [
        {"extra.whole": 1, "extra.number": 1, "extra.mixed": 1, "extra.uid": "x"},
        {"extra.whole": 2, "extra.number": 0.5, "extra.mixed": "one", "extra.safe": True},
        {"extra.mixed": False},
    ]
    rows = [
        (f"s{i}", [taken(f"{i}", shape, (f"ball {i}", None), **more)])
        for i, (shape, more) in enumerate(zip(shapes, values, strict=True))
    ]
    root = pool(*rows)
    kinds = dict(
        zip((f := tables.read(root / extra.FILE)).column_names, f.schema.types, strict=True)
    )
    assert kinds == {
        "uid": pa.string(),
        "whole": pa.int64(),
        "number": pa.float64(),
        "mixed": pa.string(),
        "source_uid": pa.string(),
        "safe": pa.bool_(),
    }
    assert sorted(f.column("mixed").to_pylist()) == ["1", "false", "one"]


def test_the_same_bytes_under_two_urls_are_stored_once_with_both_origins(pool, drawn):
    ball = drawn("circle", "red")
    root = pool(
        (
            "web",
            [
                taken("http://a/1.png", ball, ("a ball", None)),
                taken("http://b/2.png", ball, ("a ball", None)),
                taken("http://c/3.png", ball, ("a red thing", None)),
            ],
        )
    )
    assert len(list((root / "images").iterdir())) == 1
    pairs = table(root, sets.PAIRS_FILE)
    assert {row["image"] for row in pairs} == {pairs[0]["image"]}
    fetched = {row["item"]: (row["outcome"], row["image"]) for row in table(root, ledger.FILE)}
    assert fetched == {
        "http://a/1.png": ("pair", pairs[0]["image"]),
        "http://b/2.png": ("duplicate", pairs[0]["image"]),
        "http://c/3.png": ("pair", pairs[0]["image"]),
    }


def test_an_item_that_answers_twice_has_one_row_in_the_ledger(pool, drawn):
    rows = [
        {"item": "a", "reason": "http 404", "detail": ""},
        taken("a", drawn("circle", "red"), ("red", None)),
        {"item": "b", "reason": "robots.txt", "detail": ""},
        {"item": "b", "reason": "http 500", "detail": ""},
    ]
    root = pool(("web", rows))
    fetched = tables.read(root / ledger.FILE)
    found = dict(zip(*(fetched.column(n).to_pylist() for n in ("item", "outcome")), strict=True))
    assert found == {"a": "pair", "b": "robots.txt"}
    figures = ledger.figures(fetched, listed=4, answered=4)
    assert (figures["items"], figures["with_pairs"], figures["repeated"]) == (2, 1, 2)
    assert figures["refused"] == {"robots.txt": 1}
