from pathlib import Path

import pytest

from curate.choosing import tasks
from curate.choosing.candidate import Costs, Quality
from tests.curate.choosing import _tables


def compared(**more):
    own = {"figure": "accuracy", "examples": 40, "models": {}, "baselines": {}, **more}
    missing = ["easy_vqa-uniter-1", "nlvr2-uniter-0"]
    _tables.write("tasks/metrics/compared.json", {"tasks": {"easy_vqa": own}, "missing": missing})


def read():
    return tasks.read(Path("metrics"), Path("tasks/metrics"))


def test_a_compared_model_took_its_pretraining_and_its_fine_tuning(project):
    _tables.compared({"uniter": _tables.model([0, 1], (0.2, 0.3), took=3600.0)})
    answer = {"p50_ms": _tables.spread(4.0), "p99_ms": _tables.spread(5.0), "bytes": 2_000_000}
    compared(
        models={"uniter": _tables.spread(0.6, 0.02)},
        baselines={"blind": _tables.spread(0.3), "by_lot": _tables.spread(0.1)},
        seeds={"uniter": [0, 1]},
        costs={"uniter": {**answer, "cpu_seconds": _tables.spread(1800.0)}},
    )
    (found,) = read()["easy_vqa"].candidates
    assert found.quality == Quality(0.6, 0.02, 2)
    assert found.costs == pytest.approx(Costs(4.0, 5.0, None, 2.0, 1.5))
    assert (found.chance, found.among) == (0.3, "accuracy of 40 examples")
    assert found.snapshot == "m"
    assert found.stages.one == "tasks/dvc.yaml:evaluate_compared@easy_vqa-uniter"


def test_a_table_of_before_costs_were_told_is_read_without_them(project):
    compared(models={"uniter": _tables.spread(0.6, 0.02), "lxmert": _tables.spread(0.5)})
    uniter, lxmert = read()["easy_vqa"].candidates
    assert (uniter.quality.runs, lxmert.quality.runs) == (2, 1)
    assert uniter.costs == lxmert.costs == Costs()
    assert uniter.stages is None


def test_a_single_run_is_a_candidate_beside_the_best_that_looks_at_no_picture(project):
    figures = {"model": "imagebert", "split": "test", "examples": 40, "found": {"accuracy": 0.5}}
    figures |= {"blind": {"accuracy": 0.4}, "by_lot": {"accuracy": 0.1}}
    _tables.write("tasks/metrics/evaluate_task/mine.json", {**figures, "task": "easy_vqa"})
    (found,) = read()["easy_vqa"].candidates
    assert (found.name, found.chance) == ("models/finetuned/mine (imagebert)", 0.4)
    assert found.quality == Quality(0.5, None, 1)


def test_a_model_of_several_tasks_is_a_candidate_for_each(project):
    own = {"model": "imagebert", "examples": 40, "found": {"accuracy": 0.5}}
    own["answer"] = {"p50_ms": 3.0, "p99_ms": 4.0, "peak_mib": 100.0, "bytes": 1e6}
    told = {"choices": own, "entailments": own}
    _tables.write("tasks/metrics/evaluate_multitask/composed.json", told)
    found = read()
    assert list(found) == ["choices", "entailments"]
    (one,) = found["choices"].candidates
    assert one.folder == "models/multitask/composed/choices"
    assert one.costs == pytest.approx(Costs(3.0, 4.0, 104.8576, 1.0, None))


def test_what_it_began_with_is_no_baseline(project):
    told = {"found": {"mean_recall": 0.5}, "before": {"mean_recall": 0.4}}
    told |= {"by_lot": {"mean_recall": 0.1}, "model": "imagebert", "examples": 40}
    _tables.write("tasks/metrics/evaluate_task/retrieval.json", told)
    assert read()["retrieval"].candidates[0].chance == 0.1


def test_what_is_missing_is_named_by_task_with_its_command(project):
    compared(models={"uniter": _tables.spread(0.6)})
    found = read()
    command = (
        "dvc repro tasks/dvc.yaml:evaluate_compared@easy_vqa-uniter-1 && "
        "dvc repro -s tasks/dvc.yaml:task_comparison"
    )
    assert found["easy_vqa"].missing == [("easy_vqa-uniter-1", command, None)]
    assert [one.name for one in found["nlvr2"].missing] == ["nlvr2-uniter-0"]
