"""A crawl over HTTP, of which some is then taken out: as a new crawl would have had it."""

from pathlib import Path

import pytest

from curate import forgotten, removal
from curate.dataset import shards, tables
from curate.forgotten import Entry
from tests._shop import COUNT, contents


def cut(listed, out="data/pool"):
    new = Path("new")
    found = removal.find(Path(out), listed)
    return found, removal.apply(Path(out), new, found, listed, per_shard=4)


@pytest.mark.parametrize("kind", ["url", "image", "uid"])
def test_what_is_left_is_what_a_new_crawl_gives_byte_for_byte(job, shop, kind):
    job.run()
    pairs = tables.read(Path("data/pool/pairs.parquet")).to_pylist()
    gone = [pair[kind] for pair in pairs[3:8]]
    listed = forgotten.add(
        [Entry(kind, forgotten.value(kind, v), "no", "2026-01-02") for v in gone]
    )
    found, dropped = cut(listed)
    assert found.gone.num_rows == 5
    assert dropped
    shop.asked.clear()
    job.run("other/pool")
    numbers = {int(pair["caption"].split()[1]) for pair in pairs[3:8]}
    assert set(shop.asked) == set(range(COUNT)) - (numbers if kind == "url" else set())
    assert contents("new") == contents("other/pool")


def test_files_that_stay_the_same_are_not_copied(job):
    job.run()
    first = tables.read(Path("data/pool/pairs.parquet")).to_pylist()[0]
    listed = forgotten.add([Entry("uid", first["uid"], "no", "2026-01-02")])
    _, dropped = cut(listed)
    kept = {t.name: t.stat().st_ino for t in Path("data/pool").glob("images/*.tar")}
    new = {t.name: t.stat().st_ino for t in Path("new").glob("images/*.tar")}
    assert first["shard"] in dropped
    assert {n for n in new if kept.get(n) == new[n]} == kept.keys() - {
        Path(d).name for d in dropped
    }
    assert len(kept) - len(dropped) > 2


def test_a_picture_that_others_hold_too_stays_for_them(job, shop):
    Path("t.csv").write_text(
        f"url,text,number\n{shop.root}/1.png,one,1\n{shop.root}/1.png,two,1\n{shop.root}/2.png,x,2\n"
    )
    job.run()
    pairs = tables.read(Path("data/pool/pairs.parquet")).to_pylist()
    one = next(pair for pair in pairs if pair["caption"] == "one")
    listed = forgotten.Forgotten((Entry("uid", one["uid"], "no", "2026-01-02"),))
    found, dropped = cut(listed)
    assert not found.images
    assert dropped == []
    left = tables.read(Path("new/pairs.parquet")).to_pylist()
    assert sorted(pair["caption"] for pair in left) == ["two", "x"]
    with shards.ShardReader("new") as reader:
        assert all(reader.read(row["shard"], row["offset"], row["size"]) for row in left)
