"""NLVR's files, as its repository has them."""

import pytest

from curate.dataset.errors import DataError
from tests.train.tasks.formats import _files
from train.tasks.formats import nlvr

_THING = {"y_loc": 13, "type": "square", "color": "Yellow", "x_loc": 13, "size": 20}


def _line(identifier, label="true", **more):
    return {
        "sentence": "there is exactly one yellow object touching the edge",
        "identifier": identifier,
        "directory": "39",
        "label": label,
        "structured_rep": [[_THING], [_THING, _THING], []],
        "evals": {"r0": "true"},
        **more,
    }


@pytest.fixture
def folder(tmp_path):
    for name, lines in {
        "train": [_line("72-0"), _line("72-3", "false")],
        "dev": [_line("5-1")],
        "test": [_line("5-1")],
    }.items():
        _files.write_lines(tmp_path / name / f"{name}.json", *lines)
    for order in range(6):
        _files.draw(tmp_path / f"train/images/39/train-72-0-{order}.png")
    return tmp_path


def test_each_line_is_the_six_pictures_of_its_boxes(folder):
    found = list(nlvr.examples(nlvr.Params(), folder))
    assert len(found) == 24
    assert [one.split for one in found[::6]] == ["train", "train", "validation", "test"]
    assert [one.example for one in found[:6]] == [f"train-72-0-{order}" for order in range(6)]
    assert all(one.pictures[0].is_file() for one in found[:6])
    assert [one.answers for one in found[::6]] == [("true",), ("false",), ("true",), ("true",)]


def test_the_statements_of_one_presentation_are_one_group_of_their_split(folder):
    found = list(nlvr.examples(nlvr.Params(), folder))
    assert len({one.group for one in found[:12]}) == 1
    assert len({one.group for one in found}) == 3


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (_line("72"), "identifier '72' is not n-m"),
        (_line("72-0", "True"), r"\['label'\]"),
        (
            _line("72-0", structured_rep=[[], []]),
            r"\['structured_rep'\]: list should have at least 3",
        ),
    ],
)
def test_a_line_of_another_form_is_named(folder, line, told):
    _files.write_lines(folder / "dev/dev.json", line)
    with pytest.raises(DataError, match=f"dev.json line 1: {told}"):
        list(nlvr.examples(nlvr.Params(), folder))
