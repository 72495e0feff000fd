"""Pictures that are on the user's list: no byte of them is written, whichever way they come in."""

import csv
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from curate import crawl, guard, ledger, pdq
from curate.dataset import errors, tables
from curate.sources import Forbids, Refusal
from curate.sources import html as source
from curate.stage.params import build

Values = dict[str, Any]


def saved(image: Image.Image, **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, **how)
    return out.getvalue()


@pytest.fixture
def pictures(project: Path, drawn: Callable[..., bytes]) -> dict[str, bytes]:
    """One picture that may be taken and four that may not: each is on the list in another way."""
    noise = np.random.default_rng(0).integers(0, 256, (9, 12, 3), np.uint8)
    photo = Image.fromarray(noise).resize((640, 480), Image.Resampling.BICUBIC)
    shape = Image.open(io.BytesIO(drawn("triangle", "red"))).convert("RGB")
    found = {
        "sha256.png": drawn("circle", "red"),
        "md5.png": drawn("circle", "blue"),
        "phash.jpg": saved(shape, format="JPEG", quality=60),
        "pdq.jpg": saved(photo.resize((400, 300)), format="JPEG", quality=70),
        "free.png": drawn("square", "gold"),
    }
    lines = [
        hashlib.sha256(found["sha256.png"]).hexdigest(),
        hashlib.md5(found["md5.png"]).hexdigest(),
        f"phash:{guard.phash(drawn('triangle', 'red'), 1_000_000):016x}",
        f"pdq:{pdq.of(np.asarray(photo))[0].hex()}",
    ]
    Path("list.txt").write_text("\n".join(lines))
    return found


@pytest.fixture
def web(site: Any, pictures: dict[str, bytes]) -> Values:
    """Serves the pictures and a page with them; gives what every source needs to ask for them."""
    shown = "".join(f'<img src="/{name}" alt="A shape">' for name in pictures)
    site.page("/", f'<a href="/odd.html">odd</a>{shown}')
    site.pages["/odd.html"] = (200, {"Content-Type": "text/html"}, pictures["sha256.png"])
    for name, data in pictures.items():
        site.image(f"/{name}", data)
    return {"contact": "mailto:o@c.example", "private_hosts": ["127.0.0.1"], "attempts": 1}


def html(outside: Path, pictures: dict[str, bytes], web: Values, site: Any) -> Values:
    return web | {"kind": "html", "seeds": [f"{site.root}/"], "delay": 0.0}


def sitemap(outside: Path, pictures: dict[str, bytes], web: Values, site: Any) -> Values:
    site.pages["/map"] = (200, {}, pictures["md5.png"])
    return html(outside, pictures, web, site) | {"sitemaps": [f"{site.root}/map"]}


def urls(outside: Path, pictures: dict[str, bytes], web: Values, site: Any) -> Values:
    with (outside / "t.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerows([["url", "text"], *([f"{site.root}/{n}", "A shape"] for n in pictures)])
    return web | {"kind": "urls", "path": f"{outside}/t.csv"}


def folder(outside: Path, pictures: dict[str, bytes], web: Values, site: Any) -> Values:
    for name, data in pictures.items():
        (outside / name).write_bytes(data)
        (outside / name).with_suffix(".txt").write_text("A shape")
    return {"kind": "folder", "path": str(outside)}


def webdataset(outside: Path, pictures: dict[str, bytes], web: Values, site: Any) -> Values:
    with tarfile.open(outside / "t.tar", "w") as tar:
        for name, data in pictures.items():
            for member, content in ((name, data), (f"{Path(name).stem}.txt", b"A shape")):
                info = tarfile.TarInfo(member)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return {"kind": "webdataset", "path": f"{outside}/t.tar"}


def coco(outside: Path, pictures: dict[str, bytes], web: Values, site: Any) -> Values:
    for name, data in pictures.items():
        (outside / name).write_bytes(data)
    listed = [{"id": i, "file_name": name} for i, name in enumerate(pictures)]
    said = [{"id": i, "image_id": i, "caption": "A shape"} for i in range(len(pictures))]
    (outside / "c.json").write_text(json.dumps({"images": listed, "annotations": said}))
    return {"kind": "coco", "annotations": f"{outside}/c.json", "pictures": str(outside)}


def huggingface(outside: Path, pictures: dict[str, bytes], web: Values, site: Any) -> Values:
    rows = [{"image": {"bytes": d, "path": n}, "text": "A shape"} for n, d in pictures.items()]
    pq.write_table(pa.Table.from_pylist(rows), outside / "t.parquet")
    return {"kind": "huggingface", "path": f"{outside}/t.parquet"}


def warc(outside: Path, pictures: dict[str, bytes], web: Values, site: Any, warcs: Any) -> Values:
    shown = warcs.page(*(f'<img src="/{name}" alt="A shape">' for name in pictures))
    records = [warcs.record("http://a.example/", shown)]
    records += [warcs.record(f"http://a.example/{n}", d, "image/png") for n, d in pictures.items()]
    (outside / "a.warc.gz").write_bytes(b"".join(records))
    return {"kind": "warc", "path": f"{outside}/a.warc.gz"}


def test_pages_and_sitemaps_are_not_looked_at_and_pictures_are(project, site, web, pictures):
    seen: dict[str, list[bytes]] = {"bytes": [], "looks": []}

    def looks(data: bytes, sha256: str) -> None:
        seen["looks"].append(data)

    def file(data: bytes, sha256: str) -> None:
        seen["bytes"].append(data)

    site.pages["/map"] = (200, {}, b"<urlset/>")
    params = source.Params(
        seeds=(f"{site.root}/",), sitemaps=(f"{site.root}/map",), delay=0.0, **web
    )
    listed = source.items(params, Path(), project, Forbids(file, "bytes"))
    shown = [one for one in listed if not isinstance(one, Refusal)]
    list(source.read_all(shown, params, Forbids(looks, "looks")))
    assert sorted(seen["looks"]) == sorted(pictures.values())
    assert set(seen["bytes"]) == {site.pages[path][2] for path in ("/", "/odd.html", "/map")}


def written(pictures: dict[str, bytes]) -> set[str]:
    """Pictures whose bytes are somewhere in the project's folder."""
    contents = [file.read_bytes() for file in Path().rglob("*") if file.is_file()]
    return {name for name, data in pictures.items() if any(data in c for c in contents)}


def run(values: Values, retry: bool = False) -> None:
    crawl.main(Path(), Path("pool"), build(crawl.CrawlParams, values, "crawl"), retry)


@pytest.mark.parametrize(
    "way_in",
    [html, sitemap, urls, folder, webdataset, coco, huggingface, warc],
    ids=lambda w: w.__name__,
)
def test_what_is_blocked_is_nowhere_in_the_project_whether_a_crawl_ends_well_or_not(
    way_in, tmp_path_factory, project, site, web, pictures, warcs, workers
):
    outside = tmp_path_factory.mktemp("outside")
    more = (warcs,) if way_in is warc else ()
    source = way_in(outside, pictures, web, site, *more)
    values = {"sources": {"shapes": source}, "blocklist": {"path": "list.txt", "distance": 4}}
    with pytest.raises(errors.RejectsError):
        run(values | {"max_rejected": -1.0})
    assert written(pictures) == {"free.png"}
    run(values | {"max_rejected": 1.0})
    assert written(pictures) == {"free.png"}
    rows = tables.read(Path("pool") / ledger.FILE).to_pylist()
    found = {row["sha256"]: row["bytes"] for row in rows if row["outcome"] == "blocked"}
    blocked = {name: data for name, data in pictures.items() if name != "free.png"}
    assert found == {hashlib.sha256(d).hexdigest(): len(d) for d in blocked.values()}


def test_a_line_that_is_added_asks_a_site_for_nothing_again_and_takes_what_was_kept(
    tmp_path_factory, project, site, web, pictures, workers
):
    source = html(tmp_path_factory.mktemp("outside"), pictures, web, site)
    values = {"sources": {"shapes": source}, "blocklist": {"path": "list.txt", "distance": 4}}
    lines = Path("list.txt").read_text()
    Path("list.txt").write_text("")
    with pytest.raises(errors.RejectsError):
        run(values | {"max_rejected": -1.0})
    assert written(pictures) == {*pictures}
    Path("list.txt").write_text(lines)
    site.asked.clear()
    run(values | {"max_rejected": 1.0})
    assert written(pictures) == {"free.png"}
    assert site.asked == []


def test_what_is_blocked_is_not_asked_for_again_while_the_list_is_the_same(
    tmp_path_factory, project, site, web, pictures, workers
):
    source = html(tmp_path_factory.mktemp("outside"), pictures, web, site)
    values = {"sources": {"shapes": source}, "blocklist": {"path": "list.txt", "distance": 4}}
    run(values | {"max_rejected": 1.0})
    site.asked.clear()
    run(values | {"max_rejected": 1.0}, retry=True)
    assert site.asked == []
    assert written(pictures) == {"free.png"}


def test_a_picture_that_only_a_page_shows_that_is_blocked_by_now_does_not_stay(
    tmp_path_factory, project, site, web, pictures, workers
):
    site.page("/", '<a href="/b.html">b</a><img src="/free.png" alt="A shape">')
    site.page("/b.html", '<img src="/md5.png" alt="A shape">')
    source = html(tmp_path_factory.mktemp("outside"), pictures, web, site)
    values = {"sources": {"shapes": source}, "blocklist": {"path": "list.txt", "distance": 4}}
    Path("list.txt").write_text("")
    with pytest.raises(errors.RejectsError):
        run(values | {"max_rejected": -1.0})
    assert written(pictures) == {"free.png", "md5.png"}
    both = (site.pages["/b.html"][2], pictures["md5.png"])
    Path("list.txt").write_text("\n".join(hashlib.sha256(data).hexdigest() for data in both))
    run(values | {"max_rejected": 1.0})
    assert written(pictures) == {"free.png"}
