from pathlib import Path

import pytest

from curate.dataset.errors import ParamsError
from curate.stage.params import as_dict, build
from train import compare_backbones

GRID = {"visual": "grid", "backbone": "test_resnet", "pixels": 32, "patch": 8}


@pytest.fixture
def conditions(run_params):
    """Makes the conditions of a comparison of ways by a small model."""

    def make(**ways):
        values = as_dict(run_params())
        shared = {k: v for k, v in values.items() if k not in ("model", "seed")}
        change = values["model"]["change"]
        return build(
            compare_backbones.BackbonesParams,
            {
                "all": {"change": change, "objectives": {"moc": None, "mrfr": None}},
                "pretrain": {**shared, "initial": "layers"},
                "evaluate": {"candidates": 6, "task_pairs": 8},
                "answers": 3,
                "pictures": 4,
                "ways": ways,
            },
            "compare_backbones",
        )

    return make


def run(way, small, params):
    parts = (small.snapshot, small.labels, small.network, Path("out"), Path("logs"))
    return compare_backbones.main(way, 0, *parts, params, split=small.split)


def test_a_grid_that_is_frozen_tells_what_it_reached_and_what_a_picture_takes(
    small, project, conditions
):
    frozen = {**GRID, "backbone_norm": "fixed", "frozen": True}
    found = run("tower", small, conditions(tower={"change": frozen}, regions={}))
    assert (found["condition"], found["seed"]) == ("tower", 0)
    assert found["visual"] == "grid of test_resnet, frozen"
    assert found["image_retrieval"]["candidates"] == 6
    assert found["answer"]["p50_ms"] > 0
    assert 0 < found["picture"]["p50_ms"] <= found["picture"]["p99_ms"] < 1000
    assert "model" not in found


def test_regions_are_given_and_their_time_is_measured_where_they_are_made(
    small, project, conditions
):
    found = run("regions", small, conditions(regions={}))
    assert found["visual"] == "regions"
    assert "picture" not in found


def test_ways_differ_in_what_is_said_of_them_alone(conditions):
    params = conditions(patches={"change": {"patch": 16}}, resnet={"backbone": "weights.pth"})
    found = compare_backbones.of_way("resnet", params)
    assert found.pretrain == {**params.pretrain, "backbone": "weights.pth"}
    assert compare_backbones.of_way("patches", params).own["imagebert"].change == {"patch": 16}
    with pytest.raises(ParamsError, match=r"no way 'vit' .*\(known: patches, resnet\)"):
        compare_backbones.of_way("vit", params)
