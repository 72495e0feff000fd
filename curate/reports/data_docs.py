"""Data Docs as great-expectations writes them become pages that open without a network.

Its pages fetch style sheets and scripts from other hosts and hold the time of the run; without
a network they are bare and their index stays empty. What they say lies in plain HTML sections,
though: those are taken as they are, laid into a page of ours, one for each table, with an index.
"""

import shutil
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from curate.dataset.checks import Outcome
from curate.reports import page

_UNWANTED = "script, link, style, img, iframe, [data-toggle=collapse], .collapse"


def write(name: str, outcomes: Sequence[Outcome], out: Path) -> None:
    """Write an index and a page for each table.

    Args:
        name: of the suite.
        outcomes: what became of each table.
        out: folder for the pages; what it held before is replaced.
    """
    from markupsafe import Markup

    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    common = {"name": name, "outcomes": outcomes, "version": version("great_expectations")}
    index = page.render("data_docs.html", title=f"Data Docs of {name}", outcome=None, **common)
    (out / "index.html").write_text(index, encoding="utf-8")
    for outcome in outcomes:
        text = page.render(
            "data_docs.html",
            title=outcome.table,
            outcome=outcome,
            body=Markup(sections(outcome.page)),
            **common,
        )
        (out / f"{outcome.table}.html").write_text(text, encoding="utf-8")


def sections(html: str) -> str:
    """The sections of a validation page, one per column, without scripts and remote resources."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(html)
    for node in tree.css(_UNWANTED):
        node.decompose()
    for node in tree.css("*"):
        for attribute in [a for a in node.attributes if a.startswith("on")]:
            del node.attrs[attribute]
    columns = tree.css(".ge-section")[1:]  # the first is the overview, which our page has
    return "\n".join(node.html or "" for node in columns)
