import json

import pytest

from curate.dataset.errors import DataError
from train import comparison

ALIKE = {"manifest": "m", "steps": 3, "pairs": 24}


@pytest.fixture
def write(tmp_path):
    """Writes the figures of one run."""

    def one(model, seed, recall, budget=None):
        figures = {
            "model": model,
            "seed": seed,
            "budget": budget or ALIKE,
            "parameters": 100,
            "cpu_seconds": {"pretrain": 10.0 * recall, "evaluate": 1.0},
            "text_retrieval": {
                "candidates": 20,
                "recall_at_1": recall,
                "chance_at_1": 0.05,
                "times_chance_at_1": recall / 0.05,
            },
            "image_retrieval": {"times_chance_at_5": 7.0, "times_chance_at_10": 6.0},
            "initialised": {"layers": 2, "of": 3},
            "learning": {"itm": {"loss": {"start": 0.7, "end": recall}}},
            "tasks": {"itm": {"loss": 0.5, "accuracy": 0.75, "chance": 0.5, "targets": 8}},
        }
        (tmp_path / f"{model}-{seed}.json").write_text(json.dumps(figures))

    return one


def compared(tmp_path, models, seeds):
    return comparison.main(tmp_path, comparison.ComparisonParams(models=models, seeds=seeds))


def test_each_figure_is_the_mean_over_the_seeds_with_its_spread(write, tmp_path):
    for seed, recall in enumerate((0.1, 0.2, 0.6)):
        write("uniter", seed, recall)
    found = compared(tmp_path, ("uniter",), (0, 1, 2))
    own = found["models"]["uniter"]
    recalls = own["text_retrieval"]["recall_at_1"]
    assert recalls == pytest.approx(
        {"mean": 0.3, "deviation": 0.2645751, "least": 0.1, "most": 0.6}
    )
    assert own["text_retrieval"]["chance_at_1"] == 0.05
    assert own["text_retrieval"]["candidates"] == 20
    assert own["tasks"]["itm"]["chance"] == 0.5
    assert own["tasks"]["itm"]["accuracy"]["mean"] == 0.75
    assert own["seeds"] == [0, 1, 2]
    assert own["least_times_chance"] == pytest.approx(0.1 / 0.05)
    assert own["initialised"] == {"layers": 2, "of": 3}
    assert own["learning"]["itm"]["loss"]["start"]["mean"] == pytest.approx(0.7)
    assert own["learning"]["itm"]["loss"]["end"]["most"] == 0.6
    assert own["parameters"] == 100
    assert own["cpu_seconds"]["pretrain"]["mean"] == pytest.approx(3.0)
    assert found["budget"] == ALIKE
    assert found["missing"] == []


def test_one_run_has_no_spread(write, tmp_path):
    write("uniter", 0, 0.1)
    own = compared(tmp_path, ("uniter",), (0,))["models"]["uniter"]
    assert own["text_retrieval"]["recall_at_1"]["deviation"] is None


def test_what_an_answer_costs_is_spread_too_and_absent_where_a_run_does_not_tell(write, tmp_path):
    def told(seed, took):
        file = tmp_path / f"uniter-{seed}.json"
        answer = {"p50_ms": took, "bytes": 7}
        file.write_text(
            json.dumps(json.loads(file.read_text()) | {"answer": answer, "visual": "sum"})
        )

    for seed in (0, 1):
        write("uniter", seed, 0.1)
    told(0, 2.0)
    own = compared(tmp_path, ("uniter",), (0, 1))["models"]["uniter"]
    assert not {"answer", "visual"} & set(own)
    told(1, 4.0)
    own = compared(tmp_path, ("uniter",), (0, 1))["models"]["uniter"]
    assert own["answer"]["p50_ms"]["mean"] == 3
    assert own["answer"]["bytes"] == 7
    assert own["visual"] == "sum"


def test_what_a_new_picture_takes_is_the_runs_own_or_that_of_the_regions_made_for_it(tmp_path):
    own = {"budget": ALIKE, "seed": 0, "parameters": 100}
    pixels = {**own, "condition": "resnet", "visual": "grid", "picture": {"p50_ms": 2.0}}
    given = {**own, "condition": "proposals", "visual": "regions"}
    looked = tmp_path / "looked"
    looked.mkdir()
    for folder, name, figures in (
        (tmp_path, "resnet-0", pixels),
        (tmp_path, "proposals-0", given),
        (looked, "resnet", {"maker": "proposals", "picture": {"p50_ms": 30.0}}),
        (looked, "proposals", {"maker": "proposals", "picture": {"p50_ms": 30.0}}),
    ):
        (folder / f"{name}.json").write_text(json.dumps(figures))
    params = comparison.ComparisonParams(models=("resnet", "proposals"), seeds=(0,))
    found = comparison.main(tmp_path, params, looked)["models"]
    assert found["resnet"]["visual"] == "grid"
    assert found["resnet"]["picture"]["p50_ms"]["mean"] == 2.0
    assert found["proposals"]["visual"] == "regions by proposals, frozen"
    assert found["proposals"]["picture"]["p50_ms"]["mean"] == 30.0


def test_runs_that_are_missing_are_named_and_those_not_asked_for_left_out(write, tmp_path):
    write("uniter", 0, 0.1)
    write("clip", 5, 0.9)
    found = compared(tmp_path, ("uniter", "clip"), (0, 1))
    assert found["missing"] == ["uniter-1", "clip-0", "clip-1"]
    assert list(found["models"]) == ["uniter"]
    assert found["models"]["uniter"]["text_retrieval"]["recall_at_1"]["mean"] == 0.1


def test_without_seeds_nothing_is_compared(write, tmp_path):
    write("uniter", 0, 0.1)
    assert compared(tmp_path, ("uniter",), ()) == {"budget": {}, "models": {}, "missing": []}


def test_runs_of_another_budget_are_refused(write, tmp_path):
    write("uniter", 0, 0.1)
    write("clip", 0, 0.1, ALIKE | {"steps": 4})
    with pytest.raises(DataError, match=r"clip-0 and uniter-0 were not trained alike"):
        compared(tmp_path, ("uniter", "clip"), (0,))


def test_what_is_told_of_languages_is_spread_over_seeds_but_for_what_is_the_same(tmp_path):
    for seed, recall in enumerate((0.2, 0.4)):
        retrieved = {"candidates": 20, "recall_at_1": recall, "chance_at_1": 0.05}
        own = {"share": 0.0, "zero_shot": True, "image_retrieval": retrieved}
        own["beside"] = {"en": {"image_retrieval": retrieved}}
        figures = {"languages": {"ja": own}, "left_out": {"fr": 3}, "shared": 20}
        run = {"condition": "balanced", "seed": seed, "budget": ALIKE, **figures}
        (tmp_path / f"balanced-{seed}.json").write_text(json.dumps(run))
    found = compared(tmp_path, ("balanced",), (0, 1))["models"]["balanced"]
    assert (found["left_out"], found["shared"]) == ({"fr": 3}, 20)
    own = found["languages"]["ja"]
    assert (own["share"], own["zero_shot"]) == (0.0, True)
    for figures in (own["image_retrieval"], own["beside"]["en"]["image_retrieval"]):
        assert figures["recall_at_1"]["mean"] == pytest.approx(0.3)
        assert figures["candidates"] == 20
