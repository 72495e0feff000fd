"""A crawl that is killed, and started again: real processes, a real server, the hash of the set."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import psutil
import pytest

from curate import answers
from curate.dataset import errors, tables
from tests._shop import COUNT, ROOT, Job, digest, kill_tree


def test_what_was_done_when_a_crawl_was_killed_is_not_fetched_again(job, shop):
    shop.held = 18
    process = job.command(own_workers=True)
    try:
        assert shop.reached.wait(60)
    finally:
        kill_tree(process)
    assert not Path("data/pool").exists()
    done = list(Path("data/.pool.partial/batches").glob("*.parquet"))
    assert done
    whole = {int(n) for t in map(answers.whole, done) for n in t.column("extra.number").to_pylist()}
    shop.held = None
    shop.go_on.set()
    before = Counter(shop.asked)
    figures = job.run()
    again = {n for n in shop.asked if shop.asked[n] > before[n]}
    assert again == set(range(COUNT)) - whole
    assert figures["ledger"]["with_pairs"] == COUNT
    assert sorted(p.name for p in Path("data").iterdir()) == ["pool", "pool.times.parquet"]
    assert digest("data/pool") == job.undisturbed()


def test_a_site_whose_crawl_was_killed_is_crawled_whole_the_next_time(job, shop):
    source = {"kind": "html", "seeds": [f"{shop.root}/"], "private_hosts": ["127.0.0.1"]}
    job.set_source(source | {"contact": "mailto:owner@crawler.example"})
    shop.held = 1
    process = job.command(own_workers=False)
    try:
        assert shop.reached.wait(60)
    finally:
        kill_tree(process)
    assert not Path("data/pool").exists()
    shop.held = None
    shop.go_on.set()
    job.run()
    captions = tables.read(Path("data/pool/pairs.parquet")).column("caption")
    assert sorted(captions.to_pylist()) == ["ball 0", "ball 1"]
    assert digest("data/pool") == job.undisturbed()
    assert sorted(p.name for p in Path("data").iterdir()) == ["pool", "pool.times.parquet"]


def test_a_worker_that_is_killed_in_the_middle_loses_nothing(job, shop):
    shop.held = 10
    process = job.command(own_workers=True)
    try:
        assert shop.reached.wait(60)
        children = psutil.Process(process.pid).children(recursive=True)
        busy = job.busy(c for c in children if "spawn_main" in " ".join(c.cmdline()))
        assert busy
        for worker in busy:
            worker.send_signal(signal.SIGKILL)
        shop.held = None
        shop.go_on.set()
        assert process.wait(90) == 0, process.stderr.read().decode()
    finally:
        if process.poll() is None:
            kill_tree(process)
    assert digest("data/pool") == job.undisturbed()


KILLED_AT_EACH_STEP = """
import os, signal, sys
from pathlib import Path
import distributed, curate.sources.urls  # loaded once, not in each that is killed
from curate import crawl
from curate.stage import params

def steps(event, args):
    global left
    if event in ("os.rename", "os.mkdir", "os.rmdir", "os.remove") and "data" in str(args[0]):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

values = params.build(crawl.CrawlParams, params.load(Path("params.yaml"), "crawl"), "crawl")
for step in range(int(sys.argv[1])):
    child = os.fork()
    if child == 0:
        left = step
        sys.addaudithook(steps)
        crawl.main(Path("packages"), Path("data/pool"), values)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print("killed" if os.WIFSIGNALED(status) else "done", flush=True)
    sys.stdin.readline()
"""


def test_killed_at_every_step_in_turn_there_is_always_a_whole_set_or_none(job, shop):
    """Each step that changes a folder is the last one once; what was left is never cleared away."""
    job.write(range(7))
    job.run()
    allowed = {digest("data/pool")}
    job.write(range(3, 12))
    wanted = job.undisturbed()
    allowed.add(wanted)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED_AT_EACH_STEP, "200"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    killed, absent = 0, 0
    try:
        while (said := process.stdout.readline()) == "killed\n":
            killed += 1
            if Path("data/pool").exists():
                assert digest("data/pool") in allowed
            else:
                absent += 1  # between two renames; the next start puts it right
            process.stdin.write("\n")
            process.stdin.flush()
        assert said == "done\n"
    finally:
        process.kill()
        process.wait()
    assert killed > 20
    assert absent <= 3
    assert digest("data/pool") == wanted
    assert sorted(p.name for p in Path("data").iterdir()) == ["pool", "pool.times.parquet"]


def test_a_list_that_changed_after_a_kill_is_noticed_and_nothing_old_remains(job, shop):
    job.write([0, 1, 2, 3, 4, 5, 6, 7])
    killed_after_batches(job)
    job.write([0, 1, 2, 3, 20, 21, 22, 23, 8])
    shop.asked.clear()
    job.run()
    assert set(shop.asked) == {8, 20, 21, 22, 23}
    numbers = tables.read(Path("data/pool/extra.parquet"), ["number"]).column("number")
    assert sorted(numbers.to_pylist()) == [0, 1, 2, 3, 8, 20, 21, 22, 23]
    assert digest("data/pool") == job.undisturbed()


def killed_after_batches(job: Job) -> None:
    """Leave what a crawl that was killed when all its batches were done leaves."""
    job.params["max_rejected"] = -1.0
    with pytest.raises(errors.RejectsError):
        job.run()
    del job.params["max_rejected"]


@pytest.mark.parametrize("harm", ["cut table", "cut blob", "other bytes", "no blob"])
def test_a_damaged_batch_is_never_taken_for_a_whole_one(job, shop, harm):
    killed_after_batches(job)
    table = min(Path("data/.pool.partial/batches").glob("*.parquet"))
    lost = answers.whole(table).column("extra.number").to_pylist()
    (blob,) = table.parent.glob(f"{table.stem}.*.blob")
    file = table if harm == "cut table" else blob
    data = bytearray(file.read_bytes())
    if harm == "other bytes":
        data[len(data) // 2] ^= 1
    file.write_bytes(data if harm == "other bytes" else data[:-1])
    if harm == "no blob":
        blob.unlink()
    shop.asked.clear()
    job.run()
    assert sorted(shop.asked) == lost
    assert digest("data/pool") == job.undisturbed()


def test_two_crawls_never_write_the_same_set(job, shop):
    shop.held = 2
    process = job.command(own_workers=False)
    try:
        assert shop.reached.wait(60)
        with pytest.raises(errors.BusyError, match="another run is writing"):
            job.run()
    finally:
        kill_tree(process)
        shop.go_on.set()
