"""What is found is what the vectors say, and what is looked at again what the head says."""

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from curate.dataset import files, tables
from curate.dataset.errors import DataError, ImageError, ParamsError
from train.batch import collate
from train.corpus import load as load_corpus


@pytest.fixture
def hurried():
    """Threads that take turns as often as they can, so that what they share shows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_a_text_finds_the_pictures_whose_vectors_are_nearest(indexed, searcher):
    from train.search import opened

    found = opened.load(indexed.folder, indexed.snapshot)
    vectors = np.stack([found.nearest.vector(row) for row in range(48)])
    near = vectors @ found.encoder.texts(["a red circle"])[0]
    hits = searcher.by_text("a red circle", 6)
    order = np.argsort(-near, kind="stable")[:6]
    assert [hit.image for hit in hits] == [found.images[row] for row in order]
    assert [hit.similarity for hit in hits] == pytest.approx(near[order].tolist(), abs=1e-5)
    assert all(hit.match is None for hit in hits)


def test_a_hit_says_all_that_the_snapshot_says_the_wanted_language_first(indexed, searcher):
    (hit,) = searcher.by_text("a red circle", 1, language="de")
    manifest = tables.read(indexed.snapshot / "manifest.parquet").to_pylist()
    told = [row for row in manifest if row["image"] == hit.image]
    assert [pair["lang"] for pair in hit.pairs] == ["de", "en"]
    assert {pair["caption"] for pair in hit.pairs} == {row["caption"] for row in told}
    assert {pair["uid"] for pair in hit.pairs} == {row["uid"] for row in told}


def test_a_picture_is_like_others_but_not_itself(searcher):
    (first,) = searcher.by_picture(searcher.read(searcher.by_text("x", 1)[0].image), 1)
    others = searcher.by_name(first.image, 5)
    assert len(others) == 5
    assert first.image not in [hit.image for hit in others]
    uid = first.pairs[1]["uid"]
    assert searcher.by_name(uid, 5) == others == searcher.by_name(uid[:16], 5)


def test_the_head_puts_in_order_what_the_index_found(indexed, small, words, reranker):
    found = indexed.searcher(reranker, 10)
    text = "a tiny red circle"
    nearest = [hit.image for hit in found.by_text(text, 10)]
    corpus = load_corpus(indexed.snapshot, small.labels, None, words, 16, 4)
    names = corpus.regions.names.to_pylist()
    rows = np.array([corpus.image.tolist().index(names.index(image)) for image in nearest])
    at = corpus.captions.index(text)
    batch = collate(corpus, np.full(10, at), rows, np.ones(10, bool), words)
    logits = reranker._model.match(batch).detach().numpy()
    hits = found.by_text(text, 4, rerank=True)
    order = np.argsort(-logits, kind="stable")[:4]
    assert [hit.image for hit in hits] == [nearest[place] for place in order]
    assert [hit.match for hit in hits] == pytest.approx(logits[order].tolist(), abs=1e-5)


def test_a_picture_of_no_known_regions_comes_last(indexed, reranker):
    found = indexed.searcher(reranker, 10)
    before = found.by_text("a red circle", 10, rerank=True)
    del reranker._row[before[0].image]
    after = found.by_text("a red circle", 10, rerank=True)
    assert [hit.image for hit in after] == [hit.image for hit in before[1:] + before[:1]]
    assert after[-1].match is None


@pytest.mark.usefixtures("hurried")
def test_threads_that_look_again_at_pixels_at_once_see_their_own_pictures(
    indexed, make_reranker, monkeypatch
):
    monkeypatch.setattr(files, "_OPEN", 1)  # of three shards, as of very many
    of_regions = {"moc": None, "mrfr": None, "mrckl": None}
    pixels = {"visual": "patches", "pixels": 16, "patch": 8}
    found = indexed.searcher(
        make_reranker(objectives={"itm": {}} | of_regions, initialise="none", **pixels), 48
    )
    texts = [f"a {size} {colour}" for size in ("tiny", "huge") for colour in ("red", "blue")] * 20

    def asked(text):
        hits = found.by_text(text, 48, rerank=True)
        return {hit.image: (found.read(hit.image), hit.match) for hit in hits}

    alone = {text: asked(text) for text in {*texts}}
    with ThreadPoolExecutor(4) as many:
        for text, told in zip(texts, many.map(asked, texts), strict=True):
            for image, (data, match) in told.items():
                assert data == alone[text][image][0]
                assert match == pytest.approx(alone[text][image][1], abs=1e-4)


def test_a_model_that_does_not_match_looks_at_nothing(make_reranker):
    with pytest.raises(ParamsError, match=r"has no task itm to match by.*models/imagebert"):
        make_reranker(objectives={"itm": None})


def test_bad_questions_are_answered_with_what_is_wrong(searcher):
    with pytest.raises(ParamsError, match="the text is blank"):
        searcher.by_text("  ", 3)
    with pytest.raises(ParamsError, match=r"no model was named .*--rerank"):
        searcher.by_text("x", 3, rerank=True)
    with pytest.raises(ImageError):
        searcher.by_picture(b"nothing", 3)
    with pytest.raises(DataError, match=r"no indexed picture has a name.*'zz'"):
        searcher.by_name("zz", 3)
    with pytest.raises(DataError, match="48 pictures have a name"):
        searcher.by_name("", 3)
    with pytest.raises(DataError, match="no picture 'zz' is indexed"):
        searcher.read("zz")
