"""The service answers questions, and says what is wrong with those that it cannot answer."""

import asyncio
import json

import numpy as np
import pytest

from curate.dataset import tables
from curate.dataset.errors import DataError, SourceError
from curate.stage.pages import Page
from tests.train.search._serving import asked, found, refused, running
from train.search import encoders, nearest, service
from train.search.admission import Answers
from train.search.opened import Opened
from train.search.searcher import Searcher


def test_a_text_finds_the_picture_of_its_vector_whatever_letters_it_has(indexed):
    # pictures are where the vectors of their German captions are: each caption has one answer
    encoder = encoders.load(indexed.network)
    manifest = tables.read(indexed.snapshot / "manifest.parquet").sort_by("image").to_pylist()
    told = {row["image"]: row["caption"] for row in manifest if row["lang"] == "de"}
    index = nearest.build(encoder.texts([*told.values()]), nearest.NearestParams())
    with running(Searcher(Opened(index, [*told], encoder), indexed.snapshot)) as url:
        for image, caption in told.items():
            (hit,) = found(url, text=caption, count=1, language="de")
            assert (hit["image"], hit["pairs"][0]["caption"]) == (image, caption)
            assert hit["similarity"] == pytest.approx(1, abs=1e-5)
    assert any("ü" in caption for caption in told.values())


def test_what_is_answered_is_what_the_searcher_finds_as_much_as_is_asked_for(url, searcher):
    hits = found(url, text="ein roter Kreis", count=5, language="de")
    assert hits == [hit._asdict() for hit in searcher.by_text("ein roter Kreis", 5, language="de")]
    assert len(found(url, text="a red circle")) == 20


def test_a_model_looks_again_and_its_order_is_answered(indexed, reranker):
    text = "a tiny red circle"
    with running(indexed.searcher(reranker, 12)) as url:
        near = found(url, text=text, count=12)
        again = found(url, text=text, count=5, rerank=1)
        assert json.loads(asked(url, "about")[2])["rerank"]
    logits = reranker(text, [hit["image"] for hit in near])
    order = np.argsort(-logits, kind="stable")
    assert [hit["image"] for hit in again] == [near[at]["image"] for at in order[:5]]
    assert [hit["match"] for hit in again] == pytest.approx(logits[order[:5]].tolist(), abs=1e-4)
    assert [*order] != [*range(12)]  # it is another than that of the vectors
    assert all(hit["match"] is None for hit in near)


def test_a_picture_is_shown_and_finds_itself(url, searcher):
    name = found(url, text="a red circle", count=1)[0]["image"]
    status, headers, data = asked(url, f"picture/{name}")
    assert (status, headers["Content-Type"], data) == (200, "image/png", searcher.read(name))
    assert "immutable" in headers["Cache-Control"]
    assert found(url, data=data, count=3)[0]["image"] == name
    assert name not in [hit["image"] for hit in found(url, like=name, count=3)]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, "text, or like"),
        ({"text": "a", "like": "b"}, "text, or like"),
        ({"text": " "}, "blank"),
        ({"text": "a" * 1001}, "1001 characters, more than 1000"),
        ({"text": "a", "count": "0"}, "count is '0', not a number from 1 to 100"),
        ({"text": "a", "count": "many"}, "count is 'many'"),
        ({"text": "a", "count": "9" * 30}, "not a number from 1 to 100"),
        ({"text": "a", "rerank": "yes"}, "rerank is 'yes', not 0 or 1"),
        ({"text": "a", "rerank": "1"}, "no model was named"),
        ({"text": "a", "cuont": "3"}, "unknown: cuont (known: text, like, count"),
    ],
)
def test_a_bad_question_is_answered_with_what_is_wrong(url, query, said):
    status, error = refused(url, **query)
    assert status == 400
    assert said in error


def test_what_is_not_there_is_not_found(url):
    assert refused(url, like="f" * 32)[0] == 404
    for path in ("picture/" + "f" * 32, "picture/..%2f..%2fparams.yaml", "page.py", "nowhere"):
        status, _, body = asked(url, path)
        assert status == 404
        assert json.loads(body)["error"]


def test_a_body_that_is_no_picture_or_too_large_is_refused(url):
    status, error = refused(url, data=b"no picture")
    assert status == 400
    assert "no picture that can be read" in error
    assert refused(url, data=b"x", text="a")[0] == 400
    status, error = refused(url, data=b"x" * 20_000_001)
    assert status == 413
    assert error == "the body has 20,000,001 bytes, more than 20,000,000"
    assert found(url, text="a red circle", count=1)


def test_nothing_foreign_is_run_or_guessed(url):
    for path in ("", "page.js", "about", "search"):
        headers = asked(url, path)[1]
        assert headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_an_address_in_use_is_said(searcher, url):
    port = int(url[:-1].rpartition(":")[2])
    with pytest.raises(SourceError, match=rf"cannot listen at 127.0.0.1:{port}.*--port"):
        asyncio.run(_listened(searcher, port))


async def _listened(searcher, port):
    service.listen(Answers(searcher), "127.0.0.1", port)


def _told(rest):
    if rest == "f" * 32:
        raise DataError("no such pair")
    return f"<!doctype html><html lang=en><title>t</title><p>pair {rest}</html>".encode()


PAGES = {
    "report": Page("Report", _told, "default-src 'none'"),
    "why": Page("Why", _told, "default-src 'none'", of_pair=True),
}


def test_further_pages_stand_beside_the_search_with_policies_of_their_own(searcher):
    with running(searcher, PAGES) as url:
        status, headers, body = asked(url, "report/")
        assert (status, headers["Content-Security-Policy"]) == (200, "default-src 'none'")
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        assert b"pair " in body
        uid = found(url, text="a red circle", count=1)[0]["pairs"][0]["uid"]
        assert f"pair {uid}".encode() in asked(url, f"why/{uid}")[2]
        status, _, body = asked(url, "why/" + "f" * 32)
        assert (status, json.loads(body)) == (404, {"error": "no such pair"})
        for path in ("report/x", "why/", "why/..%2fx", "why/xyz"):
            assert asked(url, path)[0] == 404
        told = json.loads(asked(url, "about")[2])["pages"]
        assert [(page["name"], page["of_pair"]) for page in told] == [
            ("report", False),
            ("why", True),
        ]
