import json
from pathlib import Path

import pytest

from curate import choose
from curate.dataset.errors import DataError
from tests.curate.choosing import _tables


@pytest.fixture
def asked(project, capsys):
    """Asks what to take; gives what is printed."""

    def ask(**options):
        places = {"figures": "metrics", "tasks": "tasks/metrics", "snapshot": "data/snapshot"}
        choose.choose(**{name: Path(place) for name, place in places.items()}, **options)
        return capsys.readouterr().out

    return ask


@pytest.fixture
def tables(project):
    """Two models of two seeds, of which one was timed, and two forms of a third."""
    lxmert = _tables.model([0, 1], (0.3, 0.4), (0.1, 0.1), 3600.0, (9.0, 12.0, 600.0, 17e6))
    uniter = _tables.model([0, 1], (0.3, 0.3), (0.1, 0.1), 7200.0)
    _tables.compared({"lxmert": lxmert, "uniter": uniter}, ["clip-0"])
    rows = {("whole", "onnx"): (0.29, 2.5, 4.0, 80.0, 17e6)}
    rows["whole", "eager"] = (0.3, 9.0, 12.0, 600.0, 17e6)
    _tables.compressed(rows, candidates=200)


def test_without_limits_the_best_of_each_kind_is_taken_with_what_speaks_against_being_sure(
    tables, asked
):
    text = asked()
    assert "take lxmert: models/compare/lxmert-{0,1}" in text
    assert "take models/imagebert, whole, eager: models/compressed/whole/eager" in text
    assert "● lxmert 0.350 ± 0.100 0.030 9 12 629 MB 17 MB 1 h sum" in " ".join(text.split())
    assert "Sure? No: another may be as good\n" in text
    fast = "models/imagebert, whole, onnx the fastest of all"
    assert f"Sure? No: another may be as good, {fast}\n" in text
    assert "to be sure, " in text
    assert text.count("new picture's regions come on top: `dvc exp run -S 'backbones.models=") == 2
    assert "These 2 figures were not measured alike" in text
    command = "dvc exp run -S measure_compressed.candidates=300 compression"
    assert f"`{command}` measures on 300 questions, too" in text


def test_limits_leave_out_what_is_beyond_them_and_what_was_not_timed(tables, asked):
    text = asked(latency_ms=5.0, memory_mb=200.0)
    assert text.startswith(
        "Task retrieval, at most 99 of 100 answers within 5 ms, 200 MB of memory"
    )
    assert "take models/imagebert, whole, onnx: models/compressed/whole/onnx" in text
    assert "nothing that was measured keeps the limits" in text
    assert "1 h sum 99 of 100 answers within 12 ms; 629 MB of memory" in " ".join(text.split())
    assert "2 h – latency was not measured; memory was not measured" in " ".join(text.split())
    again = "dvc repro -f -s compare@uniter-0 && dvc repro -s comparison"
    assert f"time and memory of uniter are not measured: `{again}`" in text
    small = "dvc exp run -S devices.model=models/compare/lxmert-0 -S 'devices.variants=[whole]'"
    assert f"lxmert in forms for small devices is not measured: `{small}`" in text


def test_what_was_not_run_is_named_with_the_time_that_like_runs_took(tables, asked):
    line = asked().splitlines()[-1]
    assert line.split("  ")[1:3] == ["clip-0", "1.5 h"]
    assert line.endswith("dvc repro compare@clip-0 && dvc repro -s comparison")


def test_programs_are_told_the_same(tables, asked):
    found = json.loads(asked(latency_ms=5.0, json=True))
    assert found["task"] == "retrieval"
    assert found["limits"]["latency_ms"] == 5.0
    first, second = found["choices"]
    assert first["take"]["folder"] == "models/compressed/whole/onnx"
    assert first["sure"]  # there is no other within the limit
    assert [one["name"] for one in first["left_out"]] == ["models/imagebert, whole, eager"]
    assert second["take"] is None
    assert found["missing"][0]["hours"] == pytest.approx(1.5)


def test_a_task_that_was_not_measured_is_answered_with_those_that_were(tables, asked):
    with pytest.raises(DataError, match=r"no model was measured by a task 'vqa' \(measured: retr"):
        asked(task="vqa")


def test_a_task_may_be_named_by_a_part_and_its_own_figures_decide(tables, asked):
    own = {"figure": "accuracy", "examples": 40, "baselines": {}}
    own["models"] = {"uniter": _tables.spread(0.9), "lxmert": _tables.spread(0.2)}
    _tables.write("tasks/metrics/compared.json", {"tasks": {"easy_vqa": own}, "missing": []})
    text = asked(task="vqa")
    assert text.startswith("Task easy_vqa, no limits\n\nBy accuracy of 40 examples\n  take uniter")


def test_figures_of_another_snapshot_are_said_to_be_so(tables, asked):
    Path("data/snapshot").mkdir(parents=True)
    Path("data/snapshot/manifest.parquet").write_bytes(b"another")
    assert "Measured on another snapshot than the one that is there: lxmert, uniter" in asked()


def test_a_page_shows_every_task(tables, asked):
    own = {"figure": "accuracy", "examples": 40, "baselines": {}}
    own["models"] = {"uniter": _tables.spread(0.9)}
    _tables.write("tasks/metrics/compared.json", {"tasks": {"easy_vqa": own}, "missing": []})
    asked(html=Path("reports/choices.html"))
    text = Path("reports/choices.html").read_text()
    assert '<section id="retrieval"' in text
    assert '<section id="easy_vqa"' in text
    assert "There is no other to compare it with" in text
    assert "Content-Security-Policy" in text


def test_of_ways_that_were_measured_with_the_picture_nothing_comes_on_top(project, asked):
    own = _tables.model([0], (0.2, 0.3), answer=(4.0, 6.0, 500.0, 2_500_000))
    _tables.ways({"resnet": (own, "grid of resnet18, trained", 3.0, 5.0)})
    text = asked()
    assert "take resnet" in text
    assert "come on top" not in text
