from contextlib import nullcontext

import pytest

from train import corpus
from train.tasks import ranking, retrieval
from train.tasks.ranking import Similar
from train.validation import Validation


@pytest.fixture
def held_out(small, words):
    return corpus.load(small.snapshot, small.labels, "test", words, 16, 4)


def test_retrieval_is_tried_at_each_validation_where_it_is_asked_for(
    held_out, words, make_model, run_params
):
    model = make_model().train()
    validate = Validation(held_out, words, run_params(candidates=6))
    found = validate(model, nullcontext())
    assert model.training
    assert found == validate(model, nullcontext())
    rows = retrieval.candidates(held_out, "en", 6, None)
    similarity = retrieval.scores(model.eval(), held_out, rows, rows, words, 8, nullcontext())
    for way, figures in ranking.recalls(Similar(similarity, similarity)).items():
        for k in (1, 5, 10):
            assert found[f"{way}/recall_at_{k}"] == pytest.approx(figures[f"recall_at_{k}"])
    assert "itm/accuracy" in found
    assert not [name for name in found if "chance" in name or "targets" in name]


def test_without_candidates_no_retrieval_is_tried(held_out, words, make_model, run_params):
    found = Validation(held_out, words, run_params())(make_model(), nullcontext())
    assert not [name for name in found if "retrieval" in name]


def test_retrieval_is_in_the_language_that_the_run_passes_over_most(
    held_out, words, make_model, run_params
):
    sampling = {"languages": {"en": 0.1, "de": 1.0}}
    validate = Validation(held_out, words, run_params(candidates=6, sampling=sampling))
    model = make_model().eval()
    found = validate(model, nullcontext())
    rows = retrieval.candidates(held_out, "de", 6, None)
    similarity = retrieval.scores(model, held_out, rows, rows, words, 8, nullcontext())
    recall = ranking.recalls(Similar(similarity, similarity))["image_retrieval"]["recall_at_1"]
    assert found["image_retrieval/recall_at_1"] == pytest.approx(recall)
