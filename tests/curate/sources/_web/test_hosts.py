"""Hosts as several processes know them: each `Hosts` has its own locks, as a process has."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from curate.dataset.errors import SourceError
from curate.sources._web import hosts
from curate.sources._web.hosts import Hosts

ROOT = Path(hosts.__file__).parents[3]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a" / "turns"


def test_all_together_have_no_more_places_than_there_are_and_one_given_back_is_free(file):
    one, other = Hosts(file), Hosts(file)
    mine = [one.take("a.example", 3), one.take("a.example", 3)]
    last = other.take("a.example", 3)
    assert len({*mine, last}) == 3
    assert one.take("a.example", 3) is other.take("a.example", 3) is None
    assert other.take("b.example", 3) is not None
    one.give_back(mine[0])
    assert other.take("a.example", 3) == mine[0]
    one.close()
    assert other.take("a.example", 3) == mine[1]
    one.give_back(mine[1])
    assert Hosts(file).take("a.example", 3) is None


def test_who_waits_for_a_place_is_seen_by_the_others_until_there_is_one(file):
    one, other = Hosts(file), Hosts(file)
    place = one.take("a.example", 1)
    assert not one.is_wanted("a.example")
    assert other.take("a.example", 1) is None
    assert one.is_wanted("a.example")
    assert not other.is_wanted("a.example")
    assert not one.is_wanted("b.example")
    one.give_back(place)
    assert other.take("a.example", 1) == place
    assert not one.is_wanted("a.example")


def test_the_places_of_a_process_that_is_killed_are_free(file):
    code = (
        "import sys; from pathlib import Path; from curate.sources._web.hosts import Hosts\n"
        "print(Hosts(Path(sys.argv[1])).take('a.example', 1), flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        place = int(process.stdout.readline())
        known = Hosts(file)
        assert known.take("a.example", 1) is None
    finally:
        process.kill()
        process.wait()
    assert known.take("a.example", 1) == place


def test_between_two_requests_lies_the_longer_of_the_two_delays(file):
    one, other = Hosts(file), Hosts(file)
    assert one.ask("a.example", 30.0, 60.0) == 0.0
    for hasty in (one, other):
        assert 29.0 < hasty.ask("a.example", 0.0, 60.0) <= 30.0
    assert other.ask("b.example", 0.0, 60.0) == 0.0
    assert 29.0 < one.ask("b.example", 30.0, 60.0) <= 30.0
    assert other.ask("b.example", 0.0, 60.0) == 0.0


def test_a_pause_that_one_was_asked_for_is_kept_by_all_but_not_longer_than_they_like(file):
    one, other = Hosts(file), Hosts(file)
    one.pause("a.example", 30.0)
    one.pause("a.example", 1.0)
    assert 29.0 < other.ask("a.example", 0.0, 60.0) <= 30.0
    assert other.ask("a.example", 0.0, 5.0) == 5.0
    assert other.ask("b.example", 0.0, 60.0) == 0.0


def test_a_clock_that_is_wrong_stops_nobody_for_long(file, monkeypatch):
    one, other = Hosts(file), Hosts(file)
    monkeypatch.setattr(time, "time", lambda: 4e9)
    assert one.ask("a.example", 2.0, 60.0) == 0.0
    monkeypatch.undo()
    assert other.ask("a.example", 3.0, 60.0) == 3.0


def test_without_a_file_nobody_else_is_asked():
    one, other = Hosts(None), Hosts(None)
    one.pause("a.example", 30.0)
    assert one.ask("a.example", 0.0, 60.0) > 0
    assert other.ask("a.example", 0.0, 60.0) == 0.0


def test_a_file_that_cannot_be_had_is_an_error_that_says_what_to_do(tmp_path):
    Path(tmp_path, "turns").mkdir()
    with pytest.raises(SourceError, match=r"turns cannot be locked \(.*use a file system with"):
        Hosts(tmp_path / "turns")
