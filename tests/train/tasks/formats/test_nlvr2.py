"""NLVR2's files, as its repository has them."""

import pytest

from curate.dataset.errors import DataError, SourceError
from tests.train.tasks import _made
from tests.train.tasks.formats import _files
from train.tasks.formats import nlvr2
from train.tasks.metrics import nlvr


def _line(identifier, label, sentence="All the bottles are from the same brand.", **more):
    return {
        "validation": {"77": label},
        "sentence": sentence,
        "left_url": "left",
        "writer": "103",
        "label": label,
        "right_url": "right",
        "synset": "beer bottle",
        "query": "some beer bottles2",
        "identifier": identifier,
        "extra_validations": {"56": "True"},
        **more,
    }


@pytest.fixture
def folder(tmp_path):
    data = tmp_path / "data"
    _files.write_lines(
        data / "train.json",
        _line("train-10171-0-0", "True", directory=66),
        _line("train-10171-1-0", "False", directory=66),
    )
    _files.write_lines(data / "dev.json", _line("dev-850-0-0", "False"))
    _files.write_lines(data / "test1.json", _line("test1-0-1-0", "True", "A dog sits."))
    for name in ("images/train/66/train-10171-0", "dev/dev-850-0", "images/test1/test1-0-1"):
        for side in (0, 1):
            _files.draw(tmp_path / f"{name}-img{side}.png")
    return tmp_path


def test_a_statement_comes_with_its_two_pictures_its_truth_and_its_group(folder):
    found = list(nlvr2.examples(nlvr2.Params(), folder))
    assert [one.example for one in found] == [
        "train-10171-0-0",
        "train-10171-1-0",
        "dev-850-0-0",
        "test1-0-1-0",
    ]
    assert [one.split for one in found] == ["train", "train", "validation", "test"]
    assert [one.answers for one in found] == [("true",), ("false",), ("false",), ("true",)]
    assert found[0].group == found[1].group
    assert len({one.group for one in found}) == 3
    assert found[3].text == "A dog sits."
    assert found[0].pictures == (
        folder / "images/train/66/train-10171-0-img0.png",
        folder / "images/train/66/train-10171-0-img1.png",
    )
    there = [picture.is_file() for one in found for picture in one.pictures]
    assert there == [True, True, False, False, True, True, True, True]


def test_statements_of_one_sentence_are_measured_together(folder):
    found = list(nlvr2.examples(nlvr2.Params(), folder))[:2]
    examples = _made.table(
        *({"answers": one.answers, "scores": [1.0], "group": one.group} for one in found)
    )
    assert nlvr.measure(examples, _made.given("true", "true"))["consistency"] == 0
    assert nlvr.measure(examples, _made.given("true", "false"))["consistency"] == 1


def test_an_identifier_of_another_form_is_named(folder):
    _files.write_lines(folder / "data/dev.json", _line("train-850-0-0", "False"))
    with pytest.raises(DataError, match=r"dev.json line 1: .* is not dev-set-pair-sentence"):
        list(nlvr2.examples(nlvr2.Params(), folder))


@pytest.mark.parametrize(
    ("missing", "told"),
    [("data/test1.json", "nlvr2/data"), ("images/test1", "the pictures that its form gives")],
)
def test_what_is_missing_is_named_with_what_to_get(folder, missing, told):
    (folder / missing).rename(folder / "away")
    with pytest.raises(SourceError, match=told):
        list(nlvr2.examples(nlvr2.Params(), folder))
