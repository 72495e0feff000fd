"""Answers that outlive a crawl that is killed."""

import pytest

from curate.sources import Fetch
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
