"""Tasks of every objective, from official files to the official measure of what was answered."""

from pathlib import Path

import pytest

from curate.dataset import tables
from curate.stage.params import build
from tests import _tasks
from tests.train.tasks.formats import _composed
from train import evaluate_task, finetune
from train.model import save
from train.params import FinetuneParams

LEARNT = {  # kind of format -> how far what was learnt is above the lot
    **dict.fromkeys(("vqa2", "gqa", "nlvr", "snli_ve", "nlvr2", "refcoco"), 0.4),
    "flickr30k_entities": 0.4,
    "scene_expressions": 0.15,  # names are learnt sooner than sides
}
SCENES = {  # kind -> what may be answered
    "scene_statements": {"true", "false"},
    "scene_entailments": {"entailment", "contradiction"},
}
SIDES = [(0, 0, 49, 49), (51, 0, 100, 49)]  # of the picture, in hundredths
TIMED = {"vcr": 3, "karpathy": 2, "karpathy_pairs": 2}  # answers of each kind of objective
RUN = {"task": "small", "model": "models/small", "steps": 4, "batch": 8, "rate": 3e-3}


@pytest.fixture(scope="module")
def composed(make_task):
    """Makes a task of a snapshot of pictures that differ in which of two things stands left."""

    def write(*_):
        scenes, twins = {}, []
        for number in range(12):
            for way, boxes in (("left of", SIDES), ("right of", SIDES[::-1])):
                scene = _composed.beside("lemon", way, "horse", [f"parent {number}"])
                things = list(zip(("lemon", "horse"), boxes, strict=True))
                scenes[f"{number} {way}"] = scene | {"things": things}
            twins.append(("relation", f"{number} left of", f"{number} right of"))
        return _composed.write(Path(), scenes, twins)

    return lambda kind: make_task(kind, write, validation=0.25, test=0.25)


@pytest.fixture
def answered(project, make_model, words, official, composed):
    """Fine-tunes a small model on a task and measures it; gives the figures and the answers."""

    def run(kind, **changed):
        save(make_model(), Path("models/small"))
        words.save(Path("models/small"))
        made = composed(kind) if kind.startswith("scene_") else official(kind)
        params = build(FinetuneParams, RUN | changed, f"finetune.{kind}")
        places = (made.task, made.labels, Path("models/small"), Path("tuned"), Path("logs"))
        told = finetune.main(kind, *places, params)
        own = evaluate_task.EvaluateTaskParams(answers=TIMED.get(kind, 0))
        out = Path("answers.parquet")
        places = (Path("tuned"), made.task, made.labels, out)
        figures = evaluate_task.main(*places, own, Path("models/small"))
        return told, figures, tables.read(out).to_pylist()

    return run


@pytest.mark.parametrize("kind", LEARNT)
def test_what_was_learnt_is_by_the_official_measure_far_above_the_lot(answered, kind):
    told, figures, rows = answered(kind, steps=240 if kind == "flickr30k_entities" else 80)
    assert told["examples"]["train"] > 3
    assert len(rows) == figures["examples"] > 3
    figure = next(iter(figures["found"]))
    assert figures["found"][figure] > figures["by_lot"][figure] + LEARNT[kind]


@pytest.mark.parametrize("kind", SCENES)
def test_composed_pictures_are_asked_of_and_nobody_knows_without_looking(answered, kind):
    _, figures, rows = answered(kind)
    assert len(rows) == figures["examples"] > 3
    assert {row["answer"] for row in rows} <= SCENES[kind]
    assert all(set(row["right"]) < SCENES[kind] for row in rows)
    assert figures["blind"]["accuracy"] == figures["commonest"]["accuracy"] == 0.5


def test_statements_about_two_pictures_are_called_true_or_false(answered):
    told, figures, rows = answered("nlvr2")
    assert told["objective"] == "pair"
    assert told["answers"] == 2
    assert len(rows) == 8
    assert {row["answer"] for row in rows} <= {"true", "false"}
    assert "answer" not in figures  # none was to be timed
    assert {"found", "blind", "commonest", "by_lot"} <= set(figures)
    assert figures["commonest"]["accuracy"] == 0.5


def test_choices_are_made_among_an_example_s_own(answered):
    told, figures, rows = answered("vcr", steps=200, rate=1e-3)
    assert told["objective"] == "choice"
    assert len(rows) == 8
    for row in rows:
        begin = "it is" if row["kind"] == "answer" else "I see"
        assert row["answer"] in {f"{begin} {colour}." for colour in _tasks.COLOURS}
    assert figures["examples"] == 8
    assert figures["found"]["rationale"] == 1  # the right answer says which colour is seen
    assert figures["by_lot"]["rationale"] < 1
    assert 0 < figures["answer"]["p50_ms"] <= figures["answer"]["p99_ms"]
    assert told["cpu_seconds"] > 0
    assert figures["commonest"]["both"] <= 0.5


def test_regions_are_found_by_expressions(answered):
    told, figures, rows = answered("refcoco")
    assert told["objective"] == "region"
    assert len(rows) == 4
    assert all(row["answer"] is None and len(row["boxes"]) == 4 for row in rows)
    assert all(len(row["right_boxes"]) == 1 for row in rows)
    assert figures["commonest"]["accuracy"] == 0.25  # one quarter of all
    assert figures["blind"]["accuracy"] == 1  # "upper left" says which
    assert set(figures["found"]["kinds"]) == {"testA"}


def test_captions_are_written_and_measured_beside_those_of_others(answered):
    told, figures, rows = answered("karpathy", steps=250)
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
    assert figures["found"]["cider"] > figures["by_lot"]["cider"] + 1
    assert figures["found"]["rouge_l"] == 1 > figures["by_lot"]["rouge_l"]
    assert figures["answer"]["p50_ms"] > 0
    assert figures["commonest"]["unended"] == 0
    assert set(figures["found"]["languages"]) == {"en"}
    assert figures["nearest"]["rouge_l"] >= figures["commonest"]["rouge_l"] > 0


def test_captions_and_pictures_find_each_other(answered):
    told, figures, rows = answered("karpathy_pairs")
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
    own = [row for row in rows if row["way"] == "image"]
    for row in own:
        assert row["rank"] > row["found"].index(*row["right"])  # a tie counts against the model
    first = [row["rank"] == 1 for row in own]
    assert figures["found"]["en"]["image_retrieval"]["recall_at_1"] == sum(first) / len(first)
    assert {len(row["right"]) for row in rows if row["way"] == "text"} == {2}
