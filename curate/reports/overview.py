"""The top of the report: its headline figures, what was skipped, and a strip of kept pictures."""

from typing import Any

from curate.dataset import tables
from curate.dataset.errors import DataError
from curate.reports import results
from curate.reports.cards import rows
from curate.reports.inputs import Inputs, NotRun, sample
from curate.reports.page import number, plural, share
from curate.reports.thumbnails import Thumbnails


def headline(inputs: Inputs) -> list[dict[str, str]]:
    """Headline figures, each with what it is about; those of stages that did not run are absent."""
    pool = inputs.pool
    found = [
        _figure(len(pool), "pairs crawled", f"from {plural(len(inputs.sources), 'source')}"),
        _figure(share(pool["kept"].mean()), "kept", plural(int(pool["kept"].sum()), "pair")),
    ]
    try:
        made = inputs.made
        found.append(_figure(len(made), "pairs made", f"{share(made['kept'].mean())} of them kept"))
    except NotRun:
        pass
    try:
        pairs = inputs.manifest
        about = plural(pairs["image"].nunique(), "image")
        about += f", {plural(pairs['lang'].nunique(), 'language')}"
        found.append(_figure(len(pairs), "pairs in the snapshot", about))
    except NotRun:
        pass
    for name, figures in _models(inputs).items():
        recalls = results.recalls(results.rows(figures))
        best = recalls[0].at[max(recalls[0].at)] if recalls else None
        if best is not None and best.times_chance is not None:
            rank = best.name.rpartition("_")[2]
            said = f"{name.replace('_', ' ')}: recall at {rank} is {share(best.value)}"
            if recalls[0].candidates:
                said += f" among {number(recalls[0].candidates)}"
            found.append(_figure(f"{number(round(best.times_chance, 1))} ×", "chance", said))
    return found


def _models(inputs: Inputs) -> dict[str, dict[str, Any]]:
    return {
        "filter_network": inputs.metrics("filter_network"),
        **inputs.metrics_below("evaluate"),
    }


def _figure(value: str | int, unit: str, about: str) -> dict[str, str]:
    return {
        "value": value if isinstance(value, str) else number(value),
        "unit": unit,
        "about": about,
    }


def warnings(inputs: Inputs) -> list[str]:
    """What was skipped or is not as expected, in sentences."""
    found = []
    if inputs.paths.packages is not None:
        try:
            table = tables.read(inputs.paths.packages / "packages.parquet")
            skips = [r for r in table.to_pylist() if r.get("warning")]
            found += [f"Package {row['name']} ({row['status']}): {row['warning']}" for row in skips]
        except DataError:
            found.append(f"{inputs.paths.packages} says nothing of what was fetched.")
    skipped = inputs.metrics("crawl").get("skipped", {})
    if isinstance(skipped, dict):
        found += [f"Source {name} was skipped: {why}" for name, why in sorted(skipped.items())]
    return found


def strip(inputs: Inputs, thumbnails: Thumbnails, count: int) -> list[dict[str, Any]]:
    """Thumbnails of some kept pairs, as many of each source as there are to be had."""
    kept = inputs.pool[inputs.pool["kept"]]
    each = -(-count // max(1, len(inputs.sources)))
    drawn = [rows(sample(kept[kept["source"] == name], each)) for name in inputs.sources]
    turns = [part[i] for i in range(each) for part in drawn if i < len(part)]
    found = [thumbnails.of(pair) for pair in turns[:count]]
    return [picture for picture in found if picture["src"]]
