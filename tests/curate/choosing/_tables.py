"""Tables of figures, as the stages leave them, and what is read of them."""

import json
from pathlib import Path


def write(name, figures):
    """Write one of the stages' files."""
    file = Path(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(figures))


def spread(mean, deviation=None):
    return {"mean": mean, "deviation": deviation, "least": mean, "most": mean}


def model(seeds, recalls, deviations=(None, None), took=3600.0, answer=None):
    """A model of the comparison: recall of both ways, seconds of a run, milliseconds and MiB."""
    ways = ("image_retrieval", "text_retrieval")
    found = {
        "seeds": seeds,
        "cpu_seconds": {"pretrain": spread(took * 0.75), "evaluate": spread(took * 0.25)},
        **{
            way: {"candidates": 300, "recall_at_10": spread(*both), "chance_at_10": 0.03}
            for way, both in zip(ways, zip(recalls, deviations, strict=True), strict=True)
        },
    }
    if answer is not None:
        p50, p99, peak, size = answer
        told = {"p50_ms": spread(p50), "p99_ms": spread(p99), "peak_mib": spread(peak)}
        found |= {"visual": "sum", "answer": {"bytes": size, **told}}
    return found


def compared(models, missing=()):
    """The table of the comparison."""
    budget = {"manifest": "m", "steps": 3, "pairs": 24}
    write("metrics/compare.json", {"budget": budget, "models": models, "missing": list(missing)})


def ways(models, missing=()):
    """The table of ways to take pictures in: a model of `model` and what a new picture takes."""
    told = {
        name: {**own, "visual": sees, "picture": {"p50_ms": spread(p50), "p99_ms": spread(p99)}}
        for name, (own, sees, p50, p99) in models.items()
    }
    budget = {"manifest": "m", "steps": 3, "pairs": 24}
    write("metrics/backbones.json", {"budget": budget, "models": told, "missing": list(missing)})


def compressed(rows, candidates=300, missing=(), took=None):
    """The table of variants: by variant and form recall, milliseconds, MiB and bytes."""
    names = ("recall_at_10", "p50_ms", "p99_ms", "peak_mib", "bytes")
    told = [
        {"variant": v, "form": f, "cpu_seconds": took, "chance_at_10": 0.03}
        | dict(zip(names, row, strict=True))
        for (v, f), row in rows.items()
    ]
    own = {"model": "models/imagebert", "manifest": "m", "candidates": candidates}
    write("metrics/compression.json", {**own, "rows": told, "missing": list(missing)})
