import json

import pytest

from curate.dataset.errors import DataError
from train import task_comparison
from train.comparison import ComparisonParams


@pytest.fixture
def write(tmp_path):
    """Writes the figures of one run, as `train.evaluate_task` gives them."""

    def one(task, model, seed, reached, figure="accuracy", examples=20):
        figures = {
            "model": model,
            "split": "test",
            "examples": examples,
            "without_regions": 0,
            "found": {figure: reached, "examples": examples},
            "by_lot": {figure: 0.1, "examples": examples},
            "blind": {figure: 0.25, "examples": examples},
        }
        (tmp_path / f"{task}-{model}-{seed}.json").write_text(json.dumps(figures))

    return one


def compared(tmp_path, tasks, models, seeds):
    params = ComparisonParams(
        models=("clip", *models), seeds=seeds, tasks=tasks, task_models=models
    )
    table = tmp_path / "reports" / "tasks.md"
    places = (tmp_path, tmp_path / "trained", tmp_path / "captions")
    return task_comparison.main(*places, table, params), table.read_text(encoding="utf-8")


def test_each_task_stands_by_its_first_figure_with_models_spread_beside_baselines(write, tmp_path):
    for seed, reached in enumerate((0.5, 0.7)):
        write("easy_vqa", "uniter", seed, reached)
        write("captions", "uniter", seed, reached / 10, figure="cider", examples=7)
    found, table = compared(tmp_path, ("easy_vqa", "captions"), ("uniter",), (0, 1))
    own = found["tasks"]["easy_vqa"]
    assert own["figure"] == "accuracy"
    assert own["examples"] == 20
    assert own["baselines"]["blind"]["mean"] == 0.25
    assert own["models"]["uniter"] == pytest.approx(
        {"mean": 0.6, "deviation": 0.1414214, "least": 0.5, "most": 0.7}
    )
    assert found["tasks"]["captions"]["figure"] == "cider"
    assert found["missing"] == []
    assert table.splitlines() == [
        "| task | figure | examples | by lot | blind | uniter |",
        "|---|---|---|---|---|---|",
        "| easy_vqa | accuracy | 20 | 0.100 | 0.250 | 0.600 ± 0.141 |",
        "| captions | cider | 7 | 0.100 | 0.250 | 0.060 ± 0.014 |",
        "",
        "- by lot: drawn by lot: chance",
        "- blind: what is right most often by the words of a text; looks at no picture",
    ]


def test_captions_have_a_row_of_spice_where_it_was_measured(write, tmp_path):
    (tmp_path / "captions").mkdir()
    for model, reached in (("uniter", 0.5), ("lxmert", 0.4)):
        write("captions", model, 0, 1.5, figure="cider")
        said = {"captions": 9, "without_facts": 2, "found": {"spice": reached}}
        said |= {"by_lot": {"spice": 0.2}}
        (tmp_path / f"captions/captions-{model}-0.json").write_text(json.dumps(said))
    write("easy_vqa", "uniter", 0, 0.5)
    found, table = compared(tmp_path, ("captions", "easy_vqa"), ("uniter", "lxmert"), (0,))
    assert found["tasks"]["captions"]["spice"]["models"]["lxmert"]["mean"] == 0.4
    assert table.splitlines()[2:5] == [
        "| captions | cider | 20 | 0.100 | 0.250 | 1.500 | 1.500 |",
        "| captions | spice | 9 | 0.200 | – | 0.500 | 0.400 |",
        "| easy_vqa | accuracy | 20 | 0.100 | 0.250 | 0.500 | – |",
    ]
    none = {"captions": 0, "without_facts": 0}
    for model in ("uniter", "lxmert"):
        (tmp_path / f"captions/captions-{model}-0.json").write_text(json.dumps(none))
    found, _ = compared(tmp_path, ("captions",), ("uniter", "lxmert"), (0,))
    assert "spice" not in found["tasks"]["captions"]


def test_what_an_answer_and_fine_tuning_cost_stands_beside_where_every_seed_tells(write, tmp_path):
    def told(seed, took):
        file = tmp_path / f"easy_vqa-uniter-{seed}.json"
        answer = {"bytes": 9, "p50_ms": took}
        file.write_text(json.dumps(json.loads(file.read_text()) | {"answer": answer}))
        (tmp_path / "trained").mkdir(exist_ok=True)
        figures = {"cpu_seconds": 10 * took, "steps": 3}
        (tmp_path / "trained" / file.name).write_text(json.dumps(figures))

    for seed in (0, 1):
        write("easy_vqa", "uniter", seed, 0.5)
    told(0, 2.0)
    own = compared(tmp_path, ("easy_vqa",), ("uniter",), (0, 1))[0]["tasks"]["easy_vqa"]
    assert own["costs"] == {"uniter": {}}
    assert own["seeds"] == {"uniter": [0, 1]}
    told(1, 4.0)
    own = compared(tmp_path, ("easy_vqa",), ("uniter",), (0, 1))[0]["tasks"]["easy_vqa"]
    assert own["costs"]["uniter"]["bytes"] == 9
    assert own["costs"]["uniter"]["p50_ms"]["mean"] == 3
    assert own["costs"]["uniter"]["cpu_seconds"]["mean"] == 30
    assert set(own["baselines"]) == {"by_lot", "blind"}


def test_a_run_that_is_missing_is_named_and_its_place_is_empty(write, tmp_path):
    write("easy_vqa", "uniter", 0, 0.5)
    found, table = compared(tmp_path, ("easy_vqa", "choices"), ("uniter", "lxmert"), (0,))
    missing = ["easy_vqa-lxmert-0", "choices-uniter-0", "choices-lxmert-0"]
    assert found["missing"] == missing
    assert list(found["tasks"]) == ["easy_vqa"]
    assert table.splitlines()[2] == "| easy_vqa | accuracy | 20 | 0.100 | 0.250 | 0.500 | – |"


def test_runs_on_other_examples_are_not_laid_side_by_side(write, tmp_path):
    write("easy_vqa", "uniter", 0, 0.5)
    write("easy_vqa", "lxmert", 0, 0.5, examples=21)
    with pytest.raises(DataError, match=r"easy_vqa-lxmert-0 and easy_vqa-uniter-0.*21.*20"):
        compared(tmp_path, ("easy_vqa",), ("uniter", "lxmert"), (0,))


def test_without_a_seed_nothing_is_compared(tmp_path):
    found, _ = compared(tmp_path, ("easy_vqa",), ("uniter",), ())
    assert found == {"tasks": {}, "missing": []}
