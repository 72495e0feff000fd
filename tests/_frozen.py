"""A project in the working directory in; its snapshot, by the stage itself, out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from curate import snapshot
from curate.stage import params as parameter_file


def freeze(values: Mapping[str, Any], out: str = "data/snapshot", **more: Any) -> dict[str, Any]:
    """Run the snapshot stage on what lies where dvc.yaml has it.

    Args:
        values: of its section.
        out: folder of the snapshot.
        more: optional inputs of the stage.

    Returns:
        Its metrics.
    """
    return snapshot.main(
        pool=Path("data/pool"),
        made=Path("data/made"),
        decisions=Path("data/decisions"),
        split=Path("data/split.parquet"),
        labels=Path("data/labels"),
        out=Path(out),
        params=parameter_file.build(snapshot.SnapshotParams, dict(values), "snapshot"),
        **more,
    )
