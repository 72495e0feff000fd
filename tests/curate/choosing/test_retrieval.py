from pathlib import Path

import pytest

from curate.choosing import commands, retrieval
from curate.choosing.candidate import Costs, Quality
from tests.curate.choosing import _tables

METRICS = Path("metrics")


def test_a_compared_model_has_the_mean_of_both_ways_and_what_its_runs_and_answers_took(project):
    own = _tables.model([0, 2], (0.2, 0.3), (0.01, 0.03), 7200.0, (4.0, 6.0, 500.0, 2_500_000))
    _tables.compared({"lxmert": own})
    (found,) = retrieval.read(METRICS).candidates
    assert found.quality == pytest.approx(Quality(0.25, 0.02, 2))
    assert found.costs == pytest.approx(Costs(4.0, 6.0, 524.288, 2.5, 2.0))
    assert found.chance == pytest.approx(0.03)
    assert found.folder == "models/compare/lxmert-{0,2}"
    assert (found.questions, found.backbone, found.snapshot) == (300, "sum", "m")


def test_of_one_seed_there_is_no_spread_and_what_was_not_timed_has_no_time(project):
    _tables.compared({"lxmert": _tables.model([1], (0.2, 0.3))})
    (found,) = retrieval.read(METRICS).candidates
    assert found.quality == pytest.approx(Quality(0.25, None, 1))
    assert found.costs == Costs(training_hours=1.0)
    assert found.lacking == "dvc repro -f -s compare@lxmert-1 && dvc repro -s comparison"


def test_a_way_to_take_pictures_in_costs_the_picture_too_and_stands_apart(project):
    answer = (4.0, 6.0, 500.0, 2_500_000)
    own = _tables.model([0], (0.2, 0.3), answer=answer)
    _tables.compared({"lxmert": own})
    _tables.ways({"resnet": (own, "grid of resnet18, trained", 3.0, 5.0)}, ["tower-0"])
    found = retrieval.read(METRICS)
    alone, way = found.candidates
    assert (way.costs.p50_ms, way.costs.p99_ms) == pytest.approx((7.0, 11.0))
    assert (alone.looks, way.looks) == (False, True)
    assert way.among == f"{alone.among}, of pictures that are new"
    assert (way.backbone, way.folder) == (
        "grid of resnet18, trained",
        "models/compare_backbones/resnet-0",
    )
    assert way.lacking == "dvc repro -f -s compare_backbones@resnet-0 && dvc repro -s backbones"
    assert found.missing[0].command.startswith("dvc repro compare_backbones@tower-0 && ")
    assert commands.more([way], 2) == (
        "dvc exp run -S 'backbones.seeds=[0,1]' compare_backbones@resnet-1 && "
        "dvc repro -s backbones"
    )


def test_each_form_of_each_variant_is_a_candidate_of_its_own(project):
    rows = {("whole", "eager"): (0.3, 9.0, 12.0, 600.0, 17e6)}
    rows["pruned", "onnx"] = (0.29, 2.0, 3.0, 80.0, 4e6)
    _tables.compressed(rows, candidates=200)
    whole, pruned = retrieval.read(METRICS).candidates
    assert pruned.name == "models/imagebert, pruned, onnx"
    assert pruned.folder == "models/compressed/pruned/onnx"
    assert pruned.costs == pytest.approx(Costs(2.0, 3.0, 83.88608, 4.0, None))
    assert not pruned.looks
    assert whole.among == pruned.among == "recall at 10 among 200, mean of both ways"


def test_a_pretrained_model_that_was_evaluated_is_one_and_its_time_is_not_known(project):
    way = {"candidates": 300, "recall_at_10": 0.2, "chance_at_10": 0.03}
    figures = {"model": "imagebert", "manifest": "m", "image_retrieval": way, "text_retrieval": way}
    _tables.write("metrics/evaluate/mine.json", figures)
    _tables.write("metrics/evaluate/other.json", {"image_retrieval": way})  # one way alone
    (found,) = retrieval.read(METRICS).candidates
    assert (found.name, found.quality, found.costs) == ("models/mine", (0.2, None, 1), Costs())
    assert found.snapshot == "m"
    assert found.lacking.startswith("dvc exp run -S devices.model=models/mine ")


def test_what_is_missing_is_named_with_its_command_and_the_time_that_like_runs_took(project):
    models = {"lxmert": _tables.model([0], (0.2, 0.3), took=7200.0)}
    models["uniter"] = _tables.model([0], (0.2, 0.3), took=14_400.0)
    _tables.compared(models, ["lxmert-1", "clip-0"])
    _tables.compressed({("whole", "onnx"): (0.3, 9.0, 12.0, 600.0, 17e6)}, missing=["sparse"])
    lxmert, clip, sparse = retrieval.read(METRICS).missing
    command = "dvc repro compare@lxmert-1 && dvc repro -s comparison"
    assert lxmert == ("lxmert-1", command, pytest.approx(2.0))
    assert clip.hours == pytest.approx(3.0)  # the mean of the others
    assert (sparse.name, sparse.hours) == ("models/imagebert, sparse", None)


def test_what_making_a_variant_took_is_its_training_and_tells_of_one_that_is_missing(project):
    rows = {("pruned", "onnx"): (0.29, 2.0, 3.0, 80.0, 4e6)}
    _tables.compressed(rows, missing=["sparse"], took=1800.0)
    found = retrieval.read(METRICS)
    assert found.candidates[0].costs.training_hours == 0.5
    assert found.missing[0].hours == 0.5


def test_where_nothing_was_measured_there_is_nothing(project):
    found = retrieval.read(METRICS)
    assert (found.candidates, found.missing) == ([], [])
