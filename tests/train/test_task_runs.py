import json

import pytest

from train import task_runs

PLACES = ("runs", "multitask", "captions", "captions_multitask")


@pytest.fixture
def write(tmp_path):
    """Writes the figures of a stage."""

    def one(place, name, figures):
        file = tmp_path / place / f"{name}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(figures), encoding="utf-8")

    return one


def evaluated(task, figure, reached, **beside):
    """Figures as `train.evaluate_task` gives them."""
    own = {"model": "imagebert", "task": task, "split": "test", "examples": 1200}
    own |= {"answer": {"p50_ms": 3.0}, "found": {figure: reached, "unended": 0.0}}
    return own | {name: {figure: value} for name, value in beside.items()}


def shown(tmp_path):
    table = tmp_path / "reports/task_runs.md"
    found = task_runs.main(*(tmp_path / place for place in PLACES), table)
    return found, table.read_text(encoding="utf-8").splitlines()


def test_the_runs_of_a_task_stand_beneath_each_other_with_what_they_began_with(write, tmp_path):
    write("runs", "retrieval", evaluated("retrieval", "mean_recall", 0.5, before=0.3, by_lot=0.01))
    write("runs", "entailments", evaluated("entailments", "accuracy", 0.7, blind=0.4, by_lot=0.3))
    pretrained = evaluated("retrieval", "mean_recall", 0.6, before=0.35, by_lot=0.01)
    write("runs", "retrieval_pretrained", pretrained)
    several = {"retrieval": evaluated("retrieval", "mean_recall", 0.45, before=0.3, by_lot=0.01)}
    write("multitask", "all", several)
    found, table = shown(tmp_path)
    assert table == [
        "| task | figure | examples | run | blind | by lot | before | reached |",
        "|---|---|---|---|---|---|---|---|",
        "| entailments | accuracy | 1,200 | finetuned/entailments | 0.400 | 0.300 | – | 0.700 |",
        "| retrieval | mean recall | 1,200 | finetuned/retrieval | – | 0.010 | 0.300 | 0.500 |",
        "| retrieval | mean recall | 1,200 | finetuned/retrieval_pretrained | – | 0.010 | 0.350 "
        "| 0.600 |",
        "| retrieval | mean recall | 1,200 | multitask/all | – | 0.010 | 0.300 | 0.450 |",
    ]
    of_run = found["retrieval"]["mean_recall"]["finetuned/retrieval_pretrained"]
    assert of_run == {"examples": 1200, "found": 0.6, "before": 0.35, "by_lot": 0.01}


def test_captions_stand_by_spice_too_where_it_was_measured(write, tmp_path):
    write("runs", "captions", evaluated("captions", "cider", 0.8, nearest=0.5))
    write("multitask", "all", {"captions": evaluated("captions", "cider", 0.7, nearest=0.5)})
    write("multitask", "two", {"captions": evaluated("captions", "cider", 0.6, nearest=0.5)})
    own = ("captions", "captions", 0.4), ("captions_multitask", "captions-all", 0.3)
    for place, name, reached in own:
        spice = {"found": {"spice": reached}, "nearest": {"spice": 0.2}}
        write(place, name, {"captions": 90, "without_facts": 3, **spice})
    write("captions_multitask", "captions-two", {"captions": 0, "without_facts": 0})
    _, table = shown(tmp_path)
    assert table[2:] == [
        "| captions | cider | 1,200 | finetuned/captions | 0.500 | 0.800 |",
        "| captions | cider | 1,200 | multitask/all | 0.500 | 0.700 |",
        "| captions | cider | 1,200 | multitask/two | 0.500 | 0.600 |",
        "| captions | spice | 90 | finetuned/captions | 0.200 | 0.400 |",
        "| captions | spice | 90 | multitask/all | 0.200 | 0.300 |",
    ]


def test_without_a_run_the_table_is_empty(tmp_path):
    found, table = shown(tmp_path)
    assert found == {}
    assert len(table) == 2
