"""A crawl that is killed, and started again: real processes, a real server, the hash of the set."""

import contextlib
import csv
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from curate import answers, crawl, ledger, restart
from curate.dataset import errors, sets, tables
from curate.stage.params import build

ROOT = Path(crawl.__file__).parents[1]
COUNT, BATCH = 24, 4


class Shop:
    """A server of numbered pictures that counts what it is asked for and can hold one back."""

    def __init__(self, pictures: list[bytes]) -> None:
        self.asked: Counter[int] = Counter()
        self.fails: dict[int, int] = {}  # picture -> status
        self.held: int | None = None  # picture that is not given
        self.reached, self.go_on = threading.Event(), threading.Event()
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.strip("/").partition(".")[0]
                status, body = 404, b""
                if name.isdigit():
                    number = int(name)
                    shop.asked[number] += 1
                    if number == shop.held:
                        shop.reached.set()
                        shop.go_on.wait(60)
                    status, body = shop.fails.get(number, 200), pictures[number]
                self.send_response(status)
                self.send_header("Content-Type", "image/png")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(ConnectionError):  # of those that were killed
                    self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.root = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def shop(drawn) -> Iterator[Shop]:
    made = Shop([drawn("circle", (number * 9, 9, 9)) for number in range(COUNT)])
    yield made
    made.go_on.set()
    made.server.shutdown()
    made.server.server_close()


class Job:
    """A crawl of the shop's pictures, in a project folder."""

    def __init__(self, shop: Shop, workers: str) -> None:
        self.shop = shop
        self.workers = workers
        self.write(range(COUNT))

    def write(self, numbers: Any) -> None:
        with Path("t.csv").open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["url", "text", "number"])
            table.writerows([f"{self.shop.root}/{n}.png", f"ball {n}", n] for n in numbers)
        source = {"kind": "urls", "path": "t.csv", "contact": "mailto:o@c.example"}
        source |= {"private_hosts": ["127.0.0.1"], "attempts": 1, "at_once": 2}
        self.params = {"sources": {"shop": source}, "fetch_batch": BATCH, "per_shard": 4}
        Path("params.yaml").write_text(yaml.safe_dump({"crawl": self.params}))

    def run(self, out: str = "data/pool", **flags: bool) -> dict[str, Any]:
        """Crawl undisturbed, in this process."""
        params = build(crawl.CrawlParams, self.params, "crawl")
        return crawl.main(Path("packages"), Path(out), params, **flags)

    def command(self, *, own_workers: bool) -> subprocess.Popen[bytes]:
        """Start a crawl as its user does."""
        words = ["-m", "curate.crawl", "--packages", "packages", "--out", "data/pool"]
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        env.pop("DASK_SCHEDULER_ADDRESS", None)
        if not own_workers:
            env["DASK_SCHEDULER_ADDRESS"] = self.workers
        return subprocess.Popen([sys.executable, *words], env=env, stderr=subprocess.PIPE)

    def undisturbed(self) -> str:
        """Hash of the set that a crawl to another place gives."""
        self.run("other/pool")
        return digest("other/pool")


@pytest.fixture
def job(project, shop, workers) -> Job:
    return Job(shop, workers)


def digest(folder: str) -> str:
    """Hash of names and bytes of all that is in a folder."""
    found = hashlib.sha256()
    for file in sorted(f for f in Path(folder).rglob("*") if f.is_file()):
        found.update(file.relative_to(folder).as_posix().encode())
        found.update(file.read_bytes())
    return found.hexdigest()


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to a process that was started here and to all that it started."""
    for one in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
        one.send_signal(signal.SIGKILL)
    process.wait()


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


@pytest.mark.parametrize("folder", [".", "dataset", "sources", "sources/_web", "sources/_pages"])
def test_batches_of_other_code_have_other_names(tmp_path, monkeypatch, folder):
    shutil.copytree(restart._CODE, tmp_path / "curate")
    monkeypatch.setattr(restart, "_CODE", tmp_path / "curate")
    before = restart.code()
    file = tmp_path / "curate" / folder / "__init__.py"
    file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert restart.code() != before


def test_a_worker_that_is_killed_in_the_middle_loses_nothing(job, shop):
    shop.held = 10
    process = job.command(own_workers=True)
    try:
        assert shop.reached.wait(60)
        workers = [
            child
            for child in psutil.Process(process.pid).children(recursive=True)
            if child.net_connections() and "spawn_main" in " ".join(child.cmdline())
        ]
        busy = [w for w in workers if any(_to(c, shop) for c in w.net_connections())]
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


def _to(connection: Any, shop: Shop) -> bool:
    return bool(connection.raddr) and connection.raddr.port == shop.server.server_address[1]


KILLED_AT_EACH_STEP = """
import os, signal, sys
from pathlib import Path
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
    blob = table.with_suffix(".0.blob")
    file = table if harm == "cut table" else blob
    data = bytearray(file.read_bytes())
    if harm == "other bytes":
        data[len(data) // 2] ^= 1
    file.write_bytes(data if harm == "other bytes" else data[:-1])
    if harm == "no blob":
        blob.unlink()
    shop.asked.clear()
    job.run()
    assert sorted(shop.asked) == [0, 1, 2, 3]
    assert digest("data/pool") == job.undisturbed()


def test_failed_urls_alone_are_retried_and_the_set_is_as_if_they_had_never_failed(job, shop):
    shop.fails = {3: 503, 9: 500, 10: 404, 17: 429}
    figures = job.run()
    assert figures["ledger"]["refused"] == {
        "http 404": 1,
        "http 429": 1,
        "http 500": 1,
        "http 503": 1,
    }
    shop.fails = {10: 404, 17: 429}
    shop.asked.clear()
    figures = job.run(retry=True)
    assert shop.asked == {3: 1, 9: 1, 17: 1}
    assert figures["ledger"]["refused"] == {"http 404": 1, "http 429": 1}
    assert digest("data/pool") == job.undisturbed()
    shop.fails = {10: 404}
    job.run(retry=True)
    assert digest("data/pool") == job.undisturbed()


def test_a_retry_without_a_crawl_before_it_says_so(job):
    with pytest.raises(errors.SourceError, match=r"nothing to ask for again.*without --retry"):
        job.run(retry=True)


def test_after_an_error_what_failed_is_asked_for_again_and_the_rest_is_kept(job, shop):
    shop.fails = dict.fromkeys(range(20), 503)
    with pytest.raises(errors.RejectsError, match="83%"):
        job.run()
    shop.fails = {}
    shop.asked.clear()
    job.run()
    assert sorted(shop.asked) == list(range(20))
    assert digest("data/pool") == job.undisturbed()


def test_two_crawls_never_write_the_same_set(job, shop):
    shop.held = 2
    process = job.command(own_workers=False)
    try:
        assert shop.reached.wait(60)
        with pytest.raises(errors.SourceError, match="another crawl is writing"):
            job.run()
    finally:
        kill_tree(process)
        shop.go_on.set()


def test_the_ledger_names_every_url_once_and_times_lie_outside_of_the_set(job, shop):
    shop.fails = {5: 404}
    job.run()
    fetched = tables.read(Path("data/pool") / ledger.FILE).to_pylist()
    pairs = {
        row["url"]: row for row in tables.read(Path("data/pool") / sets.PAIRS_FILE).to_pylist()
    }
    assert [row["item"] for row in fetched] == sorted(f"{shop.root}/{n}.png" for n in range(COUNT))
    for row in fetched:
        if row["item"] == f"{shop.root}/5.png":
            assert (row["outcome"], row["status"], row["image"]) == ("http 404", 404, None)
        else:
            pair = pairs[row["item"]]
            assert (row["outcome"], row["status"], row["image"]) == ("pair", 200, pair["image"])
            assert (row["bytes"], row["sha256"][:32]) == (pair["size"], pair["image"])
    times = tables.read(Path("data/pool.times.parquet"))
    assert times.num_rows == COUNT
    assert not {"started", "seconds"} & set(fetched[0])
