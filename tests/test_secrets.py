"""What a crawl of URLs with credentials writes, byte by byte: nothing of a credential."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from curate.crawl import kind_of
from curate.dataset import tables
from curate.dataset.errors import ParamsError
from curate.sources._web import links
from curate.stage import run

SECRET = "s3cr3t0fNob0dy"
WEB = {"contact": "mailto:tests@pairwright.invalid", "private_hosts": ["127.0.0.1"]}
WEB |= {"attempts": 1, "delay": 0.0}


def crawled(sources):
    """Crawl as a user does; what the command said."""
    crawl = {"sources": sources, "max_rejected": 1.0}
    Path("params.yaml").write_text(yaml.safe_dump({"crawl": crawl}), encoding="utf-8")
    flags = ["--packages", "packages", "--out", "data/pool", "--metrics", "metrics/crawl.json"]
    done = subprocess.run(
        [sys.executable, "-m", "curate.crawl", *flags], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def written():
    """Every file that a crawl leaves outside its working folder; tables with all they hold."""
    for file in sorted(path for folder in ("data", "metrics") for path in Path(folder).rglob("*")):
        if file.suffix == ".parquet":
            yield file, json.dumps(pq.read_table(file).to_pylist(), default=str)
        elif file.is_file():
            yield file, file.read_bytes().decode("latin-1")


def test_a_crawl_of_signed_urls_tells_their_secrets_to_nobody(project, hostile, raw, drawn):
    host = hostile.root.partition("://")[2]
    links_ = {
        "signed": f"{hostile.root}/a.png?w=1&X-Amz-Signature={SECRET}",
        "named": f"http://user:{SECRET}@{host}/b.png",
        "gone": f"{hostile.root}/gone.png?sig={SECRET}&sr=b",
        "moved": f"{hostile.root}/c.png",
        "closed": f"{hostile.root}/d.png?access_token={SECRET}",
        "broken": f"http://user:{SECRET}@[::1/e.png",
        "silent": f"http://user:{SECRET}@127.0.0.1:9/f.png?token={SECRET}",
    }
    hostile.answers |= {
        f"/a.png?w=1&X-Amz-Signature={SECRET}": raw(drawn("circle", "red")),
        "/b.png": raw(drawn("square", "red")),
        "/c.png": raw(b"", "302 Found", Location=f"/a.png?w=2&Signature={SECRET}"),
        f"/a.png?w=2&Signature={SECRET}": raw(drawn("circle", "blue")),
        f"/d.png?access_token={SECRET}": raw(drawn("circle", "green"), X_Robots_Tag="noai"),
    }
    with Path("t.csv").open("w", newline="", encoding="utf-8") as file:
        rows = [(url, f"A ball that is {name}", url) for name, url in links_.items()]
        csv.writer(file).writerows([("url", "caption", "original_url"), *rows])
    page = f"""<img src="a.png?w=1&amp;X-Amz-Signature={SECRET}" alt="A ball on a page">
        <img src="gone.png?sig={SECRET}" alt="none"><a href="/x?api_key={SECRET}">x</a>"""
    hostile.answers["/p.html?q=1"] = raw(page.encode(), Content_Type="text/html")
    said = crawled(
        {
            "table": {"kind": "urls", "path": "t.csv", **WEB},
            "page": {"kind": "html", "seeds": [f"{hostile.root}/p.html?q=1"], **WEB},
            "none": {"kind": "urls", "path": "none.csv", **WEB},
        }
    )
    assert SECRET not in said
    files = dict(written())
    assert [file for file, text in files.items() if SECRET in text] == []
    pairs = tables.read(Path("data/pool/pairs.parquet")).to_pylist()
    urls = {pair["url"] for pair in pairs}
    assert f"{hostile.root}/a.png?w=1&X-Amz-Signature=redacted" in urls
    assert f"http://{host}/b.png" in urls
    assert len(pairs) == 3
    rejected = {row["item"] for row in tables.read(Path("data/pool/rejected.parquet")).to_pylist()}
    assert f"{hostile.root}/gone.png?sig=redacted&sr=b" in rejected
    assert {Path("metrics/crawl.json"), Path("data/pool/fetched.parquet")} <= files.keys()


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "urls", "path": f"https://u:{SECRET}@a.example/t.parquet", **WEB},
        {"kind": "webdataset", "path": f"https://a.example/t.tar?sv=1&sig={SECRET}"},
        {"kind": "html", "seeds": [f"https://a.example/?token={SECRET}"], **WEB},
    ],
)
def test_parameters_that_hold_credentials_are_refused_since_git_would_keep_them(values):
    with pytest.raises(ParamsError, match=r"crawl\.sources\.a\.(path|seeds\.0): a URL") as refused:
        kind_of("a", values)
    assert SECRET not in str(refused.value)


def test_figures_tell_no_credentials_whatever_a_stage_returns():
    url = f"http://u:{SECRET}@a.example/?sig={SECRET}"
    assert SECRET not in run.as_json({url: [url, {"deep": (url,)}]})


def test_what_is_forgotten_by_its_signed_url_is_known_by_what_the_tables_say_of_it():
    from curate.forgotten import value

    url = f"http://u:pw@a.example/a.png?sig={SECRET}"
    stored = "http://a.example/a.png?sig=redacted"
    assert value("url", url) == value("url", stored) == links.parse(stored).text
