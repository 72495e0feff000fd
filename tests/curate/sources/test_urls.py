"""Tables of URLs, fetched from a real server."""

import csv
import itertools
import threading
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster

from curate import crawl
from curate.dataset.errors import ParamsError, SourceError
from curate.sources import Expected, Found, Refusal, urls
from curate.stage.params import build


@pytest.fixture
def crawled(project, site):
    """Writes rows to a table and reads all of them, in the order of the items."""

    def run(rows: list[dict[str, Any]], **values: Any) -> list[Found | Refusal]:
        headings = list(dict.fromkeys(name for row in rows for name in row))
        with Path("t.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, headings)
            writer.writeheader()
            writer.writerows(rows)
        given = {"path": "t.csv", "contact": "mailto:o@c.example", "attempts": 1}
        params = build(urls.Params, given | {"private_hosts": ["127.0.0.1"]} | values, "urls")
        spool = project / "spool"
        spool.mkdir(exist_ok=True)
        found = urls.read_all(list(urls.items(params, project, spool)), params)
        return sorted(found, key=lambda answer: answer.place)

    return run


def test_a_row_becomes_a_picture_with_its_captions_and_all_its_columns(crawled, site, drawn):
    site.image("/1.png", drawn("circle", "red"))
    row = {
        "URL": f"{site.root}/1.png",
        "TEXT": "a ball",
        "LANGUAGE": "pt_br",
        "LICENSE": "CC-BY-4.0",
        "page_url": "http://page/",
        "similarity": 0.3,
        "sha256": "ab" * 32,
        "none": "",
    }
    (found,) = crawled([row])
    (caption,) = found.captions
    assert caption == ("pt-BR", "a ball", "http://page/", "TEXT")
    assert (found.item, found.url, found.licence) == (row["URL"], row["URL"], "CC-BY-4.0")
    assert found.extra == {"similarity": 0.3}
    assert found.expected == Expected(sha256="ab" * 32)
    assert found.data == drawn("circle", "red")
    assert found.fetch[:2] == (row["URL"], 200)
    assert found.fetch.seconds > 0


def test_what_a_row_does_not_say_is_taken_from_params(crawled, site, drawn):
    site.image("/1.png", drawn("circle", "red"))
    row = {"url": f"{site.root}/1.png", "text": "ein Ball", "license": "?"}
    (found,) = crawled([row], language="de", licence="CC0-1.0")
    assert (found.captions[0].lang, found.licence) == ("de", "CC0-1.0")


@pytest.mark.parametrize("path", ["t.csv", "*.csv", "{t,t}.csv", ""])
def test_tables_are_named_by_file_pattern_or_folder(crawled, site, drawn, tmp_path, path):
    site.image("/1.png", drawn("circle", "red"))
    (found,) = crawled([{"url": f"{site.root}/1.png", "text": "x"}], path=f"{tmp_path}/{path}")
    assert found.data == drawn("circle", "red")


def test_a_url_of_several_rows_is_fetched_once_and_each_row_keeps_its_own(crawled, site, drawn):
    site.image("/1.png", drawn("circle", "red"))
    site.image("/2.png", drawn("circle", "blue"))
    first, second = f"{site.root}/1.png", f"{site.root}/2.png"
    rows = [
        {"url": first, "text": "a ball", "n": 1},
        {"url": second, "text": "a field", "n": 2},
        {"url": f"{first}#part", "text": "a red ball", "n": 3},
        {"url": f" {first}", "text": "a round thing", "n": 4},
    ]
    found = crawled(rows)
    assert sorted(path for path in site.asked if "png" in path) == ["/1.png", "/2.png"]
    said = {(f.item, f.captions[0].text, f.extra["n"]) for f in found}
    assert said == {
        (first, "a ball", 1),
        (second, "a field", 2),
        (first, "a red ball", 3),
        (first, "a round thing", 4),
    }


def test_rows_that_are_not_worth_a_request_are_refused_without_one(crawled, site):
    rows = [
        {"url": "", "text": "no url"},
        {"url": f"{site.root}/1.png", "text": " "},
        {"url": f"{site.root}/2.png", "text": "x", "md5": "abc"},
    ]
    found = crawled(rows)
    assert [f.reason for f in found] == ["no url", "no caption", "unreadable row"]
    assert found[0].item.endswith("t.csv#0")
    assert site.asked == []


def test_every_url_that_gives_no_picture_says_why(crawled, site, drawn):
    site.pages["/gone.png"] = (410, {}, b"")
    site.page("/page.html", "<p>no picture")
    site.pages["/robots.txt"] = (200, {}, b"User-agent: *\nDisallow: /closed/")
    rows = [
        {"url": f"{site.root}/gone.png", "text": "x"},
        {"url": f"{site.root}/page.html", "text": "x"},
        {"url": f"{site.root}/closed/1.png", "text": "x"},
        {"url": "file:///etc/passwd", "text": "x"},
        {"url": "http://localhost:1/1.png", "text": "x"},
        {"url": "http://[broken/1.png", "text": "x"},
    ]
    found = crawled(rows)
    reasons = ["http 410", "content type", "robots.txt", "scheme", "private address"]
    assert [f.reason for f in found][:5] == reasons
    assert isinstance(found[5], Refusal)
    assert found[0].fetch.status == 410


def test_a_picture_whose_answer_states_no_type_is_judged_by_its_bytes(crawled, site, drawn):
    site.pages["/i"] = (200, {}, drawn("circle", "red"))
    (found,) = crawled([{"url": f"{site.root}/i", "text": "A ball"}])
    assert found.data == drawn("circle", "red")


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/xml", "application/xml; charset=utf-8"])
def test_a_drawing_is_taken_by_whatever_type_of_xml_it_is_served(crawled, site, kind):
    site.pages["/ball.svg"] = (200, {"Content-Type": kind}, b"<svg/>")
    (found,) = crawled([{"url": f"{site.root}/ball.svg", "text": "A ball"}])
    assert found.data == b"<svg/>"


def test_answers_come_as_they_are_ready_and_no_slow_one_holds_up_the_others(crawled, site, drawn):
    others_are_read = threading.Event()

    def slow(handler: Any) -> Any:
        assert others_are_read.wait(30)
        return (200, {"Content-Type": "image/png"}, drawn("circle", "red"))

    def third(handler: Any) -> Any:
        others_are_read.set()
        return (200, {"Content-Type": "image/png"}, drawn("circle", "red"))

    site.pages |= {"/0.png": slow, "/9.png": third}
    for number in range(1, 9):
        site.image(f"/{number}.png", drawn("circle", (number, 0, 0)))
    rows = [{"url": f"{site.root}/{number}.png", "text": "x"} for number in range(10)]
    assert all(isinstance(f, Found) for f in crawled(rows, at_once=2))


def test_robots_txt_is_asked_for_once_however_many_batches_there_are(crawled, site, drawn):
    site.image("/1.png", drawn("circle", "red"))
    row = {"url": f"{site.root}/1.png", "text": "a ball"}
    crawled([row])
    crawled([row])
    assert site.asked.count("/robots.txt") == 1
    assert site.asked.count("/1.png") == 2


def test_mistakes_are_answered_before_anything_is_asked(crawled, site, tmp_path):
    row = {"url": f"{site.root}/1.png", "text": "a ball"}
    with pytest.raises(ParamsError, match="needs `contact`"):
        crawled([row], contact="")
    with pytest.raises(SourceError, match=r"no \.parquet or .* at nothing-"):
        crawled([row], path="nothing-*.csv")
    empty = tmp_path / "empty.csv"
    empty.write_text("url,text\n")
    with pytest.raises(SourceError, match="has no rows"):
        crawled([row], path=str(empty))
    assert site.asked == []


def test_all_workers_of_a_cluster_together_ask_a_host_no_more_often_than_one_would(
    project, hostile, raw, drawn, monkeypatch
):
    for number in range(12):
        hostile.answers[f"/{number}.png"] = raw(drawn("circle", (number, 0, 0)))
    hostile.seconds = 0.05
    rows = "".join(f"{hostile.root}/{number}.png,ball {number}\n" for number in range(12))
    Path("t.csv").write_text(f"url,text\n{rows}")
    source = {"kind": "urls", "path": "t.csv", "contact": "mailto:o@c.example"}
    source |= {"private_hosts": ["127.0.0.1"], "honour": []}
    for limit in ({"connections": 2}, {"delay": 0.4}):
        params = {"sources": {"web": source | limit}, "fetch_batch": 3}
        hostile.asked.clear()
        hostile.times.clear()
        hostile.most = 0
        with LocalCluster(2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as c:
            monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", c.scheduler_address)
            crawl.main(Path(), Path("pool"), build(crawl.CrawlParams, params, "crawl"))
        assert len(hostile.asked) == 12
        if "delay" in limit:
            gaps = [b - a for a, b in itertools.pairwise(sorted(hostile.times))]
            assert min(gaps) > 0.2
        else:
            assert hostile.most == 2
