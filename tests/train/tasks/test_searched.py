"""What is found of a task's split, by language: every caption counts, each picture is once."""

from contextlib import nullcontext

import numpy as np
import pytest

from train import corpus
from train.tasks import ranking, retrieval, searched


@pytest.fixture
def held_out(small, words):
    """Twelve pictures, each with an English and a German caption."""
    return corpus.load(small.snapshot, small.labels, "test", words, 16, 4)


def test_candidates_are_all_captions_of_a_language_with_their_pictures(held_out):
    found = searched.candidates(held_out, "en", 0)
    assert found.texts.tolist() == np.flatnonzero(held_out.languages == "en").tolist()
    assert len(found.pictures) == 12
    own = held_out.image[found.pictures][found.own]
    assert own.tolist() == held_out.image[found.texts].tolist()


def test_of_many_pictures_the_same_few_are_drawn_with_their_captions(held_out):
    fewer, again = (searched.candidates(held_out, "de", 5) for _ in range(2))
    assert fewer.texts.tolist() == again.texts.tolist()
    assert len(fewer.pictures) == len(fewer.texts) == 5
    assert sorted(fewer.own) == [0, 1, 2, 3, 4]


def test_each_language_is_measured_by_itself_and_what_was_found_is_told(
    held_out, words, make_model
):
    model, asked = make_model().eval(), retrieval.Asked(0, 3, 50)
    by_model = searched.by_model(model, held_out, words, asked, nullcontext())
    figures, found = searched.measured(held_out, asked.candidates, by_model)
    assert list(figures) == ["mean_recall", "mean_chance", "de", "en"]
    some = searched.candidates(held_out, "en", 0)
    ways = retrieval.similarities(model, held_out, *some[:2], words, asked, nullcontext())
    assert figures["en"] == ranking.recalls(ways["matching"], some.own)
    both = [figures[lang][f"{way}_retrieval"] for lang in ("de", "en") for way in ("image", "text")]
    told = [way[f"recall_at_{k}"] for way in both for k in (1, 5, 10)]
    assert figures["mean_recall"] == pytest.approx(np.mean(told))
    assert figures["mean_chance"] == pytest.approx((1 + 5 + 10) / 12 / 3)
    rows = found.to_pylist()
    assert len(rows) == 4 * 12
    for row in rows:
        assert len(row["right"]) == 1
        assert len(row["found"]) == 10
        told = row["found"].index(row["right"][0]) + 1 if row["right"][0] in row["found"] else 11
        assert row["rank"] >= told
    ranks = [r["rank"] for r in rows if (r["lang"], r["way"]) == ("en", "text")]
    recall = figures["en"]["text_retrieval"]["recall_at_5"]
    assert recall == pytest.approx(np.mean([rank <= 5 for rank in ranks]))


def test_a_model_that_compares_by_vectors_is_measured_by_them(held_out, words, make_model):
    model = make_model(objectives={"itc": {}, "itm": None}).eval()
    asked = retrieval.Asked(4, 3, 50)
    by_model = searched.by_model(model, held_out, words, asked, nullcontext())
    figures, found = searched.measured(held_out, asked.candidates, by_model)
    assert figures["en"]["image_retrieval"]["candidates"] == 4
    assert found.num_rows == 2 * 8
