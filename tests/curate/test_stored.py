"""A crawl to a real object store: the bytes of a crawl to a folder, also after a kill."""

import os
import subprocess
import sys
import tempfile
from collections import Counter

import pytest

from curate import answers, lease, stored
from curate.dataset import errors, files, record, shards, tables
from tests._shop import COUNT, ROOT, Job, contents, digest, kill_tree


@pytest.fixture
def job(job, store, monkeypatch, tmp_path_factory) -> Job:
    """A crawl of the shop to a store; what killed ones leave on this machine goes with the test."""
    monkeypatch.setenv("TMPDIR", str(tmp_path_factory.mktemp("tmp")))
    monkeypatch.setattr(lease, "_LIFE", 0.5)  # an owner that these tests have killed is dead
    job.out = f"{store}/data/pool"
    return job


def names(store: str) -> set[str]:
    return set(contents(f"{store}/data"))


def test_the_set_has_the_bytes_of_one_in_a_folder_and_readers_take_its_url(job, store):
    figures = job.run()
    assert figures["ledger"]["with_pairs"] == COUNT
    assert digest(job.out) == job.undisturbed()
    assert names(store) - {f"pool/{name}" for name in contents(job.out)} == {"pool.times.parquet"}
    pairs = tables.read(files.place(job.out) / "pairs.parquet")
    with shards.ShardReader(job.out) as reader:
        for row in pairs.to_pylist():
            data = reader.read(row["shard"], row["offset"], row["size"])
            assert record.image_name(data) == row["image"]


def test_the_command_takes_a_url(job):
    process = job.command(own_workers=True)
    assert process.wait(90) == 0, process.stderr.read().decode()
    assert digest(job.out) == job.undisturbed()


def test_what_was_done_when_a_crawl_was_killed_is_not_fetched_again(job, shop, store):
    shop.held = 18
    process = job.command(own_workers=True)
    try:
        assert shop.reached.wait(60)
    finally:
        kill_tree(process)
    assert not any(name.startswith("pool/") for name in names(store))
    batches = files.place(f"{store}/data/.pool.partial/batches")
    done = [answers.whole(file) for file in batches.glob("*.parquet")]
    whole = {int(n) for table in done for n in table.column("extra.number").to_pylist()}
    assert whole
    shop.held = None
    shop.go_on.set()
    before = Counter(shop.asked)
    job.run()
    assert {n for n in shop.asked if shop.asked[n] > before[n]} == set(range(COUNT)) - whole
    assert not any(name.startswith(".pool") for name in names(store))
    assert digest(job.out) == job.undisturbed()


def test_a_set_of_other_pictures_takes_the_place_of_the_one_before(job):
    job.run()
    before = set(contents(job.out))
    job.write(range(3, 9))
    job.run()
    assert before - set(contents(job.out))
    assert digest(job.out) == job.undisturbed()


def test_failed_urls_alone_are_retried(job, shop):
    shop.fails = {3: 503, 10: 404}
    job.run()
    shop.fails = {10: 404}
    shop.asked.clear()
    job.run(retry=True)
    assert shop.asked == {3: 1}
    assert digest(job.out) == job.undisturbed()


def test_after_an_error_what_failed_is_asked_for_again(job, shop):
    shop.fails = dict.fromkeys(range(20), 503)
    with pytest.raises(errors.RejectsError, match="83%"):
        job.run()
    shop.fails = {}
    shop.asked.clear()
    job.run()
    assert sorted(shop.asked) == list(range(20))
    assert digest(job.out) == job.undisturbed()


KILLED_AT_EACH_STEP = """
import os, signal, sys
from pathlib import Path
import adlfs, aiohttp, distributed, curate.sources.urls  # once, not in each that is killed
from curate import crawl, lease
from curate.dataset import files
from curate.stage import params

lease._LIFE = 0.1
values = params.build(crawl.CrawlParams, params.load(Path("params.yaml"), "crawl"), "crawl")
request = aiohttp.ClientSession._request

async def step(self, method, *args, **kwargs):
    global left
    if method in ("PUT", "DELETE"):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return await request(self, method, *args, **kwargs)

for number in range(200):
    child = os.fork()
    if child == 0:
        left = number
        aiohttp.ClientSession._request = step
        crawl.main(Path("packages"), files.place(sys.argv[1]), values)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print("killed" if os.WIFSIGNALED(status) else "done", flush=True)
    sys.stdin.readline()
"""


def killed_at_each_step(script, out, *words):
    """What a script says but for its kills, and what readers see of the set at each of them."""
    told, seen = [], []
    with tempfile.TemporaryFile("w+") as errors_:  # more than a pipe holds
        process = subprocess.Popen(
            [sys.executable, "-c", script, out, *words],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors_,
            text=True,
        )
        try:
            while not told or "done" not in told[-1]:
                if (said := process.stdout.readline()) != "killed\n":
                    errors_.seek(0)
                    assert said, errors_.read()
                    told.append(said)
                    continue
                seen.append(pairs_with_pictures(out))
                process.stdin.write("\n")
                process.stdin.flush()
        finally:
            process.kill()
            process.wait()
    return told, seen


def test_killed_at_every_step_in_turn_the_set_is_always_the_old_one_or_the_new_one(job):
    """Each request that changes the store is the last one once; nothing is cleared away."""
    job.write(range(6))
    job.run()
    before = pairs_with_pictures(job.out)
    job.write(range(4, 9))
    wanted = job.undisturbed()
    after = pairs_with_pictures("other/pool")
    said, seen = killed_at_each_step(KILLED_AT_EACH_STEP, job.out)
    assert said == ["done\n"]
    new = seen.index(after)
    assert new > 5
    assert seen == [before] * new + [after] * (len(seen) - new)
    assert digest(job.out) == wanted
    assert {name.partition("/")[0] for name in names(job.out.removesuffix("/data/pool"))} == {
        "pool",
        "pool.times.parquet",
    }


FORGET_KILLED_AT_EACH_STEP = KILLED_AT_EACH_STEP.replace(
    "from curate import crawl, lease",
    """
from curate import crawl, forget, lease
""",
).replace(
    'crawl.main(Path("packages"), files.place(sys.argv[1]), values)',
    'forget.forget(reason="asked", url=sys.argv[2:], pool=files.place(sys.argv[1]))',
)


def test_what_is_taken_out_is_out_as_if_it_had_never_been_after_a_kill_at_any_step(job, shop):
    job.run()
    before = pairs_with_pictures(job.out)
    urls = [f"{shop.root}/{number}.png" for number in (2, 7, 8)]
    said, seen = killed_at_each_step(FORGET_KILLED_AT_EACH_STEP, job.out, *urls)
    assert "done" in said[-1]
    wanted = job.undisturbed()  # by a crawl that obeys the list
    after = pairs_with_pictures("other/pool")
    assert len(after) == COUNT - 3
    assert [one for one in seen if one not in (before, after)] == []
    assert {len(one) for one in seen} == {COUNT, COUNT - 3}
    assert digest(job.out) == wanted
    assert {name.partition("/")[0] for name in names(job.out.removesuffix("/data/pool"))} == {
        "pool",
        "pool.times.parquet",
    }


def pairs_with_pictures(out: str) -> list[tuple[str, str]]:
    """Caption and name of the picture of each pair, whose bytes are all there."""
    pairs = tables.read(files.place(out) / "pairs.parquet").to_pylist()
    with shards.ShardReader(out) as reader:
        for row in pairs:
            data = reader.read(row["shard"], row["offset"], row["size"])
            assert record.image_name(data) == row["image"]
    return [(row["caption"], row["image"]) for row in pairs]


def test_a_whole_store_is_no_place_for_a_set(store):
    with pytest.raises(errors.SourceError, match="name a folder on it"):
        stored.Stored(files.place(store))


def test_a_bucket_that_is_not_there_is_an_error_that_names_it(job, store):
    job.out = f"{store}-none/pool"
    with pytest.raises(errors.SourceError, match=rf"{store}-none/.*cannot be written to"):
        job.run()
