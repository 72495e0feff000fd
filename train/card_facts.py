"""A run's snapshot, model, params and figures in; what its card tells of them, counted, out.

They lie beside the model (`card.json`), so that a card can be written again in another form.
"""

import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import record, tables
from curate.stage.params import as_dict
from train.model import Model
from train.params import PretrainParams
from train.plan import to_dict

FILE = "card.json"
SPLITS = ("train", "validation")  # that a run reads
_LIBRARIES = ("pairwright", "torch", "tokenizers", "safetensors")
_COLUMNS = ("image", "lang", "source", "licence", "parent")


def facts(
    model: Model,
    module: ModuleType,
    snapshot: Path,
    params: PretrainParams,
    figures: Mapping[str, Any],
    begin: Path | None = None,
) -> dict[str, Any]:
    """What a card tells of a run.

    Args:
        model: that was trained.
        module: file of `train/models/` that its plan is of.
        snapshot: that it was trained on.
        params: of the run.
        figures: that the run returns: `parameters`, `pairs`, `initialised`, `last` and others.
        begin: folder of the model whose weights it began with.
    """
    libraries = [*_LIBRARIES, *(["open_clip_torch"] if model.plan.towers else [])]
    return {
        "model": model.name,
        "size": params.model.get("size", "tiny"),
        "about": " ".join((module.__doc__ or "").split("\n\n")[0].split()),
        "plan": to_dict(model.plan),
        "sizes": to_dict(model.sizes),
        "parameters": figures["parameters"],
        "data": data(snapshot),
        "read": figures["pairs"],
        "params": as_dict(params),
        "initialised": figures["initialised"],
        "begun_with": begin.name if begin else None,
        "validation": {
            name.removeprefix("validation/"): value
            for name, value in figures["last"].items()
            if name.startswith("validation/")
        },
        "libraries": {"python": platform.python_version(), **{n: version(n) for n in libraries}},
    }


def data(snapshot: Path) -> dict[str, Any]:
    """Id of a snapshot, and what is in the splits that a run reads: pairs, images, and by what."""
    rows = tables.read(snapshot / record.MANIFEST_FILE, [*_COLUMNS, "split"])
    splits = {split: tables.rows_with(rows, "split", [split]) for split in SPLITS}
    learnt = splits["train"]
    return {
        "id": _identity(snapshot),
        "splits": {split: _counts(found) for split, found in splits.items()},
        "made": learnt.num_rows - learnt.column("parent").null_count,
        "languages": _by(learnt, "lang"),
        "sources": _by(learnt, "source"),
        "licences": _by(learnt, "licence"),
    }


def _identity(snapshot: Path) -> str | None:
    """The snapshot's id; None of one that was frozen before it had a file of its own."""
    file = snapshot / record.ID_FILE
    return file.read_text(encoding="utf-8").strip() if file.is_file() else None


def _counts(rows: pa.Table) -> dict[str, int]:
    return {"pairs": rows.num_rows, "images": pc.count_distinct(rows.column("image")).as_py()}


def _by(rows: pa.Table, column: str) -> dict[str, dict[str, int]]:
    """Pairs and images by the values of a column, the commonest first."""
    keys = pc.fill_null(rows.column(column), "unknown")
    known = pa.table({"key": keys, "image": rows.column("image")})
    grouped = known.group_by("key").aggregate([("image", "count"), ("image", "count_distinct")])
    found = {
        row["key"]: {"pairs": row["image_count"], "images": row["image_count_distinct"]}
        for row in grouped.to_pylist()
    }
    return dict(sorted(found.items(), key=lambda item: (-item[1]["pairs"], item[0])))


def flat(figures: Mapping[str, Any], before: Sequence[str] = ()) -> dict[str, float]:
    """Nested figures by path, `image_retrieval/recall_at_1`; what is no number is left out."""
    found: dict[str, float] = {}
    for name, value in figures.items():
        if isinstance(value, Mapping):
            found |= flat(value, [*before, name])
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found["/".join([*before, name])] = value
    return found
