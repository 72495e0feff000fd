"""A suite and its section of params.yaml in; what the stage validate finds, out."""

from pathlib import Path
from typing import Any

from curate import validate


def validated(name: str, params: dict[str, Any]) -> dict[str, Any]:
    """Run the stage on what lies where dvc.yaml has it; its Data Docs go to `docs`.

    Args:
        name: of the suite.
        params: its section, with the keys that are for DVC.
    """
    return validate.main(
        name=name,
        reads=Path(params["reads"]),
        beside=Path(params["beside"]),
        pool=Path("data/pool"),
        split=Path("data/split.parquet"),
        out=Path("docs"),
        params=params,
    )
