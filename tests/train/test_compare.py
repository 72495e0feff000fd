from pathlib import Path

import pytest

from curate.dataset.errors import ParamsError
from curate.stage.params import as_dict, build
from train import compare


@pytest.fixture
def conditions(run_params):
    """Makes the conditions of a comparison of small models."""

    def make(**changed):
        values = as_dict(run_params())
        shared = {"pretrain": {k: v for k, v in values.items() if k not in ("model", "seed")}}
        change = values["model"]["change"]
        del change["streams"]
        plans = {"change": change, "objectives": {"itm": {}, "mrckl": None}}
        evaluated = {"candidates": 6, "task_pairs": 8}
        given = {"all": plans, "answers": 5, "evaluate": evaluated, **shared, **changed}
        return build(compare.CompareParams, given, "compare")

    return make


def test_a_run_tells_what_a_model_reached_and_what_it_cost(small, project, conditions):
    parts = (small.snapshot, small.labels, small.network)
    params = conditions()
    params.pretrain["initial"] = "layers"
    found = compare.main("vlbert", 1, *parts, Path("out"), Path("logs"), params, split=small.split)
    assert (found["model"], found["seed"]) == ("vlbert", 1)
    assert found["budget"]["steps"] == 6
    assert found["budget"]["pairs"] == 48
    assert found["image_retrieval"]["candidates"] == 6
    assert set(found["tasks"]) == {"mlm", "itm"}
    assert found["parameters"] > 1000
    assert found["cpu_seconds"]["pretrain"] > 0
    assert found["visual"] == "joined"
    assert found["initialised"]["of"] >= found["initialised"]["layers"] == 1
    assert found["learning"].keys() == {"mlm", "itm"}
    ends = found["learning"]["mlm"]["loss"]
    assert ends["start"] > 0 < ends["end"] != ends["start"]
    answer = found["answer"]
    assert 0 < answer["p50_ms"] <= answer["p99_ms"] < 1000
    assert answer["peak_mib"] > 100  # it loads torch
    files = (Path("out") / name for name in ("config.json", "model.safetensors"))
    assert answer["bytes"] == sum(file.stat().st_size for file in files)


def test_a_model_of_two_towers_answers_by_its_vectors_and_is_timed_too(small, project, conditions):
    towers = {
        "embed_dim": 8,
        "text_cfg": {"context_length": 12, "width": 8, "heads": 1, "layers": 1},
    }
    towers["vision_cfg"] = {"image_size": 32, "patch_size": 16, "width": 64, "layers": 1}
    own = {"change": {"towers": towers}, "objectives": {"itm": None}}
    params = conditions(all={"objectives": {}}, own={"clip": own}, answers=3)
    parts = (small.snapshot, small.labels, small.network)
    found = compare.main("clip", 0, *parts, Path("out"), Path("logs"), params, split=small.split)
    assert found["visual"] == "towers"
    assert found["answer"]["p99_ms"] > 0


def test_what_a_task_learnt_is_told_from_before_to_after_without_other_languages_and_chance():
    start = {
        "validation/itm/loss": 0.7,
        "validation/itm/chance": 0.5,
        "validation/de/itm/loss": 1.0,
    }
    last = {name: value / 2 for name, value in start.items()} | {"loss": 3.0}
    assert compare.learning(start, last) == {"itm": {"loss": {"start": 0.7, "end": 0.35}}}


def test_what_holds_for_all_models_gives_way_to_what_is_said_of_one(conditions):
    own = {"lxmert": {"change": {"dropout": 0.3}, "objectives": {"itm": None}}}
    params = conditions(own=own)
    plan = compare.run_params("lxmert", 2, params).model
    assert plan["change"] == params.all.change | {"dropout": 0.3}
    assert plan["objectives"] == {"itm": None, "mrckl": None}
    other = compare.run_params("uniter", 2, params)
    assert other.model["objectives"] == {"itm": {}, "mrckl": None}
    assert other.seed == 2


def test_conditions_cannot_name_a_model_or_a_seed(conditions):
    values = as_dict(conditions())
    values["pretrain"]["seed"] = 3
    with pytest.raises(ParamsError, match=r"compare.pretrain.seed is not one for all"):
        compare.run_params("uniter", 0, build(compare.CompareParams, values, "compare"))
