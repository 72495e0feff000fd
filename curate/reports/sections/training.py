"""DVCLive logs and figures of trained models become curves and tables of results."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from curate.reports import page, plots, results, versions
from curate.reports.inputs import Inputs, NotRun

TITLE = "What the data is worth"
LEAD = (
    "Models trained on this material, judged on pairs that training never saw. A figure says "
    "little without chance beside it: × chance is the figure over that of a blind guess."
)
_SPLITS = ("train", "validation", "val", "test")
_FEW = 40  # figures that are shown at once
_TRAINED = "training"  # name of the line of what was logged of no split
_VERSIONS = 12  # whose results stand side by side
_FIELDS = ("epoch", "step", "timestamp")


def section(inputs: Inputs, thumbnails: Any, params: Any) -> dict[str, Any]:  # noqa: ARG001
    """Results of each model, then its curves."""
    models = {
        name: figures for name, figures in inputs.metrics_below("evaluate").items() if figures
    }
    if inputs.metrics("filter_network"):
        models = {"filter_network": inputs.metrics("filter_network"), **models}
    logs = _logs(inputs.paths.dvclive)
    if not models and not logs:
        raise NotRun("no figures and no logs of a trained model; pretrain and evaluate write them")
    names = [*models, *(name for name in logs if name not in models)]
    return {
        "models": [_model(name, models.get(name, {}), logs.get(name)) for name in names],
        **_versions(inputs.paths.figures),
    }


def _model(name: str, figures: dict[str, Any], log: Path | None) -> dict[str, Any]:
    found = results.rows(figures)
    recalls = results.recalls(found)
    return {
        "name": name,
        "recalls": recalls,
        "ranks": sorted({rank for recall in recalls for rank in recall.at}),
        "others": results.others(found),
        "few": len(found) <= _FEW,
        "charts": _charts(name, log) if log is not None else [],
    }


def _versions(figures: Path | None) -> dict[str, Any]:
    """Results of this version and of those before; none where there is nothing to compare."""
    found = versions.of(figures, _VERSIONS) if figures is not None else []
    judged = list(dict.fromkeys(name for version in found for name in version.best))
    return {"versions": found if len(found) > 1 else [], "judged": judged}


def _logs(folder: Path | None) -> dict[str, Path]:
    """Folder of plots of each model that logged any."""
    if folder is None or not folder.is_dir():
        return {}
    return {
        log.parent.name: log / "metrics"
        for log in sorted(folder.glob("*/plots"))
        if any(log.glob("metrics/**/*.tsv"))
    }


def _charts(model: str, folder: Path) -> list[dict[str, str]]:
    """One chart per figure; the same figure of several splits in one chart."""
    found: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]] = defaultdict(dict)
    for file in sorted(folder.rglob("*.tsv")):
        first, *rest = file.relative_to(folder).with_suffix("").parts
        split = first in _SPLITS and bool(rest)
        title = " ".join(rest if split else [first, *rest]).replace("_", " ")
        line = first if split else _TRAINED
        table = pd.read_csv(file, sep="\t")
        values = [c for c in table.columns if c not in _FIELDS]
        if "step" in table and values and len(table):
            numbers = pd.to_numeric(table[values[-1]], errors="coerce").to_numpy(float)
            found[title][line] = (table["step"].to_numpy(), numbers)
    charts = []
    for title, lines in found.items():
        ends = "; ".join(
            f"{line} from {page.number(values[0])} to {page.number(values[-1])}"
            for line, (_, values) in lines.items()
        )
        svg = plots.curves(f"{model}-{title}", lines)
        alt = f"Curve of {title} of {model}: {ends}."
        charts.append({"name": title, "svg": svg, "about": ends, "alt": alt})
    return charts
