"""A comparison in; the same as values fit for JSON, and as a table of every pair, out."""

from typing import Any

import pyarrow as pa

from curate.comparing.changes import said
from curate.comparing.comparison import WAYS, Cause, Comparison
from curate.comparing.shifts import QUANTILES, Groups, Shift
from curate.comparing.version import Version
from curate.reports.inputs import sample

PAIRS = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("way", pa.string(), nullable=False),  # went or came
        pa.field("cause", pa.string(), nullable=False),  # as of `curate.comparing.causes`
        pa.field("name", pa.string(), nullable=False),  # rule, source, method or reason
        pa.field("why", pa.string(), nullable=False),  # what changed; empty where unknown
        pa.field("margin_then", pa.float64()),  # to the rule, in its units
        pa.field("margin_now", pa.float64()),
    ]
)
"""Every pair that went or came, with its cause."""
_CLOSEST = 50  # groups with the greatest differences that are listed


def pairs(found: Comparison) -> pa.Table:
    """The table of every pair that went or came, of schema `PAIRS`."""
    return pa.Table.from_pandas(found.gone_or_come(), schema=PAIRS, preserve_index=False)


def document(found: Comparison, examples: int) -> dict[str, Any]:
    """A comparison as JSON has it; `went` and `came` list so many examples of each cause."""
    counts = {way: sum(len(c.pairs) for c in getattr(found, way)) for way in WAYS}
    a, b = found.a.rows.num_rows, found.b.rows.num_rows
    return {
        "a": _version(found.a),
        "b": _version(found.b),
        "pairs": {"a": a, **counts, "b": b, "stayed": found.stayed},
        "notes": found.notes,
        **{way: [_cause(cause, examples) for cause in getattr(found, way)] for way in WAYS},
        "moved": {
            name: moved if isinstance(moved, int) else dict(moved.counts["now"])
            for name, moved in found.moved.items()
        },
        "params": [
            {"key": key, "then": said(then), "now": said(now)}
            for key, then, now in found.changes.params
        ],
        "stages": {
            stage: [{"kind": c.kind, "name": c.name} for c in changed]
            for stage, changed in found.changes.stages.items()
        },
        "groups": {group.name: _groups(group) for group in found.groups},
        "scores": {
            shift.name: _groups(shift) if isinstance(shift, Groups) else _shift(shift)
            for shift in found.scores
        },
    }


def _version(version: Version) -> dict[str, Any]:
    about = {key: version.about.get(key) for key in ("name", "version", "id", "images")}
    code = {key: version.provenance.get(key) for key in ("revision", "dirty", "uncommitted")}
    return {"asked": version.name, **about, **code, "pairs": version.rows.num_rows}


def _cause(cause: Cause, examples: int) -> dict[str, Any]:
    then, now = cause.margins()
    shown = ["uid", "source", "lang", "caption", "margin_then", "margin_now"]
    return {
        "cause": cause.cause,
        "name": cause.name,
        "why": cause.why,
        "behind": cause.behind,
        "pairs": len(cause.pairs),
        "median_margin": {"then": then, "now": now},
        "sources": {str(k): int(n) for k, n in cause.pairs["source"].value_counts().items()},
        "languages": {str(k): int(n) for k, n in cause.pairs["lang"].value_counts().items()},
        "examples": sample(cause.pairs, examples)[shown].to_dict("records"),
    }


def _groups(group: Groups) -> dict[str, Any]:
    listed = group.counts.head(_CLOSEST)
    return {
        "total_variation": group.distance,
        "groups": len(group.counts),
        "counts": {str(name): dict(row) for name, row in listed.to_dict("index").items()},
    }


def _shift(shift: Shift) -> dict[str, Any]:
    at = [f"{quantile:g}" for quantile in QUANTILES]
    then, now = (dict(zip(at, values, strict=True)) for values in shift.quantiles)
    return {
        "kolmogorov_smirnov": shift.distance,
        "known": {"then": shift.known[0], "now": shift.known[1]},
        "quantiles": {"then": then, "now": now},
        "histogram": {
            "edges": shift.edges.tolist(),
            "then": shift.shares[0].tolist(),
            "now": shift.shares[1].tolist(),
        },
    }
