"""A pair's row in; its picture, no picture any more, out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def blank(row: Mapping[str, Any], root: Path = Path("pool")) -> None:
    """Put zeros in the place of a picture's bytes.

    Args:
        row: columns shard, offset and size.
        root: folder of its set.
    """
    with (root / row["shard"]).open("r+b") as tar:
        tar.seek(row["offset"])
        tar.write(bytes(row["size"]))
