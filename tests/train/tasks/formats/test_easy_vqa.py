"""easy-VQA as its wheel has it: what is asked of which picture, and what is said of a wrong one."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from curate.dataset.errors import SourceError
from train.tasks.formats import easy_vqa


@pytest.fixture
def wheel(project: Path, drawn: Callable[..., bytes]) -> Path:
    """A wheel like that of the package, with three questions about two pictures."""
    asked = {
        "train": [["what color is the shape?", "red", 0], ["is there a circle?", "yes", 0]],
        "test": [["what shape is present?", "triangle", 0]],
    }
    shown = {"train": drawn("circle", "red"), "test": drawn("triangle", "blue")}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for split, questions in asked.items():
            file.writestr(f"easy_vqa/data/{split}/questions.json", json.dumps(questions))
            file.writestr(f"easy_vqa/data/{split}/images/0.png", shown[split])
    place = project / "packages/easy-vqa.whl"
    place.parent.mkdir()
    place.write_bytes(packed.getvalue())
    return place


def test_each_question_has_its_picture_its_answer_and_a_kind(wheel, drawn):
    found = list(easy_vqa.examples(easy_vqa.Params(), wheel))
    assert [(e.example, e.split, e.text, e.answers, e.kind) for e in found] == [
        ("train-00000", "train", "what color is the shape?", ("red",), "colour"),
        ("train-00001", "train", "is there a circle?", ("yes",), "yes or no"),
        ("test-00000", "test", "what shape is present?", ("triangle",), "shape"),
    ]
    assert found[0].pictures == found[1].pictures
    assert found[0].pictures[0].read_bytes() == drawn("circle", "red")
    assert found[2].pictures[0].read_bytes() == drawn("triangle", "blue")


def test_what_was_not_fetched_and_what_is_another_package_is_told(wheel):
    with pytest.raises(SourceError, match=r"there: easy-vqa\.whl"):
        list(easy_vqa.examples(easy_vqa.Params(), wheel.with_name("other.whl")))
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("other/data.txt", "nothing of it")
    with pytest.raises(SourceError, match=r"no wheel of easy-vqa 1\.0"):
        list(easy_vqa.examples(easy_vqa.Params(), wheel))
