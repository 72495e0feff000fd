"""The crawl: sources to one set."""

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from PIL import Image

from curate import crawl
from curate.dataset import errors, record, sets, shards, tables
from curate.stage.params import build

Figures = dict[str, Any]


@pytest.fixture
def run(project: Path, workers: str) -> Callable[..., tuple[pa.Table, pa.Table, Figures]]:
    """Crawls folders of the project into data/pool; gives pairs, rejects and figures."""

    def crawled(
        sources: dict[str, Any] | None = None, **values: Any
    ) -> tuple[pa.Table, pa.Table, Figures]:
        sources = sources or {"drawn": {"kind": "folder", "path": "drawn"}}
        params = build(crawl.CrawlParams, {"sources": sources} | values, "crawl")
        figures = crawl.main(Path("data/packages"), Path("data/pool"), params)
        pairs = tables.read(Path("data/pool") / sets.PAIRS_FILE)
        return pairs, tables.read(Path("data/pool") / sets.REJECTED_FILE), figures

    return crawled


def put(folder: str, name: str, data: bytes, text: str = "A picture") -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    Path(folder, name).write_bytes(data)
    Path(folder, name).with_suffix(".txt").write_text(text, encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    files = (f for f in folder.rglob("*") if f.is_file())
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in files}


def reasons(rejected: pa.Table) -> dict[str, str]:
    return {row["item"].rpartition("/")[2]: row["reason"] for row in rejected.to_pylist()}


def test_every_pair_leads_to_the_bytes_that_were_found(run, drawn):
    pictures = {f"{c}.png": drawn("circle", c) for c in ("red", "green", "blue", "gold")}
    for name, data in pictures.items():
        put("drawn", name, data, f"A ball\nde: Ein Ball {name}")
    pairs, rejected, figures = run()
    assert pairs.schema.equals(record.PAIRS)
    assert (pairs.num_rows, rejected.num_rows) == (8, 0)
    with shards.ShardReader(Path("data/pool")) as reader:
        for row in pairs.to_pylist():
            data = reader.read(row["shard"], row["offset"], row["size"])
            assert data == pictures[Path(row["url"]).name]
            assert record.image_name(data) == row["image"]
            assert record.pair_uid(row["image"], row["lang"], row["caption"]) == row["uid"]
            assert (row["width"], row["height"], row["source"]) == (96, 96, "drawn")
    stored = pairs.sort_by([("shard", "ascending"), ("offset", "ascending")]).column("image")
    assert stored.to_pylist() == sorted(stored.to_pylist())
    assert figures["sources"]["drawn"]["languages"] == {"de": 4, "en": 4}
    assert (figures["images"], figures["pairs"], figures["languages"]) == (4, 8, 2)


def test_the_set_is_the_same_to_the_byte_whatever_the_batches_and_workers(run, drawn, monkeypatch):
    for number in range(12):
        put("drawn", f"{number}.png", drawn("circle", (number * 20, 9, 9)), f"Ball {number}")
    put("drawn", "broken.png", b"no picture")
    run(batch=256)
    one = contents(Path("data/pool"))
    run(batch=1)
    assert contents(Path("data/pool")) == one
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS")
    run(batch=5)
    assert contents(Path("data/pool")) == one


def test_the_first_source_owns_a_picture_and_a_later_one_is_told_so(run, drawn):
    ball = drawn("circle", "red")
    put("first", "ball.png", ball, "A ball")
    put("second", "same.png", ball, "The same ball")
    put("second", "own.png", drawn("square", "blue"), "A field")
    sources = {name: {"kind": "folder", "path": name} for name in ("first", "second")}
    pairs, rejected, figures = run(sources)
    owners = {row["caption"]: row["source"] for row in pairs.to_pylist()}
    assert owners == {"A ball": "first", "A field": "second"}
    assert rejected.to_pylist() == [
        {
            "source": "second",
            "item": "second/same.png",
            "reason": "duplicate",
            "detail": "a picture of first",
        }
    ]
    assert figures["sources"]["second"]["reasons"] == {"duplicate": 1}
    pairs, _, _ = run(dict(reversed(sources.items())))
    owners = {row["caption"]: row["source"] for row in pairs.to_pylist()}
    assert owners == {"The same ball": "second", "A field": "second"}


def test_within_a_source_the_captions_of_one_picture_are_merged(run, drawn):
    ball = drawn("circle", "red")
    put("drawn", "a.png", ball, "A ball\nA red ball\nA  ball")
    put("drawn", "b.png", ball, "A ball\nA round thing")
    pairs, rejected, figures = run()
    said = {row["caption"]: row["url"] for row in pairs.to_pylist()}
    assert said == {
        "A ball": "drawn/a.png",
        "A red ball": "drawn/a.png",
        "A round thing": "drawn/b.png",
    }
    assert figures["images"] == 1
    assert reasons(rejected) == {"b.png": "duplicate"}


def test_captions_are_normalised_and_empty_ones_are_rejected(run, drawn):
    put("drawn", "a.png", drawn("circle", "red"), "  Cafe\u0301 \t au\x07 lait ")
    put("drawn", "b.png", drawn("circle", "blue"), "\x00\n \n")
    pairs, rejected, _ = run()
    assert pairs.column("caption").to_pylist() == ["Café au lait"]
    assert reasons(rejected) == {"b.png": "no caption"}


def test_pictures_that_are_none_or_too_large_are_rejected_and_stop_nothing(run, drawn):
    good = drawn("circle", "red")
    put("drawn", "good.png", good)
    put("drawn", "text.png", b"<html>not found</html>")
    put("drawn", "cut.png", good[: len(good) // 2])
    put("drawn", "wide.png", drawn("square", "blue", size=200))
    pairs, rejected, _ = run(max_pixels=20_000, max_rejected=0.9)
    assert pairs.column("url").to_pylist() == ["drawn/good.png"]
    names = ("text.png", "cut.png", "wide.png")
    assert reasons(rejected) == dict.fromkeys(names, "unreadable picture")
    details = "\n".join(rejected.column("detail").to_pylist())
    assert "200 x 200 is more than 20000 pixels" in details


def test_width_and_height_are_those_of_the_upright_picture(run):
    lying = Image.new("RGB", (60, 30), "red")
    exif = lying.getexif()
    exif[0x0112] = 6
    encoded = io.BytesIO()
    lying.save(encoded, "JPEG", exif=exif)
    put("drawn", "a.jpg", encoded.getvalue())
    pairs, _, _ = run()
    (row,) = pairs.to_pylist()
    assert (row["width"], row["height"]) == (30, 60)


def test_a_source_that_cannot_be_had_is_skipped_and_named(run, drawn, capsys):
    put("drawn", "a.png", drawn("circle", "red"))
    sources = {"stamps": {}, "drawn": {"kind": "folder", "path": "drawn"}}
    pairs, _, figures = run(sources)
    assert pairs.num_rows == 1
    assert list(figures["skipped"]) == ["stamps"]
    assert "tuxpaint-stamps-default is not in data/packages" in figures["skipped"]["stamps"]
    assert "source stamps is skipped" in capsys.readouterr().err
    assert list(figures["sources"]) == ["drawn"]


def test_no_source_at_all_is_an_error_that_says_why(run):
    with pytest.raises(errors.SourceError, match=r"no source of .* can be had.*not in data"):
        run({"stamps": {}, "emoji": {}})
    assert not Path("data/pool").exists()


def test_a_pool_without_a_pair_is_an_error(run):
    put("drawn", "a.png", b"no picture")
    with pytest.raises(errors.EmptySetError, match=r"'unreadable picture': 1.*\n  drawn/a\.png: "):
        run()


def test_too_many_rejects_are_an_error_that_shows_some_and_leave_the_old_pool(run, drawn):
    put("drawn", "a.png", drawn("circle", "red"))
    run()
    before = contents(Path("data/pool"))
    put("drawn", "b.png", b"no picture")
    put("drawn", "c.png", b"no picture")
    with pytest.raises(errors.RejectsError, match=r"67% of its rows.*50%(?s:.)*drawn/b\.png"):
        run(max_rejected=0.5)
    assert contents(Path("data/pool")) == before
    pairs, rejected, _ = run(max_rejected=0.9)
    assert (pairs.num_rows, rejected.num_rows) == (1, 2)
    assert [p.name for p in Path("data").iterdir()] == ["pool"]


def test_what_an_older_or_killed_run_left_is_replaced(run, drawn):
    put("drawn", "a.png", drawn("circle", "red"))
    put("data/pool/images", "old-0000.tar", b"of an older run")
    put("data/.pool.partial/set", "torn.tar", b"of a killed run")
    run()
    files = contents(Path("data"))
    names = ("pairs", "rejected", "fetched", "extra")
    written = {f"pool/{name}.parquet" for name in names}
    assert written < files.keys()
    (tar,) = files.keys() - written
    assert tar.startswith("pool/images/drawn-")


@pytest.mark.parametrize(
    ("sources", "error", "message"),
    [
        ({"a": {"kind": "foldr", "path": "x"}}, errors.PluginError, "did you mean 'folder'"),
        (
            {"a": {"kind": "folder", "pth": "x"}},
            errors.ParamsError,
            r"sources\.a\.pth.*path",
        ),
        ({"A/b": {"kind": "folder", "path": "x"}}, errors.ParamsError, "name consists of"),
    ],
)
def test_a_mistake_in_params_is_answered_before_anything_is_read(run, sources, error, message):
    with pytest.raises(error, match=message):
        run(sources)


def test_help_answers_without_loading_what_only_work_needs():
    code = (
        "import sys; import curate.crawl, curate.fetch; "
        "heavy = {'distributed', 'selectolax', 'httpx', 'torch', 'resvg_py'} & set(sys.modules); "
        "sys.exit(str(sorted(heavy)) if heavy else 0)"
    )
    root = Path(crawl.__file__).parents[1]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)


@pytest.mark.parametrize(
    ("count", "longest"), [(0, 0), (1, 1), (100, 9), (5000, 417), (10**6, 1024)]
)
def test_batches_of_urls_shrink_towards_the_end_and_hold_each_item_once(count, longest):
    params = build(crawl.CrawlParams, {"sources": {}}, "crawl")
    found = [range(count)[part] for part in crawl.parts(count, params, fetched=True)]
    assert [number for part in found for number in part] == list(range(count))
    sizes = [len(part) for part in found]
    assert sizes == sorted(sizes, reverse=True)
    assert max(sizes, default=0) == longest
    assert len(sizes) <= max(128, -(-count // params.fetch_batch))
