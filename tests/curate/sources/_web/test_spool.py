"""Answers that outlive a crawl that is killed."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from curate.dataset import files
from curate.sources import Fetch, Refusal
from curate.sources._web.limits import Answer
from curate.sources._web.spool import Spool, fetch_of

ANSWER = Answer("http://a.example/b", 200, {"content-type": "text/html"}, b"<p>", version="2")
JUDGE = "the print of a list"
FETCH = Fetch("http://a.example/b", 200, 1.75e9, 0.25)


@pytest.mark.parametrize("url", ["http://a.example/", "http://a.example/\udcff"])
def test_an_answer_comes_back_as_it_was(tmp_path, url):
    assert Spool(tmp_path).kept(url, JUDGE) is None
    file = Spool(tmp_path).keep(url, ANSWER, FETCH)
    assert (file.read_bytes(), fetch_of(file)) == (b"<p>", FETCH)
    assert Spool(tmp_path).kept(url, JUDGE) == ANSWER


def test_an_answer_that_was_written_in_part_is_not_there(tmp_path, monkeypatch):
    spool = Spool(tmp_path)
    bodies = []

    def fail(whole: Path, place: Path) -> None:
        if place.suffix:
            whole.replace(place)
        else:
            bodies.append(place)
            raise OSError("no space left on device")

    monkeypatch.setattr(files, "settle", fail)
    with pytest.raises(OSError, match="no space"):
        spool.keep("http://a.example/", ANSWER, FETCH)
    assert bodies == [spool.file("http://a.example/")]
    assert spool.kept("http://a.example/", JUDGE) is None


def write(folder: Path, count: int) -> int:
    """Keep the same few answers again and again, in a process of its own; gives how many."""
    for number in range(count):
        Spool(folder).keep(f"u{number % 3}", ANSWER, FETCH)
        assert Spool(folder).kept(f"u{number % 3}", JUDGE) == ANSWER
    return count


def test_several_processes_may_keep_answers_to_the_same_urls(tmp_path):
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as processes:
        assert list(processes.map(write, [tmp_path] * 3, [300] * 3)) == [300] * 3


def refused(reason: str) -> Refusal:
    return Refusal("http://a.example/…", reason, "what was found", FETCH._replace(url=None))


def test_a_refusal_comes_back_as_it_was_until_it_is_forgotten(tmp_path):
    spool = Spool(tmp_path)
    for url, reason in (("u", "http 503"), ("v", "http 404"), ("w", "no answer")):
        spool.refuse(url, refused(reason))
    known = Spool(tmp_path)
    assert known.kept("u", JUDGE) == known.refused("u", JUDGE) == refused("http 503")
    spool.forget(("http 5??", "no answer"))
    assert [spool.kept(url, JUDGE) for url in "uvw"] == [None, refused("http 404"), None]


def test_what_a_judge_refused_another_does_not_know(tmp_path):
    spool = Spool(tmp_path)
    spool.keep("u", ANSWER, FETCH)
    spool.refuse("u", refused("blocked"), JUDGE)
    assert spool.kept("u", JUDGE) == refused("blocked")
    assert spool.kept("u", "another list") is None
    assert not any(b"<p>" in file.read_bytes() for file in tmp_path.iterdir())


def test_answers_to_other_urls_and_halves_are_removed(tmp_path):
    spool = Spool(tmp_path)
    for url in "uv":
        spool.keep(url, ANSWER, FETCH)
    spool.refuse("w", refused("http 404"))
    files.partial(spool.file("v")).write_bytes(b"<p")
    spool.keep_only("u")
    assert [spool.kept(url, JUDGE) for url in "uvw"] == [ANSWER, None, refused("http 404")]
    assert sum(b"<p" in file.read_bytes() for file in tmp_path.iterdir()) == 1


def test_an_answer_counts_more_than_a_refusal_before_it(tmp_path):
    spool = Spool(tmp_path)
    spool.refuse("u", refused("http 503"))
    spool.keep("u", ANSWER, FETCH)
    assert spool.kept("u", JUDGE) == ANSWER
