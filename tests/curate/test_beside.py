"""Audio and clips beside pictures, from a crawl's sources to the tables and tars of its set."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from curate import crawl, descent, forgotten, recount, removal
from curate.dataset import files, record, sets, shards, tables
from curate.forgotten import Entry
from curate.stage.params import build
from tests._shop import contents, kill_tree

POOL = Path("data/pool")
ROOT = Path(crawl.__file__).parents[1]


@pytest.fixture
def run(project, workers, monkeypatch) -> Callable[..., dict[str, Any]]:
    """Crawls the folder `p`, or other sources, and gives the figures."""
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", workers)

    def crawled(
        sources: dict[str, Any] | None = None,
        retry: bool = False,
        out: files.Place = POOL,
        **values: Any,
    ) -> dict[str, Any]:
        sources = sources or {"p": {"kind": "folder", "path": "p", "licence": "CC0-1.0"}}
        params = build(crawl.CrawlParams, {"sources": sources} | values, "crawl")
        return crawl.main(Path("data/packages"), out, params, retry=retry)

    return crawled


def put(name: str, picture: bytes, text: str, **beside: bytes) -> None:
    file = Path(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.with_suffix(".png").write_bytes(picture)
    file.with_suffix(".txt").write_text(text)
    for ending, data in beside.items():
        file.with_suffix(f".{ending}").write_bytes(data)


def rows(file: str = record.AUDIO_FILE) -> list[dict[str, Any]]:
    return tables.read(POOL / file).to_pylist()


def rejected() -> dict[str, tuple[str, str]]:
    found = tables.read(POOL / sets.REJECTED_FILE).to_pylist()
    return {row["item"]: (row["reason"], row["detail"]) for row in found}


def test_every_row_leads_to_the_bytes_that_were_found_and_to_the_caption_that_is_spoken(
    run, drawn, tone
):
    clips = {"cat": tone(300, 0.5), "dog": tone(400, 0.7, "wav", channels=2)}
    put("p/cat", drawn("circle", "red"), "A cat\nde: Eine Katze", ogg=clips["cat"])
    put("p/dog", drawn("square", "blue"), "A dog", wav=clips["dog"])
    figures = run()
    pairs = {row["uid"]: row for row in tables.read(POOL / sets.PAIRS_FILE).to_pylist()}
    assert tables.read(POOL / record.AUDIO_FILE).schema.equals(record.AUDIO)
    found = {row["url"]: row for row in rows()}
    with shards.ShardReader(POOL) as reader:
        for name, data in clips.items():
            row = found[f"p/{name}.{'ogg' if name == 'cat' else 'wav'}"]
            assert reader.read(row["shard"], row["offset"], row["size"]) == data
            assert row["audio"] == record.image_name(data)
            assert row["shard"].startswith("audio/p-")
            assert (row["kind"], row["lang"]) == ("description", "en")
            assert (row["source"], row["licence"]) == ("p", "CC0-1.0")
            pair = pairs[row["uid"]]
            assert pair["caption"] == f"A {name}"
            assert pair["image"] == row["image"]
    cat, dog = found["p/cat.ogg"], found["p/dog.wav"]
    assert (cat["extension"], cat["seconds"]) == ("ogg", 0.5)
    assert (cat["rate"], cat["channels"]) == (16_000, 1)
    assert (dog["extension"], dog["seconds"], dog["channels"]) == ("wav", 0.7, 2)
    assert figures["audio"] == 2
    assert figures["sources"]["p"]["audio"] == {"files": 2, "seconds": 1.2, "spoken": 2}


def test_every_row_of_a_clip_leads_to_its_bytes_and_names_the_picture_that_is_its_poster(
    run, drawn, moving
):
    clips = {"mp4": moving(frames=5, encoding="mp4"), "apng": moving("blue", 3, "apng", ms=40)}
    put("p/ball", drawn("circle", "red"), "A ball\nde: Ein Ball", **clips)
    figures = run()
    pairs = tables.read(POOL / sets.PAIRS_FILE).to_pylist()
    assert tables.read(POOL / record.VIDEO_FILE).schema.equals(record.VIDEO)
    found = {row["url"]: row for row in rows(record.VIDEO_FILE)}
    with shards.ShardReader(POOL) as reader:
        for ending, data in clips.items():
            row = found[f"p/ball.{ending}"]
            assert reader.read(row["shard"], row["offset"], row["size"]) == data
            assert row["video"] == record.image_name(data)
            assert row["shard"].startswith("video/p-")
            assert {pair["image"] for pair in pairs} == {row["image"]}
            assert (row["source"], row["licence"]) == ("p", "CC0-1.0")
    film, png = found["p/ball.mp4"], found["p/ball.apng"]
    assert (film["extension"], film["frames"], film["seconds"]) == ("mp4", 5, 0.5)
    assert (png["extension"], png["frames"], png["seconds"]) == ("png", 3, 0.12)
    assert (film["width"], film["height"]) == (48, 48)
    assert (figures["video"], figures["audio"]) == (2, 0)
    assert figures["sources"]["p"]["video"] == {"files": 2, "seconds": 0.6, "frames": 8}


NOTHING = {
    "p": {"kind": "folder", "path": "p", "licence": "CC0-1.0", "audio": False, "video": False}
}


def test_a_set_without_audio_and_clips_has_no_table_and_no_folder_of_them(run, drawn, tone, moving):
    put("p/cat", drawn("circle", "red"), "A cat", ogg=tone(300), apng=moving(encoding="apng"))
    run(NOTHING)
    for file in (record.AUDIO_FILE, record.VIDEO_FILE, shards.AUDIO, shards.VIDEO):
        assert not (POOL / file).exists()


def test_pairs_and_pictures_are_the_same_bytes_with_and_without_what_lies_beside_them(
    run, drawn, tone, moving
):
    clip = moving(encoding="apng")
    put("p/cat", drawn("circle", "red"), "A cat", ogg=tone(300), wav=b"broken", apng=clip)
    run()
    with_ = contents(str(POOL))
    run(NOTHING)
    without = contents(str(POOL))
    other = ("audio", "video", "rejected")
    assert {f: h for f, h in with_.items() if not any(part in f for part in other)} == {
        f: h for f, h in without.items() if "rejected" not in f
    }
    assert len(with_) == len(without) + 4


def test_the_same_audio_under_two_pictures_is_stored_once_with_a_row_for_each(run, drawn, tone):
    bark = tone(300)
    put("p/dog", drawn("circle", "red"), "A dog", ogg=bark)
    put("q/wolf", drawn("circle", "blue"), "A wolf", ogg=bark)
    figures = run({n: {"kind": "folder", "path": n, "audio": "sound"} for n in ("p", "q")})
    found = rows()
    assert {(r["source"], r["kind"], r["lang"], r["uid"]) for r in found} == {
        ("p", "sound", None, None),
        ("q", "sound", None, None),
    }
    assert len({(r["shard"], r["offset"]) for r in found}) == 1
    assert len({r["image"] for r in found}) == 2
    assert [f.name[:2] for f in (POOL / shards.AUDIO).iterdir()] == ["p-"]
    assert (figures["audio"], figures["sources"]["q"]["audio"]["files"]) == (1, 0)


def test_where_several_captions_are_in_its_language_audio_says_not_which_it_speaks(
    run, drawn, tone
):
    put("p/cat", drawn("circle", "red"), "A cat\nAn animal", ogg=tone(300))
    run()
    (row,) = rows()
    assert (row["kind"], row["lang"], row["uid"]) == ("description", "en", None)


def test_audio_that_cannot_be_used_is_rejected_with_a_reason_and_its_pair_stands(
    run, drawn, tone, project
):
    blocked = tone(500, 0.3)
    (project / "taken.txt").write_text(hashlib.sha256(blocked).hexdigest())
    put("p/cut", drawn("circle", "red"), "A cut", ogg=tone(300)[:-9])
    put("p/long", drawn("circle", "blue"), "A long one", ogg=tone(300, 2))
    put("p/big", drawn("circle", "gold"), "A big one", wav=tone(300, 0.6, "wav"))
    put("p/blocked", drawn("circle", "navy"), "A blocked one", ogg=blocked)
    put("p/good", drawn("circle", "teal"), "A good one", ogg=tone(700), mp3=b"not found")
    limits = {"max_seconds": 1.5, "max_bytes": 15_000}
    figures = run(audio=limits, blocklist={"path": "taken.txt"}, max_rejected=0.0)
    assert [row["url"] for row in rows()] == ["p/good.ogg"]
    found = rejected()
    assert {item: reason for item, (reason, _) in found.items()} == {
        "p/cut.ogg": "unreadable audio",
        "p/long.ogg": "unreadable audio",
        "p/big.wav": "audio too big",
        "p/blocked.ogg": "audio blocked",
        "p/good.mp3": "unreadable audio",
    }
    assert found["p/long.ogg"][1] == "2.0 s are more than 1.5 s"
    assert (figures["pairs"], figures["rejected"], figures["audio"]) == (5, 5, 1)
    assert figures["ledger"]["with_pairs"] == figures["ledger"]["items"] == 5


def test_clips_that_cannot_be_used_are_rejected_with_a_reason_and_their_pairs_stand(
    run, drawn, moving, project
):
    blocked = moving("teal", encoding="apng")
    (project / "taken.txt").write_text(hashlib.sha256(blocked).hexdigest())
    put("p/cut", drawn("circle", "red"), "A cut", mp4=moving(encoding="mp4")[:-9])
    put("p/long", drawn("circle", "blue"), "A long one", apng=moving(ms=500, encoding="apng"))
    put("p/many", drawn("circle", "pink"), "Many", apng=moving(frames=9, encoding="apng", ms=10))
    put("p/big", drawn("circle", "gold"), "A big one", webm=bytes(9000))
    put("p/blocked", drawn("circle", "navy"), "A blocked one", apng=blocked)
    put("p/still", drawn("circle", "gray"), "A still one", apng=drawn("circle", "gray"))
    put("p/good", drawn("circle", "teal"), "A good one", apng=moving("gold", encoding="apng"))
    limits = {"max_seconds": 1.5, "max_bytes": 8_000, "max_frames": 8}
    figures = run(video=limits, blocklist={"path": "taken.txt"}, max_rejected=0.0)
    assert [row["url"] for row in rows(record.VIDEO_FILE)] == ["p/good.apng"]
    found = rejected()
    assert {item: reason for item, (reason, _) in found.items()} == {
        "p/cut.mp4": "unreadable video",
        "p/long.apng": "unreadable video",
        "p/many.apng": "unreadable video",
        "p/big.webm": "video too big",
        "p/blocked.apng": "video blocked",
        "p/still.apng": "no motion",
    }
    assert found["p/long.apng"][1] == "more than 1.5 s"
    assert (figures["pairs"], figures["rejected"], figures["video"]) == (7, 6, 1)


def test_audio_goes_with_its_picture_whatever_size_that_is_stored_in(run, drawn, tone):
    clip = tone(300)
    put("p/cat", drawn("circle", "red"), "A cat", ogg=clip)
    run(resize={"side": 32, "by": "shorter", "format": "jpg", "quality": 90})
    (row,) = rows()
    (pair,) = tables.read(POOL / sets.PAIRS_FILE).to_pylist()
    assert pair["width"] == 32
    assert (row["image"], row["uid"], row["size"]) == (pair["image"], pair["uid"], len(clip))


def test_audio_of_a_picture_that_another_source_owns_is_left_with_it(run, drawn, tone):
    put("p/cat", drawn("circle", "red"), "A cat")
    put("q/cat", drawn("circle", "red"), "A cat", ogg=tone(300))
    run({n: {"kind": "folder", "path": n} for n in ("p", "q")})
    assert rejected() == {"q/cat.png": ("duplicate", "a picture of p")}
    assert not (POOL / record.AUDIO_FILE).exists()


@pytest.fixture
def many(project, drawn, tone, moving) -> None:
    """Twelve pictures with audio and clips, some of them shared, some broken."""
    for n in range(12):
        sound = b"broken" if n == 5 else tone(300 + n % 8, 0.2)
        clip = b"broken" if n == 7 else moving((n % 8, 9, 9), 3, "apng")
        put(f"p/{n}", drawn("circle", (n * 20, 9, 9)), f"Ball {n}", ogg=sound, apng=clip)


def test_the_set_is_the_same_to_the_byte_whatever_the_batches(run, many):
    run(batch=256)
    one = contents(str(POOL))
    shutil.rmtree(POOL)
    run(batch=1)
    assert contents(str(POOL)) == one
    assert len(rows()) == len(rows(record.VIDEO_FILE)) == 11


@pytest.mark.parametrize("start", [b"OggS", b"fdAT"])
def test_what_was_damaged_in_a_killed_crawl_is_found_out_and_read_again(run, many, start):
    run()
    wanted = contents(str(POOL))
    with pytest.raises(Exception, match="max_rejected"):
        run(max_rejected=-1.0, batch=4)
    blob = min(Path("data/.pool.partial/batches").glob("*.blob"))
    data = bytearray(blob.read_bytes())
    place = data.rindex(start)
    data[place + 12] ^= 1
    blob.write_bytes(data)
    run(batch=4)
    assert contents(str(POOL)) == wanted


@pytest.mark.parametrize("table", [record.AUDIO_FILE, record.VIDEO_FILE])
def test_a_retry_brings_media_back_from_the_set_or_reads_them_again_where_the_set_lost_them(
    run, many, capfd, table
):
    run(batch=4)
    wanted = contents(str(POOL))
    capfd.readouterr()
    run(batch=4, retry=True)
    assert contents(str(POOL)) == wanted
    assert "3 of 3 batches are those of" in capfd.readouterr().err
    (POOL / table).unlink()
    run(batch=4, retry=True)
    assert contents(str(POOL)) == wanted
    assert "0 of 3 batches are those of" in capfd.readouterr().err


def test_a_crawl_with_audio_that_is_killed_and_started_again_gives_the_same_set(run, drawn, tone):
    for n in range(150):  # more than are read between the first answer and the end of all processes
        put(f"p/{n}", drawn("circle", (n, 9, 9)), f"Ball {n}", ogg=tone(300 + n, 0.2))
    run(batch=1)
    wanted = contents(str(POOL))
    shutil.rmtree(POOL)
    source = {"kind": "folder", "path": "p", "licence": "CC0-1.0"}
    Path("params.yaml").write_text(
        yaml.safe_dump({"crawl": {"sources": {"p": source}, "batch": 1}})
    )
    words = ["-m", "curate.crawl", "--packages", "data/packages", "--out", str(POOL)]
    env = {n: v for n, v in os.environ.items() if n != "DASK_SCHEDULER_ADDRESS"}
    process = subprocess.Popen([sys.executable, *words], env=env | {"PYTHONPATH": str(ROOT)})
    batches = Path("data/.pool.partial/batches")
    while not list(batches.glob("*.parquet")) and process.poll() is None:
        time.sleep(0.005)
    kill_tree(process)
    assert not POOL.exists()
    run(batch=1)
    assert contents(str(POOL)) == wanted


def test_a_set_on_a_store_has_the_media_of_one_in_a_folder_and_none_of_the_set_before(
    run, many, store
):
    there = files.place(f"{store}/data/pool")
    run(batch=4)
    wanted = contents(str(POOL))
    run(batch=4, out=there)
    assert contents(str(there)) == wanted
    run(batch=4, out=there, retry=True)
    assert contents(str(there)) == wanted
    Path("p/11.ogg").unlink()
    Path("p/9.ogg").unlink()
    Path("p/8.apng").unlink()
    run()
    run(out=there)
    assert contents(str(there)) == contents(str(POOL)) != wanted
    run(NOTHING)
    run(NOTHING, out=there)
    assert contents(str(there)) == contents(str(POOL))
    assert not any("audio" in name or "video" in name for name in contents(str(there)))


def test_a_set_without_what_is_forgotten_has_the_media_that_a_new_crawl_gives(run, many):
    figures = run(per_shard=2)
    before = {name: contents(str(POOL))[name] for name in ("audio.parquet", "video.parquet")}
    named = ("p/3.png", "p/6.apng", "p/4.ogg")
    listed = forgotten.add([Entry("url", name, "asked", "2026-01-02") for name in named])
    assert descent.trace(Path("data"), listed).beside == {"audio": 1, "video": 1}
    removal.apply(POOL, Path("new"), removal.find(POOL, listed), listed, per_shard=2)
    counted = recount.recount(Path("new"), figures)
    again = run(per_shard=2)
    left = contents("new")
    assert left == contents(str(POOL))
    assert all(left[name] != digest for name, digest in before.items())
    assert {row["url"] for row in rows(record.VIDEO_FILE)}.isdisjoint({"p/3.apng", "p/6.apng"})
    assert {row["url"] for row in rows()}.isdisjoint({"p/3.ogg", "p/4.ogg"})
    assert (counted["audio"], counted["video"]) == (again["audio"], again["video"])
