from contextlib import nullcontext

import pytest

from curate.dataset.errors import ParamsError
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
            assert found[f"{way}/chance_at_{k}"] == pytest.approx(figures[f"chance_at_{k}"])
    assert 0 < found["itm/accuracy"] < 1
    assert 0.5 <= found["itm/chance"] < 1
    assert not [name for name in found if "times" in name or "targets" in name]


def test_each_way_of_a_model_is_logged_beside_chance(small, words, make_model, run_params):
    needs = ["belongs"]
    held_out = corpus.load(small.snapshot, small.labels, "test", words, 16, 4, needs=needs)
    model = make_model(objectives={"itc": {}}).eval()
    found = Validation(held_out, words, run_params(candidates=6))(model, nullcontext())
    rows = retrieval.candidates(held_out, "en", 6, None)
    near = retrieval.cosines(model, held_out, rows, rows, words, 8, nullcontext())
    wanted = ranking.recalls(Similar(near, near))["text_retrieval"]
    for k in (1, 5, 10):
        for way in ("image_retrieval", "text_retrieval"):
            for name in (way, f"dual_encoder/{way}", f"reranked/{way}"):
                assert {f"{name}/recall_at_{k}", f"{name}/chance_at_{k}"} <= found.keys()
        told = found[f"dual_encoder/text_retrieval/recall_at_{k}"]
        assert told == pytest.approx(wanted[f"recall_at_{k}"])


def test_further_languages_are_validated_each_by_itself(held_out, words, make_model, run_params):
    model = make_model().eval()
    params = run_params(candidates=6, validation_languages=["de"])
    found = Validation(held_out, words, params)(model, nullcontext())
    english = Validation(held_out, words, run_params(candidates=6))(model, nullcontext())
    assert {name: found[name] for name in english} == english
    german = {name for name in found if name.startswith("de/")}
    assert german == {f"de/{name}" for name in english} == found.keys() - english.keys()
    rows = retrieval.candidates(held_out, "de", 6, None)
    similarity = retrieval.scores(model, held_out, rows, rows, words, 8, nullcontext())
    recall = ranking.recalls(Similar(similarity, similarity))["image_retrieval"]["recall_at_5"]
    assert found["de/image_retrieval/recall_at_5"] == pytest.approx(recall)
    assert found["de/mlm/loss"] != found["mlm/loss"]


def test_a_further_language_that_no_caption_has_is_an_error(held_out, words, run_params):
    with pytest.raises(ParamsError, match=r"no caption .* is in fr \(there are: de, en\)"):
        Validation(held_out, words, run_params(validation_languages=["de", "fr"]))


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
