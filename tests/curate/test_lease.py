"""One crawl at a time works on a store: real processes, a real object store."""

import os
import signal
import subprocess
import sys
import time

import pytest

from curate import lease
from curate.dataset import files
from curate.dataset.errors import SourceError
from tests._shop import ROOT

OWNER = """
import sys, time
from curate import lease
from curate.dataset import files

lease._RENEWED = 0.1
with lease.Lease(files.place(sys.argv[1]), "the set").held():
    print("mine", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def file(store, monkeypatch):
    monkeypatch.setattr(lease, "_RENEWED", 0.1)
    monkeypatch.setattr(lease, "_LIFE", 1.5)
    return files.place(f"{store}/data/lock")


@pytest.fixture
def owner(file):
    """A process that has the lease."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(file)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"mine\n"
    yield process
    process.kill()
    process.wait()


def test_an_owner_that_lives_is_left_alone_and_named(file, owner):
    said = rf"another crawl is writing the set \(process {owner.pid} on .*let it end first"
    with pytest.raises(SourceError, match=said), lease.Lease(file, "the set").held():
        pass
    assert file.exists()


def test_the_right_of_a_dead_owner_passes_to_the_next_one_after_a_while(file, owner):
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    started = time.monotonic()
    mine = lease.Lease(file, "the set")
    with mine.held():
        assert time.monotonic() - started >= 1.5
        mine.check()
    assert not file.exists()


def test_the_right_of_one_that_ends_passes_at_once(file):
    first, second = lease.Lease(file, "the set"), lease.Lease(file, "the set")
    with first.held():
        first.check()
    started = time.monotonic()
    with second.held():
        assert time.monotonic() - started < 1.0


def test_an_owner_that_was_silent_for_too_long_learns_that_its_right_is_gone(file, owner):
    owner.send_signal(signal.SIGSTOP)
    mine, third = lease.Lease(file, "the set"), lease.Lease(file, "the set")
    with mine.held():
        owner.send_signal(signal.SIGCONT)
        time.sleep(0.5)  # in which the first owner would renew
        mine.check()
        with pytest.raises(SourceError, match="took over from this one"):
            third.check()
