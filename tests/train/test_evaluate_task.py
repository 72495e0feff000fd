"""Tasks of every objective, from official files to the official measure of what was answered."""

from pathlib import Path

import pytest

from curate.dataset import tables
from curate.stage.params import build
from tests import _tasks
from train import evaluate_task, finetune
from train.model import save
from train.params import FinetuneParams

TIMED = {"vcr": 3, "karpathy": 2, "karpathy_pairs": 2}  # answers of each kind of objective
RUN = {"task": "small", "model": "models/small", "steps": 4, "batch": 4, "rate": 1e-3}


@pytest.fixture
def answered(project, make_model, words, make_task):
    """Fine-tunes a small model on a task and measures it; gives the figures and the answers."""

    def run(kind, write, **asked):
        save(make_model(), Path("models/small"))
        words.save(Path("models/small"))
        made = make_task(kind, write, **asked)
        params = build(FinetuneParams, RUN, f"finetune.{kind}")
        places = (made.task, made.labels, Path("models/small"), Path("tuned"), Path("logs"))
        told = finetune.main(kind, *places, params)
        own = evaluate_task.EvaluateTaskParams(answers=TIMED.get(kind, 0))
        out = Path("answers.parquet")
        places = (Path("tuned"), made.task, made.labels, out)
        figures = evaluate_task.main(*places, own, Path("models/small"))
        return told, figures, tables.read(out).to_pylist()

    return run


def test_statements_about_two_pictures_are_called_true_or_false(answered):
    told, figures, rows = answered("nlvr2", _tasks.write_nlvr2)
    assert told["objective"] == "pair"
    assert told["answers"] == 2
    assert len(rows) == 4
    assert {row["answer"] for row in rows} <= {"true", "false"}
    assert "answer" not in figures  # none was to be timed
    assert {"found", "blind", "commonest", "by_lot"} <= set(figures)
    assert figures["commonest"]["accuracy"] == 0.5


def test_choices_are_made_among_an_example_s_own(answered):
    told, figures, rows = answered("vcr", _tasks.write_vcr, validation=0.3)
    assert told["objective"] == "choice"
    assert len(rows) == 8
    for row in rows:
        begin = "it is" if row["kind"] == "answer" else "I see"
        assert row["answer"] in {f"{begin} {colour}." for colour in _tasks.COLOURS}
    assert figures["examples"] == 8
    assert 0 < figures["answer"]["p50_ms"] <= figures["answer"]["p99_ms"]
    assert told["cpu_seconds"] > 0
    assert figures["commonest"]["both"] <= 0.5


def test_regions_are_found_by_expressions(answered):
    told, figures, rows = answered("refcoco", _tasks.write_refcoco)
    assert told["objective"] == "region"
    assert len(rows) == 4
    assert all(row["answer"] is None and len(row["boxes"]) == 4 for row in rows)
    assert all(len(row["right_boxes"]) == 1 for row in rows)
    assert figures["commonest"]["accuracy"] == 0.25  # one quarter of all
    assert figures["blind"]["accuracy"] == 1  # "upper left" says which
    assert set(figures["found"]["kinds"]) == {"testA"}


def test_captions_are_written_and_measured_beside_those_of_others(answered):
    told, figures, rows = answered("karpathy", _tasks.write_karpathy)
    assert told["objective"] == "caption"
    assert told["begun_with"] == ["layers", "caption"]  # its head was that of hidden words
    assert told["answers"] == 0
    assert len(rows) == 4
    for row in rows:
        assert row["answer"]
        assert row["ended"] in (True, False)
        assert {"commonest", "blind", "by_lot", "nearest"} == {who for who, _ in row["beside"]}
        assert len(row["right"]) == 2
    assert next(iter(figures["found"])) == "cider"
    assert figures["answer"]["p50_ms"] > 0
    assert figures["commonest"]["unended"] == 0
    assert set(figures["found"]["languages"]) == {"en"}
    assert figures["nearest"]["rouge_l"] >= figures["commonest"]["rouge_l"] > 0


def test_captions_and_pictures_find_each_other(answered):
    told, figures, rows = answered("karpathy_pairs", _tasks.write_karpathy)
    assert told["objective"] == "match"
    assert told["begun_with"] == ["layers", "match"]
    for name in ("found", "before"):  # the model as it was can match, too
        found = figures[name]["en"]
        assert found["image_retrieval"]["candidates"] == 4
        assert found["text_retrieval"]["candidates"] == 8
        assert found["text_retrieval"]["chance_at_1"] == pytest.approx(2 / 8)
    assert 0 < figures["by_lot"]["mean_recall"] < 1
    assert 0 < figures["nearest"]["mean_recall"] <= 1  # by the words of training captions
    assert figures["answer"]["p50_ms"] > 0
    assert len(rows) == 8 + 4
    assert {len(row["right"]) for row in rows if row["way"] == "text"} == {2}
