"""Answers that outlive a crawl that is killed."""

import pytest

from curate.sources import Fetch, Refusal
from curate.sources._web.limits import Answer
from curate.sources._web.spool import Spool, fetch_of

ANSWER = Answer("http://a.example/b", 200, {"content-type": "text/html"}, b"<p>", version="2")
FETCH = Fetch("http://a.example/b", 200, 1.75e9, 0.25)


@pytest.mark.parametrize("url", ["http://a.example/", "http://a.example/\udcff"])
def test_an_answer_comes_back_as_it_was(tmp_path, url):
    assert Spool(tmp_path).kept(url) is None
    file = Spool(tmp_path).keep(url, ANSWER, FETCH)
    assert (file.read_bytes(), fetch_of(file)) == (b"<p>", FETCH)
    assert Spool(tmp_path).kept(url) == ANSWER


def test_an_answer_that_was_written_in_part_is_not_there(tmp_path):
    spool = Spool(tmp_path)
    spool.file("http://a.example/").with_suffix(".partial").mkdir()  # so that writing ends there
    with pytest.raises(IsADirectoryError):
        spool.keep("http://a.example/", ANSWER, FETCH)
    assert spool.kept("http://a.example/") is None


def refused(reason: str) -> Refusal:
    return Refusal("http://a.example/…", reason, "what was found", FETCH._replace(url=None))


def test_a_refusal_comes_back_as_it_was_until_it_is_forgotten(tmp_path):
    spool = Spool(tmp_path)
    for url, reason in (("u", "http 503"), ("v", "http 404"), ("w", "no answer")):
        spool.refuse(url, refused(reason))
    assert Spool(tmp_path).kept("u") == Spool(tmp_path).refused("u") == refused("http 503")
    spool.forget(("http 5??", "no answer"))
    assert [spool.kept(url) for url in "uvw"] == [None, refused("http 404"), None]


def test_an_answer_counts_more_than_a_refusal_before_it(tmp_path):
    spool = Spool(tmp_path)
    spool.refuse("u", refused("http 503"))
    spool.keep("u", ANSWER, FETCH)
    assert spool.kept("u") == ANSWER
