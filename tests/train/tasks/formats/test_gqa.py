"""GQA's files, as its page hands them out."""

import pytest

from curate.dataset.errors import DataError, SourceError
from tests.train.tasks import _made
from tests.train.tasks.formats import _files
from train.tasks.formats import gqa
from train.tasks.metrics import gqa as measures


def _question(answer, structural="query", group="color", balanced=True, entailed=()):
    return {
        "semantic": [
            {"operation": "select", "dependencies": [], "argument": "helmet (3205899)"},
            {"operation": "filter vposition", "dependencies": [0], "argument": "middle"},
            {"operation": "query", "dependencies": [1], "argument": "name"},
        ],
        "entailed": [*entailed],
        "equivalent": [],
        "question": "What is on the helmet?",
        "imageId": "2331963",
        "isBalanced": balanced,
        "groups": {"global": group, "local": "10q-helmet_color"},
        "answer": answer,
        "semanticStr": "",
        "annotations": {"answer": {}, "question": {}, "fullAnswer": {}},
        "types": {"detailed": "directOf", "semantic": "attr", "structural": structural},
        "fullAnswer": f"It is {answer}.",
    }


@pytest.fixture
def folder(tmp_path):
    _files.write(tmp_path / "train_balanced_questions.json", {"07333408": _question("blue")})
    _files.write(tmp_path / "val_balanced_questions.json", {"1": _question("red", entailed=["2"])})
    _files.write(
        tmp_path / "val_all_questions.json",
        {
            "1": _question("red", entailed=["2"]),
            "2": _question("yes", "verify", group=None, balanced=False),
        },
    )
    _files.write(tmp_path / "testdev_balanced_questions.json", {"3": _question("green")})
    _files.write(tmp_path / "testdev_all_questions.json", {"3": _question("green")})
    lists = {"valid": ["red", "blue"], "plausible": ["red"]}
    _files.write(tmp_path / "val_choices.json", {"1": lists, "2": lists})
    _files.draw(tmp_path / "images/2331963.jpg")
    return tmp_path


def _table(found):
    return _made.table(
        *(
            {"example": one.example, "answers": one.answers, "scores": one.scores, "text": one.text}
            | {"details": one.details}
            for one in found
        )
    )


def test_the_balanced_questions_come_with_what_the_measure_asks_for(folder):
    found = list(gqa.examples(gqa.Params(), folder))
    assert [(one.example, one.split) for one in found] == [
        ("07333408", "train"),
        ("1", "validation"),
        ("3", "test"),
    ]
    assert found[0].details["steps"] == ("2",)  # query: name is none
    assert found[0].kind == "query"
    assert all(one.pictures[0].is_file() for one in found)
    figures = measures.measure(_table(found[1:2]), _made.answered({"1": "blue"}))
    assert (figures["accuracy"], figures["validity"], figures["plausibility"]) == (0, 1, 0)
    assert "consistency" not in figures


def test_with_all_questions_consistency_is_measured(folder):
    found = list(gqa.examples(gqa.Params(held_out="all"), folder))
    validation = [one for one in found if one.split == "validation"]
    figures = measures.measure(_table(validation), _made.answered({"1": "red", "2": "no"}))
    assert figures["examples"] == 1
    assert figures["consistency"] == 0


def test_a_file_that_is_cut_into_parts_is_read_whole(folder):
    for part in range(3):
        _files.write(
            folder / f"train_all_questions/train_all_questions_{part}.json",
            {f"0{part}": _question("blue")},
        )
    found = list(gqa.examples(gqa.Params(train="all"), folder))
    assert [one.example for one in found if one.split == "train"] == ["00", "01", "02"]


def test_a_question_of_another_form_or_without_choices_is_named(folder):
    question = _question("green")
    del question["types"]["structural"]
    _files.write(folder / "testdev_balanced_questions.json", {"3": question})
    with pytest.raises(DataError, match=r"\['3'\]\['types'\]\['structural'\]: field required"):
        list(gqa.examples(gqa.Params(), folder))
    _files.write(folder / "val_choices.json", {"2": {"valid": [], "plausible": []}})
    with pytest.raises(DataError, match=r"val_choices\.json has no question 1"):
        list(gqa.examples(gqa.Params(), folder))


def test_a_missing_file_is_named_with_its_archive(folder):
    (folder / "testdev_balanced_questions.json").unlink()
    with pytest.raises(SourceError, match=r"questions1.2.zip from the project's page"):
        list(gqa.examples(gqa.Params(), folder))
