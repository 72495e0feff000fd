"""The pictures of a shop in the forms that sources of every kind take, and crawls of them."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests._shop import ROOT, Job
from tests._warcs import Warcs

_WEB = {"contact": "mailto:o@c.example", "private_hosts": ["127.0.0.1"], "attempts": 1}
_LONGEST = 300  # seconds that a crawl of few pictures takes on a machine that is busy
_AT_SECOND_BATCH = """
import os, signal, sys
from pathlib import Path

def kill(event, args):
    if event == "os.rename" and str(args[1]).endswith(".parquet"):
        folder = Path(os.fsdecode(args[1])).parent
        if folder.name == "batches" and any(folder.glob("[!.]*.parquet")):
            os.killpg(0, signal.SIGKILL)

sys.addaudithook(kill)
"""


def write(job: Job, kind: str) -> None:
    """Lay the shop's pictures out for a source of some kind, and make the job a crawl of it."""
    job.set_source({"kind": kind, **SOURCES[kind](job)})


def killed(job: Job) -> int:
    """Start a crawl whose processes all die by SIGKILL while a second batch gets its place.

    Returns:
        How many batches were done.
    """
    Path("hook").mkdir()
    Path("hook/sitecustomize.py").write_text(_AT_SECOND_BATCH)
    words = ["-m", "curate.crawl", "--packages", "packages", "--out", job.out]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(["hook", str(ROOT)])}
    env.pop("DASK_SCHEDULER_ADDRESS", None)
    process = subprocess.Popen(
        [sys.executable, *words], env=env, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        _, said = process.communicate(timeout=_LONGEST)
    finally:  # processes of its own session outlive a test that fails
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL, said.decode()
    return len(list(Path("data/.pool.partial/batches").glob("[!.]*.parquet")))


def _html(job: Job) -> dict[str, Any]:
    shown = "".join(f'<img src="/{n}.{job.shop.ending}" alt="ball {n}">' for n in _numbers(job))
    job.shop.pages["/all"] = shown.encode()
    return {"seeds": [f"{job.shop.root}/all"], "delay": 0.0, **_WEB}


def _warc(job: Job) -> dict[str, Any]:
    shown = [f'<img src="/{n}.{job.shop.ending}" alt="ball {n}">' for n in _numbers(job)]
    pages = Warcs.record("http://a.example/", Warcs.page(*shown))
    Path("w").mkdir()
    Path("w/pages.warc.gz").write_bytes(pages)
    for number, data in enumerate(job.shop.pictures):
        with Path(f"w/pictures-{number % 2}.warc.gz").open("ab") as file:
            url = f"http://a.example/{number}.{job.shop.ending}"
            file.write(Warcs.record(url, data, job.shop.kind))
    return {"path": "w"}


def _wat(job: Job) -> dict[str, Any]:
    Path("w").mkdir()
    for half in (0, 1):
        urls = [
            (n, f"{job.shop.root}/{n}.{job.shop.ending}") for n in _numbers(job) if n % 2 == half
        ]
        links = [{"path": "IMG@/src", "url": url, "alt": f"ball {n}"} for n, url in urls]
        answer = {"Response-Message": {"Status": "200"}, "HTML-Metadata": {"Links": links}}
        said = {"Envelope": {"Payload-Metadata": {"HTTP-Response-Metadata": answer}}}
        block = json.dumps(said).encode()
        data = Warcs.raw(f"{job.shop.root}/", block, "application/json", WARC_Type="metadata")
        Path(f"w/{half}.warc.wat.gz").write_bytes(data)
    return {"path": "w", **_WEB}


def _webdataset(job: Job) -> dict[str, Any]:
    Path("w").mkdir()
    for half, (name, mode) in enumerate((("a.tar", "w"), ("b.tar.gz", "w:gz"))):
        with tarfile.open(f"w/{name}", mode) as tar:
            for path, data in _files(job):
                if int(Path(path).stem) % 2 == half:
                    info = tarfile.TarInfo(path)
                    info.size = len(data)
                    tar.addfile(info, io.BytesIO(data))
    return {"path": "w"}


def _huggingface(job: Job) -> dict[str, Any]:
    table = pa.table(
        {"image": job.shop.pictures, "text": [f"ball {number}" for number in _numbers(job)]}
    )
    Path("w").mkdir()
    pq.write_table(table, "w/train-0.parquet", row_group_size=5)
    return {"path": "w"}


def _coco(job: Job) -> dict[str, Any]:
    _folder(job)
    images = [{"id": n, "file_name": f"{n}.{job.shop.ending}"} for n in _numbers(job)]
    said = [{"id": n, "image_id": n, "caption": f"a ball {n}"} for n in _numbers(job)]
    Path("captions.json").write_text(json.dumps({"images": images, "annotations": said}))
    return {"annotations": "captions.json", "pictures": "w"}


def _folder(job: Job) -> dict[str, Any]:
    Path("w").mkdir()
    for path, data in _files(job):
        Path("w", path).write_bytes(data)
    return {"path": "w"}


def _numbers(job: Job) -> Iterable[int]:
    return range(len(job.shop.pictures))


def _files(job: Job) -> Iterator[tuple[str, bytes]]:
    """Each picture, and its caption beside it."""
    for number, data in enumerate(job.shop.pictures):
        yield f"{number}.{job.shop.ending}", data
        yield f"{number}.txt", f"ball {number}".encode()


SOURCES = {
    "html": _html,
    "warc": _warc,
    "wat": _wat,
    "webdataset": _webdataset,
    "huggingface": _huggingface,
    "coco": _coco,
    "folder": _folder,
}
