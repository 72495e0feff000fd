"""A stage that is about to run in; the same stage struck by a fault, and what was done to it, out.

A fault that did not strike (the stage had ended before) gives None. Afterwards whatever the fault
took away is there again, but nothing that the stage left is mended.
"""

import os
import random
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests._faults.site import Server
from tests._faults.stage import Ended, Job
from tests._faults.workers import losing_one


class Known(NamedTuple):
    """What is known of a stage that runs undisturbed."""

    seconds: float  # of the wall clock
    written: int  # bytes
    digests: dict[str, str]  # of what it makes
    asked: int  # answers that the web site gave it


class Struck(NamedTuple):
    """What was done, how the stage took it, and the command that is to follow."""

    what: str
    ended: tuple[Ended, ...]
    then: str | None = None  # command; None: the stage's own


Strike = Callable[[Job, Known, random.Random, Server], Struck | None]


def killed(job: Job, known: Known, draw: random.Random, site: Server) -> Struck | None:
    """SIGKILL to all its processes at a random moment."""
    after = draw.uniform(0.0, known.seconds)
    ended = job.wait(job.start(), after)
    return Struck(f"kill -9 after {after:.1f} s", ()) if ended.code == -signal.SIGKILL else None


def full_disk(job: Job, known: Known, draw: random.Random, site: Server) -> Struck | None:
    """A disk that takes a part of what it writes, and no more."""
    room = int(known.written * draw.uniform(0.0, 0.9))
    there = os.statvfs(job.folder)
    _resize(job.folder, (there.f_blocks - there.f_bfree) * there.f_frsize + room)
    try:
        ended = job.run()
    finally:
        _resize(job.folder, None)
    return Struck(f"disk full after {room:,} bytes", (ended,)) if ended.code else None


def corrupt_input(job: Job, known: Known, draw: random.Random, site: Server) -> Struck | None:
    """A file that it reads: a byte is another, the end is missing, all is missing, or is noise."""
    places = [job.folder / dep for dep in job.stage.inputs]
    files = sorted({f for p in places for f in ([p] if p.is_file() else p.rglob("*"))})
    files = [file for file in files if file.is_file() and file.stat().st_size]
    if not files:
        return None
    file = draw.choice(files)
    before = file.read_bytes()
    harm = draw.choice(["a byte changed", "cut", "empty", "noise"])
    place = draw.randrange(len(before))
    file.write_bytes(
        {
            "a byte changed": before[:place] + bytes([before[place] ^ 255]) + before[place + 1 :],
            "cut": before[:place],
            "empty": b"",
            "noise": draw.randbytes(len(before)),
        }[harm]
    )
    ended = job.run()
    file.write_bytes(before)
    return Struck(f"{file.relative_to(job.folder)}: {harm}", (ended,))


def lost_network(job: Job, known: Known, draw: random.Random, site: Server) -> Struck | None:
    """A web site that hangs up after some answers, or a machine without any network."""
    if job.stage.name == "fetch":
        ended = job.run(f"unshare --net -- {job.stage.command}")
        return Struck("no network", (ended,))
    if not known.asked:
        return None
    site.left = draw.randrange(known.asked)
    what = f"the site hung up after {site.left:.0f} answers"
    try:
        ended = job.run()
    finally:
        site.left = float("inf")
    return Struck(what, (ended,), None if ended.code else f"{job.stage.command} --retry")


def two_at_once(job: Job, known: Known, draw: random.Random, site: Server) -> Struck | None:
    """The same command started twice."""
    both = [job.start(), job.start()]
    ended = tuple(job.wait(process) for process in both)
    done = any(one.code == 0 for one in ended)
    return Struck("two at once", ended, "true" if done else None)


def lost_worker(job: Job, known: Known, draw: random.Random, site: Server) -> Struck | None:
    """SIGKILL to one of the workers of a cluster that does its work; the stage itself goes on."""
    struck = losing_one(job, draw)
    if struck is None:
        return None
    what, ended = struck
    return Struck(what, (ended,), None if ended.code else "true")


STRIKES: dict[str, Strike] = {
    strike.__name__: strike
    for strike in (killed, full_disk, corrupt_input, lost_network, two_at_once, lost_worker)
}


def mounted(folder: Path) -> bool:
    """Mount a file system in memory on a folder, whose size can be changed; whether that may be."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    command = ["mount", "-t", "tmpfs", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def unmount(folder: Path) -> None:
    """Take it away again."""
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _resize(folder: Path, size: int | None) -> None:
    """Give the file system of a folder a size in bytes; None: as much as the machine has."""
    told = "size=50%" if size is None else f"size={size}"
    subprocess.run(["mount", "-o", f"remount,{told}", str(folder)], check=True)
