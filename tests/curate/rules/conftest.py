"""Rows of drawn pairs with score tables, for the tests of rules."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from curate.columns import Rows
from curate.dataset import sets, tables


@pytest.fixture(scope="session")
def pairs_of() -> Callable[..., pa.Table]:
    """Pairs of (uid, image, caption, source, pixels of the side, parent)."""

    def make(rows: list[tuple[Any, ...]]) -> pa.Table:
        filled = [
            {
                **dict.fromkeys(("set", "lang", "shard"), ""),
                **dict(zip(("uid", "image", "caption", "source"), row, strict=False)),
                "width": row[4] if len(row) > 4 else 64,
                "height": row[4] if len(row) > 4 else 64,
                "parent": row[5] if len(row) > 5 else None,
                "offset": 0,
                "size": 1,
            }
            for row in rows
        ]
        return pa.Table.from_pylist(filled, sets.LOCATED)

    return make


@pytest.fixture
def rows(project: Path, pairs_of: Callable[..., pa.Table]) -> Callable[..., Rows]:
    """Rows of pairs with score tables; a table is {key: {column: value}}."""

    def make(rows: list[tuple[Any, ...]], parents: Any = None, **scores: Any) -> Rows:
        for folder, found in (("scores", scores), ("parents", parents or {})):
            for scorer, (key, values) in found.items():
                listed = [{key: name, **columns} for name, columns in values.items()]
                tables.write(pa.Table.from_pylist(listed), Path(folder) / f"{scorer}.parquet", key)
        Path("scores").mkdir(exist_ok=True)
        return Rows(pairs_of(rows), Path("scores"), Path("parents") if parents else None)

    return make


@pytest.fixture
def three(rows: Callable[..., Rows]) -> Callable[..., Rows]:
    """Rows of the pairs a, b and c, with a similarity each."""

    def make(**values: float | None) -> Rows:
        return rows(
            [(uid, f"image {uid}", f"caption {uid}", "web") for uid in "abc"],
            clip=("uid", {uid: {"similarity": value} for uid, value in values.items()}),
        )

    return make
