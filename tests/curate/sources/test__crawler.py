"""A crawl of pages, and what was refused in it: kept, asked for again, and accounted for."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from curate import crawl, ledger
from curate.dataset import errors, sets, tables
from curate.sources._web.optout import TDM_FILE
from curate.stage.params import build

BUSY = (503, {}, b"")


@pytest.fixture
def run(project, site, drawn, workers):
    """Crawls the site into a set; gives the ledger's figures and the paths that were asked for."""
    source = {"kind": "html", "seeds": [f"{site.root}/"], "contact": "mailto:o@c.example"}
    source |= {"private_hosts": ["127.0.0.1"], "attempts": 1, "delay": 0.0}

    def crawled(
        out: str = "pool", retry: bool = False, **more: Any
    ) -> tuple[dict[str, Any], list[str]]:
        values = {"sources": {"site": source | more}, "per_shard": 2, "max_rejected": 0.8}
        site.asked.clear()
        params = build(crawl.CrawlParams, values, "crawl")
        figures = crawl.main(Path(), Path(out), params, retry)
        asked = sorted(path for path in site.asked if path not in ("/robots.txt", TDM_FILE))
        return figures["ledger"], asked

    site.page(
        "/",
        '<a href="/b.html">b</a><img src="/1.png" alt="One"><img src="/2.png" alt="Two">'
        '<img src="/gone.png" alt="Gone"><img src="/gone.html" alt="Gone">',
    )
    site.page("/b.html", '<a href="/c.html">c</a><img src="/3.png" alt="Three">')
    site.page("/c.html", '<img src="/4.png" alt="Four"><img src="/2.png" alt="Deux">')
    for number in range(1, 5):
        site.image(f"/{number}.png", drawn("circle", (number, 0, 0)))
    return crawled


def digest(folder: str) -> dict[str, str]:
    files = sorted(file for file in Path(folder).rglob("*") if file.is_file())
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def test_failed_pages_and_pictures_alone_are_asked_for_again(run, site):
    fine = dict(site.pages)
    site.pages |= {"/b.html": BUSY, "/2.png": BUSY}
    figures, _ = run()
    assert figures["refused"] == {"http 404": 2, "http 503": 2}
    site.pages["/2.png"] = fine["/2.png"]
    figures, asked = run(retry=True)
    assert asked == ["/2.png", "/b.html"]
    assert figures["refused"] == {"http 404": 2, "http 503": 1}
    site.pages["/b.html"] = fine["/b.html"]
    _, asked = run(retry=True)
    assert asked == ["/3.png", "/4.png", "/b.html", "/c.html"]
    assert run(retry=True)[1] == []
    run("undisturbed")
    assert digest("pool") == digest("undisturbed")


def test_a_crawl_that_is_no_retry_asks_for_everything(run):
    _, first = run()
    assert run()[1] == first


def test_after_an_error_what_was_busy_is_asked_for_again_and_nothing_else(run, site):
    fine = dict(site.pages)
    site.pages |= dict.fromkeys(("/1.png", "/2.png", "/3.png"), BUSY)
    with pytest.raises(errors.RejectsError):
        run()
    site.pages |= fine
    assert run()[1] == ["/1.png", "/2.png", "/3.png"]


def test_a_site_that_was_down_altogether_is_asked_again(run, site):
    home, site.pages["/"] = site.pages["/"], BUSY
    with pytest.raises(errors.SourceError, match="no page could be read"):
        run()
    site.pages["/"] = home
    assert run()[0]["with_pairs"] == 4


def test_what_was_refused_has_its_time_its_status_and_where_it_ended(run, site):
    site.pages["/gone.png"] = (302, {"Location": "/nowhere.png"}, b"")
    run()
    rows = {r["item"]: r for r in tables.read(Path("pool") / ledger.FILE).to_pylist()}
    times = tables.read(Path("pool.times.parquet")).to_pylist()
    assert {row["item"] for row in times} == set(rows)
    gone, page = rows[f"{site.root}/gone.png"], rows[f"{site.root}/gone.html"]
    assert (gone["outcome"], gone["status"]) == ("http 404", 404)
    assert gone["url"] == f"{site.root}/nowhere.png"
    assert (page["outcome"], page["status"]) == ("http 404", 404)
    pairs = tables.read(Path("pool") / sets.PAIRS_FILE).column("url").to_pylist()
    assert {row["item"] for row in rows.values() if row["outcome"] == "pair"} == set(pairs)


def test_every_url_that_was_asked_for_or_left_out_has_one_row(run, site, capsys):
    links = "".join(f'<a href="{path}">x</a>' for path in ("/notes.txt", "/3.png", "/c.html"))
    site.page("/b.html", f'{links}<img src="/3.png" alt="Three">')
    site.page("/c.html", '<a href="/deep.html">d</a><a href="/deep.html">d</a>')
    site.pages["/notes.txt"] = (200, {"Content-Type": "text/plain"}, b"x")
    found = f"<urlset><url><loc>{site.root}/b.html</loc></url></urlset>"
    site.pages["/map.xml"] = (200, {"Content-Type": "text/xml"}, found.encode())
    figures, asked = run(sitemaps=[f"{site.root}/map.xml"], max_depth=1)
    rows = tables.read(Path("pool") / ledger.FILE)
    outcomes = {row["item"]: row["outcome"] for row in rows.to_pylist()}
    assert len(outcomes) == len(rows)
    paths = {item.removeprefix(site.root): outcome for item, outcome in outcomes.items()}
    assert set(paths) == {*asked, "/deep.html"}
    assert [path for path in paths if paths[path] == "pair"] == [f"/{n}.png" for n in (1, 2, 3)]
    kinds = {"/": "page", "/b.html": "page", "/c.html": "page", "/map.xml": "sitemap"}
    others = {"/notes.txt": "no page", "/deep.html": "max_depth"}
    assert {path: paths[path] for path in (*kinds, *others)} == kinds | others
    assert figures["read"] == {"page": 3, "sitemap": 1}
    rejected = tables.read(Path("pool") / sets.REJECTED_FILE).column("reason").to_pylist()
    assert Counter(rejected) == figures["refused"]
    assert " + 4 read (page 3, sitemap 1) + 4 refused" in capsys.readouterr().err
