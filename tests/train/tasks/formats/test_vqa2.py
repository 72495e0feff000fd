"""VQA v2's files, as its page hands them out."""

import pytest

from curate.dataset.errors import DataError, SourceError
from tests.train.tasks import _made
from tests.train.tasks.formats import _files
from train import task_set
from train.tasks import examples
from train.tasks.formats import vqa2
from train.tasks.metrics import vqa


def _annotation(number, image, answers, answer_type="number"):
    return {
        "question_type": "how many",
        "multiple_choice_answer": answers[0],
        "answers": [
            {"answer": answer, "answer_confidence": "yes", "answer_id": place}
            for place, answer in enumerate(answers, 1)
        ],
        "image_id": image,
        "answer_type": answer_type,
        "question_id": number,
    }


def _write(folder, subset, rows, questions=None):
    head = {"info": {}, "license": {}, "data_subtype": subset, "data_type": "mscoco"}
    asked = questions or [
        {"image_id": image, "question": "How many dogs?", "question_id": number}
        for number, image, _ in rows
    ]
    _files.write(
        folder / f"v2_OpenEnded_mscoco_{subset}_questions.json",
        head | {"task_type": "Open-Ended", "questions": asked},
    )
    said = [_annotation(*row) for row in rows]
    _files.write(folder / f"v2_mscoco_{subset}_annotations.json", head | {"annotations": said})


@pytest.fixture
def folder(tmp_path):
    mixed = ["two", "2", "2 dogs", *["3"] * 4, "4", "5", "6"]
    _write(tmp_path, "train2014", [(9000, 9, mixed), (9001, 9, ["1"] * 10)])
    _write(tmp_path, "val2014", [(42000, 42, ["2"] * 10)])
    _files.draw(tmp_path / "train2014/COCO_train2014_000000000009.jpg")
    _files.draw(tmp_path / "val2014/COCO_val2014_000000000042.jpg")
    return tmp_path


def test_answers_have_the_soft_scores_that_the_official_measure_gives(folder):
    found = list(vqa2.examples(vqa2.Params(), folder))
    scores = dict(zip(found[0].answers, found[0].scores, strict=True))
    assert scores == pytest.approx(
        {"2": 0.6, "2 dogs": 0.3, "3": 1.0, "4": 0.3, "5": 0.3, "6": 0.3}
    )
    assert found[1].answers == ("1",)
    assert [one.split for one in found] == ["train", "train", "test"]
    assert [one.example for one in found] == ["9000", "9001", "42000"]
    assert found[0].kind == "number"
    assert all(one.pictures[0].is_file() for one in found)


def test_what_the_official_measure_asks_for_comes_along(folder):
    found = list(vqa2.examples(vqa2.Params(), folder))
    examples = _made.table(*({"kind": one.kind, "details": one.details} for one in found))
    measured = vqa.measure(examples, _made.given("two", "1", "two"))
    assert measured["accuracy"] == pytest.approx((0.6 + 1 + 0) / 3)
    assert measured["question_types"]["how many"]["examples"] == 3


def test_a_question_without_its_annotation_or_ten_answers_is_named(folder):
    questions = [{"image_id": 43, "question": "How many?", "question_id": 42000}]
    _write(folder, "val2014", [(42000, 42, ["2"] * 10)], questions)
    with pytest.raises(DataError, match="no annotation of question 42000 on image 43"):
        list(vqa2.examples(vqa2.Params(), folder))
    _write(folder, "val2014", [(42000, 42, ["2"] * 9)])
    with pytest.raises(DataError, match=r"\['annotations'\]\[0\]\['answers'\]: .*at least 10"):
        list(vqa2.examples(vqa2.Params(), folder))


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ("v2_mscoco_val2014_annotations.json", "v2_Annotations_Val_mscoco.zip"),
        ("v2_OpenEnded_mscoco_val2014_questions.json", "v2_Questions_Val_mscoco.zip"),
        ("val2014", "val2014.zip"),
    ],
)
def test_what_is_missing_is_named_with_its_archive(folder, missing, told):
    (folder / missing).rename(folder / "away")
    with pytest.raises(SourceError, match=told):
        list(vqa2.examples(vqa2.Params(), folder))


def test_a_task_keeps_the_ten_answers_that_its_measure_asks_for(folder, tmp_path, workers):
    _write(folder, "train2014", [(9000 + n, n, ["1"] * 10) for n in range(9)])
    for n in range(9):
        _files.draw(folder / f"train2014/COCO_train2014_{n:012}.jpg", colour=(n * 20, 9, 9))
    asked = {"kind": "vqa2", "reads": str(folder), "validation": 0.5}
    task_set.main("vqa", tmp_path / "task", asked)
    rows = examples.read(tmp_path / "task", "test")
    assert vqa.measure(rows, _made.answered({"42000": "2"}))["accuracy"] == 1
