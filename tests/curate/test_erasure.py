"""What a crawl that was killed, or a memory, still holds of what is forgotten."""

from pathlib import Path

import pyarrow as pa

from curate import answers, forgotten
from curate.dataset import memory, tables
from curate.dataset.memory import Memory
from curate.descent import trace
from curate.erasure import erase
from curate.forgotten import Entry
from curate.restart import Folder
from tests._shop import kill_tree

SCHEMA = pa.schema([pa.field("caption", pa.string()), pa.field("length", pa.int64())])


def forget(kind, value):
    listed = forgotten.add([Entry(kind, forgotten.value(kind, value), "no", "2026-01-02")])
    folder = Folder(Path("data/pool"))
    with folder.locked():
        return erase(folder, trace(Path("data"), listed), listed, per_shard=4)


def test_results_of_a_caption_go_unless_another_pair_has_it(job, shop):
    Path("t.csv").write_text(
        f"url,text\n{shop.root}/1.png,mine\n{shop.root}/2.png,ours\n{shop.root}/3.png,ours\n"
    )
    job.run()
    kept = Memory("lengths", "f" * 32, "caption", SCHEMA)
    kept.remember(pa.table({"caption": ["mine", "ours"], "length": [4, 4]}))
    damaged = memory.DEFAULT_ROOT / "lengths" / "damaged.parquet"
    damaged.write_bytes(b"mine")
    assert forget("url", f"{shop.root}/2.png")["remembered"] == 0
    assert not damaged.exists()
    assert forget("url", f"{shop.root}/1.png")["remembered"] == 1
    files = list((memory.DEFAULT_ROOT / "lengths").rglob("*.parquet"))
    assert [tables.read(file).column("caption").to_pylist() for file in files] == [["ours"]]


def test_what_an_unfinished_crawl_holds_of_it_goes_and_the_rest_is_not_asked_for_again(job, shop):
    job.run()
    job.params["max_pixels"] = 10**6  # another crawl, which fetches all of it again
    job.set_source(job.params["sources"]["shop"] | {"timeout": 9.0})
    shop.held = 23
    process = job.command(own_workers=True)
    try:
        assert shop.reached.wait(60)
    finally:
        kill_tree(process)
    shop.held = None
    shop.go_on.set()
    batches = Path("data/.pool.partial/batches")
    done = {file.name: items(file) for file in batches.glob("*.parquet")}
    url = next(iter(done.values()))[0]
    forget("url", url)
    left = {file.name for file in batches.glob("*.parquet")}
    assert left == {name for name, urls in done.items() if url not in urls}
    assert {blob.name.partition(".")[0] for blob in batches.glob("*.blob")} <= {
        name.partition(".")[0] for name in left
    }
    shop.asked.clear()
    job.run()
    assert url not in tables.read(Path("data/pool/pairs.parquet")).column("url").to_pylist()
    again = {f"{shop.root}/{number}.png" for number in shop.asked}
    assert url not in again
    assert again.isdisjoint(set().union(*(done[name] for name in left)))


def items(file):
    return answers.whole(file).column("item").to_pylist()


def test_failed_urls_can_be_asked_for_again_after_it(job, shop):
    shop.fails = {3: 503}
    job.run()
    forget("url", f"{shop.root}/1.png")
    shop.fails = {}
    shop.asked.clear()
    job.run(retry=True)
    assert shop.asked == {3: 1}
    urls = tables.read(Path("data/pool/pairs.parquet")).column("url").to_pylist()
    assert f"{shop.root}/3.png" in urls
    assert f"{shop.root}/1.png" not in urls
