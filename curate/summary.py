"""The stages' figures become a table of results on the terminal, with the report's path.

    python -m curate.summary

It reads metrics/*.json and nothing else, so it answers at once, whether or not anything ran.
"""

import sys
from pathlib import Path
from typing import Any

from curate.dataset import record
from curate.reports import results
from curate.reports.page import number, share

_Line = tuple[str, str, str]  # what it is about, the figure, what it means


def lines(figures: Path) -> list[_Line]:
    """The results worth a line each, in the pipeline's order; stages that did not run have none."""
    crawl, kept = results.read(figures / "crawl.json"), results.read(figures / "filter.json")
    found: list[_Line] = []
    if crawl:
        about = f"{number(crawl.get('images'))} images in {crawl.get('languages')} languages"
        found.append(("crawled", number(crawl.get("pairs")), about))
        found += [("skipped", name, why) for name, why in sorted(crawl.get("skipped", {}).items())]
    if kept:
        found.append(("kept", share(kept["kept_share"]), f"{number(kept['kept'])} pairs"))
        found += [
            (f"  {name}", share(n["kept_share"]), f"{number(n['kept'])} of {number(n['pairs'])}")
            for name, n in kept.get("sources", {}).items()
        ]
    for name, made in results.below(figures / "make").items():
        found.append((f"made by {name}", number(made.get("made")), "pairs"))
    if snapshot := results.read(figures / "snapshot.json"):
        splits = ", ".join(
            f"{number(snapshot['splits'][name]['pairs'])} {name}"
            for name in record.SPLIT_NAMES
            if name in snapshot["splits"]
        )
        found.append(("snapshot", number(snapshot["pairs"]), f"pairs: {splits}"))
        found.append(("  id", snapshot["id"][:16], "content id, first 16 digits"))
    models = {"filter_network": results.read(figures / "filter_network.json")}
    for name, figure in {**models, **results.below(figures / "evaluate")}.items():
        found += _recalls(name, figure)
    for name, suite in results.below(figures / "validate").items():
        met = "all met" if suite.get("success") else f"{suite.get('failed')} not met"
        found.append((f"validated {name}", number(suite.get("evaluated")), f"expectations, {met}"))
    return found


def _recalls(model: str, figures: dict[str, Any]) -> list[_Line]:
    """The first two directions of retrieval of a model: recall at the last rank beside chance."""
    found = []
    for recall in results.recalls(results.rows(figures))[:2]:
        rank = max(recall.at)
        row = recall.at[rank]
        if row.times_chance is None:
            continue
        way = recall.group.replace("_", " ").removeprefix("retrieval ")
        times = number(round(row.times_chance, 1))
        about = f"{way}: recall at {rank} among {number(recall.candidates)}, {times} × chance"
        found.append((model, share(row.value, 1), about))
    return found


def main(figures: Path, report: Path) -> int:
    """Print the table and the report's path; the exit status is 1 where nothing has run."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    found = lines(figures)
    if not found:
        console.print(Text(f"no figures in {figures}; `make repro` runs the pipeline"))
        return 1
    table = Table(box=SIMPLE_HEAD, title="Results", title_justify="left", title_style="bold")
    table.add_column("what")
    table.add_column("figure", justify="right", style="bold")
    table.add_column("", style="dim")
    for line in found:
        table.add_row(*map(Text, line))
    console.print(table)
    if report.is_file():
        console.print(Text(f"Report: {report.resolve()}"), soft_wrap=True)
    else:
        console.print(Text(f"There is no report at {report}; `dvc repro report` writes it"))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path("metrics"), Path("reports/index.html")))
