import re
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from curate import crawl, snapshot
from curate.dataset import record, tables
from curate.dataset.errors import DataError
from curate.repair import repair
from curate.stage.params import build
from tests._shop import contents
from tests._versioned import call
from tests.curate.conftest import SNAPSHOT

POOL = Path("data/pool")


def freeze():
    """Keep every pair of the pool, all for training, and freeze them."""
    rows = tables.read(POOL / "pairs.parquet").to_pylist()
    ruled = {"kept": True, "reason": "all", "margin": None, "failed": [], "margins": []}
    decisions = pa.Table.from_pylist([{"uid": r["uid"], **ruled} for r in rows], record.DECISIONS)
    tables.write(decisions, Path("data/decisions/pool.parquet"), "uid", record.DECISIONS)
    images = sorted({row["image"] for row in rows})
    splits = [{"image": i, "split": "train", "group": i} for i in images]
    split = pa.Table.from_pylist(splits, record.SPLITS)
    tables.write(split, Path("data/split.parquet"), "image", record.SPLITS)
    names = ("pool", "made", "decisions", "labels")
    snapshot.main(
        **{name: Path("data", name) for name in names},
        split=Path("data/split.parquet"),
        out=Path("data/snapshot"),
        params=build(snapshot.SnapshotParams, SNAPSHOT, "snapshot"),
    )
    return contents("data")


@pytest.fixture
def whole(job):
    """Bytes of all files of a snapshot of the shop's pictures."""
    job.run()
    found = freeze()
    job.shop.asked.clear()
    return found


def fullest():
    """The rows of the tar that holds most, in the order in which they lie there."""
    rows = tables.read(POOL / "pairs.parquet").sort_by("offset").to_pylist()
    shards = [row["shard"] for row in rows]
    shard = max(sorted(set(shards)), key=shards.count)
    return POOL / shard, [row for row in rows if row["shard"] == shard]


def number(row):
    return int(row["url"].rpartition("/")[2].removesuffix(".png"))


def flip(file, at):
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


def test_what_is_whole_is_left_alone(whole, job, capsys):
    repair()
    assert "are as they were recorded" in capsys.readouterr().out
    assert contents("data") == whole
    assert not job.shop.asked


def test_a_flipped_byte_costs_one_request_for_the_picture_that_has_it(whole, job, capsys):
    tar, rows = fullest()
    flip(tar, rows[1]["offset"] + rows[1]["size"] // 2)
    with pytest.raises(DataError, match="1 file is not as recorded"):
        repair(dry_run=True)
    assert contents("data") != whole
    assert not job.shop.asked
    said = capsys.readouterr().out
    assert re.search(rf"{tar}: its SHA256 is \w{{64}}; 1 in it: {rows[1]['image']}\n", said)
    repair()
    assert "is as recorded again, from its source (1 fetched again)" in capsys.readouterr().out
    assert contents("data") == whole
    assert job.shop.asked == {number(rows[1]): 1}


def test_of_a_truncated_tar_only_what_is_cut_off_is_fetched_again(whole, job):
    tar, rows = fullest()
    with tar.open("r+b") as file:
        file.truncate(rows[2]["offset"] + 5)
    repair()
    assert contents("data") == whole
    assert job.shop.asked == {number(row): 1 for row in rows[2:]}


def test_a_tar_that_is_gone_is_fetched_again_and_a_damaged_header_needs_no_request(whole, job):
    tar, rows = fullest()
    tar.unlink()
    repair()
    assert contents("data") == whole
    assert job.shop.asked == {number(row): 1 for row in rows}
    job.shop.asked.clear()
    for at in (3, 34, 400):  # the name, its extension, what is empty
        flip(tar, at)
        repair()
        assert contents("data") == whole
    assert not job.shop.asked


def test_a_picture_that_is_no_more_is_named_and_nothing_else_is_lost(whole, job, capsys):
    tar, rows = fullest()
    with tar.open("r+b") as file:
        file.truncate(rows[0]["offset"] + 5)
    gone, changed = rows[0], rows[1]
    job.shop.fails[number(gone)] = 404
    other = rows[2]
    served = job.shop.pictures[number(changed)]
    job.shop.pictures[number(changed)] = job.shop.pictures[number(other)] + b"and more"
    with pytest.raises(DataError, match="1 file is not as recorded and could not be mended"):
        repair()
    said = capsys.readouterr().out
    assert f"cannot be had: {gone['image']} (pairs {gone['uid']}): http 404" in said
    assert f"{changed['image']} (pairs {changed['uid']}): it is another file now" in said
    data = tar.read_bytes()
    for row in rows[2:]:
        there = data[row["offset"] : row["offset"] + row["size"]]
        assert record.image_name(there) == row["image"]
    job.shop.asked.clear()
    job.shop.fails.clear()
    job.shop.pictures[number(changed)] = served
    repair()
    assert contents("data") == whole
    assert job.shop.asked == {number(gone): 1, number(changed): 1}


def test_what_a_folder_gave_is_read_again_from_there(project, workers, drawn, tone, moving, capsys):
    Path("mine").mkdir()
    for colour in ("red", "green", "blue"):
        Path(f"mine/{colour}.png").write_bytes(drawn("circle", colour))
        Path(f"mine/{colour}.txt").write_text(f"a {colour} circle")
    Path("mine/red.ogg").write_bytes(tone(440))
    Path("mine/red.mp4").write_bytes(moving(encoding="mp4"))
    source = {"kind": "folder", "path": "mine"}
    params = {"sources": {"mine": source}, "resize": {"side": 32, "format": "png"}}
    Path("params.yaml").write_text(yaml.safe_dump({"crawl": params}))
    crawl.main(Path("packages"), POOL, build(crawl.CrawlParams, params, "crawl"))
    whole = freeze()
    tar, rows = fullest()
    flip(tar, rows[0]["offset"] + 9)
    [sound] = (POOL / "audio").glob("*.tar")
    flip(sound, 700)
    [film] = (POOL / "video").glob("*.tar")
    flip(film, 700)
    Path(rows[2]["url"]).write_bytes(b"no longer a picture")  # which is not needed
    repair()
    assert contents("data") == whole
    Path("mine").rename("moved")
    flip(tar, rows[0]["offset"] + 9)
    with pytest.raises(DataError, match="could not be mended"):
        repair()
    assert "no picture in mine" in capsys.readouterr().out


@pytest.fixture
def locked(whole):
    """The same, known to DVC."""
    stages = {name: {"cmd": "true", "outs": [f"data/{name}"]} for name in ("pool", "snapshot")}
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))
    call("dvc", "init", "-q", "--no-scm")
    call("dvc", "commit", "-q", "--force")
    return whole


def damage():
    tar, rows = fullest()
    flip(tar, rows[0]["offset"])
    flip(Path("data/snapshot/manifest.parquet"), 100)
    flip(Path("data/snapshot/croissant.json"), 100)
    Path("data/snapshot/snapshot.json").write_text("{")
    Path("data/pool/pairs.parquet").write_bytes(b"")


def test_what_dvc_has_comes_from_its_cache_or_remote_and_no_host_is_asked(locked, job, capsys):
    damage()
    repair()
    assert contents("data") == locked
    said = capsys.readouterr().out
    assert len(re.findall("is as recorded again, from DVC's cache", said)) == 5
    call("dvc", "remote", "add", "-d", "far", "../far")
    call("dvc", "push", "-q")
    shutil.rmtree(".dvc/cache")
    damage()
    repair()
    assert contents("data") == locked
    assert "from DVC's remote" in capsys.readouterr().out
    assert not job.shop.asked


def test_a_damaged_cache_is_not_believed(locked, job):
    tar, rows = fullest()
    held = [f for f in Path(".dvc/cache").rglob("*") if f.is_file()]
    same = next(f for f in held if f.read_bytes() == tar.read_bytes())
    same.chmod(0o644)
    flip(same, rows[0]["offset"])
    flip(tar, rows[0]["offset"])
    repair()
    assert contents("data") == locked
    assert job.shop.asked == {number(rows[0]): 1}


def test_tables_and_made_pictures_that_only_a_stage_can_make_are_named_so(drawn_project, capsys):
    drawn_project.freeze()
    Path("params.yaml").write_text(yaml.safe_dump({"crawl": {"sources": {}}}))
    [tar] = Path("data/made/geometric/images").glob("*.tar")
    flip(tar, 600)
    flip(Path("data/labels/scene/nodes.parquet"), 10)
    with pytest.raises(DataError, match="2 files are not as recorded"):
        repair()
    said = capsys.readouterr().out
    assert "made pairs are made again: dvc repro --force make@geometric" in said
    assert "data/labels/scene/nodes.parquet: DVC has it no more; `dvc repro` makes it again" in said
