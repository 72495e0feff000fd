"""What is wrong with an official file is told with its place; a missing one, with what to get."""

import pytest

from curate.dataset.errors import DataError, SourceError
from tests.train.tasks.formats import _files
from train.tasks.formats import _official


class _Entry(_official.Entry):
    name: str
    count: int


def test_a_missing_file_says_what_to_get_and_where_to_put_it(tmp_path):
    told = _official.Official("VQA v2", "visualqa.org")
    with pytest.raises(SourceError) as error:
        told.file(tmp_path, "questions.json", "v2_Questions.zip")
    assert str(error.value) == (
        f"VQA v2: no {tmp_path}/questions.json; get v2_Questions.zip from visualqa.org "
        f"and unpack it to {tmp_path}"
    )


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (
            {"name": "a", "count": "2"},
            r"line 2: \['count'\]: input should be a valid integer; found '2'",
        ),
        ({"name": "a"}, r"line 2: \['count'\]: field required; found {'name': 'a'}"),
        ([1], r"line 2: it: input should be a valid dictionary.*; found \[1\]"),
        ({"name": 1, "count": None}, r"\['name'\].*\(2 such faults\)"),
    ],
    ids=str,
)
def test_a_line_of_another_form_is_named_with_its_field(tmp_path, row, told):
    file = tmp_path / "rows.jsonl"
    _files.write_lines(file, {"name": "a", "count": 1, "further": "keys are fine"}, row)
    with pytest.raises(DataError, match=told):
        list(_official.lines(file, _Entry))


def test_a_line_that_is_no_json_is_named(tmp_path):
    file = tmp_path / "rows.jsonl"
    file.write_text('{"name": "a", "count": 1}\n\n{"name": \n')
    with pytest.raises(DataError, match="line 3 is no JSON"):
        list(_official.lines(file, _Entry))


def test_an_entry_inside_a_file_is_named_by_its_place(tmp_path):
    file = tmp_path / "rows.json"
    _files.write(file, {"seven": {"name": "a", "count": 1.5}})
    with pytest.raises(DataError, match=r"rows.json: \['seven'\]\['count'\]: .*found 1.5"):
        _official.whole(file, dict[str, _Entry])


def test_a_box_is_cut_to_its_picture_and_one_outside_is_none():
    assert _official.relative((-4, 12, 32, 60), (64, 48)) == (0.0, 0.25, 0.5, 1.0)
    assert _official.relative((64, 0, 80, 48), (64, 48)) is None
    assert _official.relative((8, 8, 8, 20), (64, 48)) is None
