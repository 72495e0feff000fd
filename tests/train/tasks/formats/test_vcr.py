"""VCR's files, as its page hands them out."""

import pytest

from curate.dataset.errors import DataError
from tests.train.tasks.formats import _files
from train import task_set
from train.tasks import examples
from train.tasks.formats import Omitted, vcr
from train.tasks.formats._marked import Marked

_OBJECTS = ["person", "person", "person", "car"]


def _line(annot_id="train-0", **more):
    return {
        "movie": "3015_CHARLIE_ST_CLOUD",
        "objects": _OBJECTS,
        "interesting_scores": [0],
        "answer_likelihood": "possible",
        "img_fn": "lsmdc_3015/00.23.57.935@0.jpg",
        "metadata_fn": "lsmdc_3015/00.23.57.935@0.json",
        "answer_orig": "No she does not",
        "question_orig": "Does 3 feel comfortable?",
        "rationale_orig": "She is standing with her arms crossed",
        "question": ["Does", [2], "feel", "comfortable", "?"],
        "answer_choices": [
            ["Yes", ",", "she", "is", "cold", "."],
            ["No", "she", "does", "not", "."],
            [[0, 1], "are", "in", [3], "'s", "way", "."],
            ["Yes", "."],
        ],
        "answer_label": 1,
        "rationale_choices": [
            ["There", "is", "snow", "."],
            ["She", "is", "standing", "."],
            [[2], "sits", "."],
            ["She", "looks", "sad", "."],
        ],
        "rationale_label": 1,
        "img_id": "train-0",
        "annot_id": annot_id,
        **more,
    }


@pytest.fixture
def folder(tmp_path):
    _files.write_lines(tmp_path / "train.jsonl", _line())
    _files.write_lines(tmp_path / "val.jsonl", _line("val-0", answer_label=0))
    boxes = [[place * 10.0, 4, place * 10 + 8, 40.5, 0.99] for place in range(4)]
    metadata = {"boxes": boxes, "segms": [[]] * 4, "names": _OBJECTS, "width": 64, "height": 48}
    pictures = tmp_path / "vcr1images/lsmdc_3015"
    _files.write(pictures / "00.23.57.935@0.json", metadata)
    _files.draw(pictures / "00.23.57.935@0.jpg")
    return tmp_path


def test_a_question_is_two_examples_of_one_group(folder):
    answer, rationale, *others = vcr.examples(vcr.Params(), folder)
    assert (answer.kind, rationale.kind) == ("answer", "rationale")
    assert answer.group == rationale.group == "train-0"
    assert answer.text == "Does Jessie feel comfortable?"
    assert answer.choices[2] == "Casey and Riley are in car's way."
    assert answer.answers == ("No she does not.",)
    assert rationale.text == "Does Jessie feel comfortable? No she does not."
    assert rationale.choices[2] == "Jessie sits."
    assert rationale.answers == ("She is standing.",)
    assert [one.split for one in others] == ["test", "test"]
    assert others[1].text == "Does Jessie feel comfortable? Yes, she is cold."


_PLAIN = [["Yes", "."], ["No", "."]]
_CROWD = ["person"] * 18 + ["car", "dog", "car"]


def _asked(folder, choices, **more):
    """What is told of a question about a crowd, with some choices of an answer."""
    told = {"question": ["Who", "?"], "answer_choices": choices, "rationale_choices": _PLAIN}
    line = _line(objects=_CROWD, answer_label=1, **(told | more))
    _files.write_lines(folder / "train.jsonl", line)
    return list(vcr.examples(vcr.Params(framed=False), folder))[:2]


def test_things_of_one_class_have_names_apart(folder):
    cars = [[[18], "is", "red", "."], [[20], "is", "red", "."], [[19], "is", "red", "."]]
    (answer, rationale) = _asked(folder, cars)
    assert answer.choices == ("car 1 is red.", "car 2 is red.", "dog is red.")
    assert answer.answers == ("car 2 is red.",)
    assert rationale.text == "Who? car 2 is red."


def test_as_many_people_as_there_are_have_names_apart(folder):
    people = [[[2], "waves", "."], [[17], "waves", "."], [[2, 17], "wave", "."]]
    (answer, _) = _asked(folder, people)
    told = ("Jessie waves.", "Jessie 2 waves.", "Jessie and Jessie 2 wave.")
    assert (answer.choices, answer.answers) == (told, told[1:2])
    everyone = [[[place]] for place in range(18)]
    assert len({*_asked(folder, everyone)[0].choices}) == 18


def test_a_question_whose_right_choice_reads_like_another_is_omitted_whole(folder):
    twins = [["Yes", "."], ["Yes", "."], ["No", "."]]
    omitted, after = _asked(folder, twins)
    assert isinstance(omitted, Omitted)
    assert (omitted.item, omitted.reason) == ("train-0", "right choice reads like another")
    assert omitted.detail.endswith("train.jsonl line 1")
    assert after.example == "val-0-answer"
    kept, _ = _asked(folder, [*twins[:1], *twins[::-1]])  # two that are wrong read alike
    assert kept.answers == ("No.",)
    omitted, _ = _asked(folder, _PLAIN, rationale_choices=twins, rationale_label=0)
    assert isinstance(omitted, Omitted)


def test_what_any_text_about_a_picture_names_is_framed_in_it(folder):
    answer, rationale, *_ = vcr.examples(vcr.Params(), folder)
    file = folder / "vcr1images/lsmdc_3015/00.23.57.935@0.jpg"
    boxes = [(place, (place * 10.0, 4.0, place * 10.0 + 8, 40.5)) for place in range(4)]
    assert answer.pictures == rationale.pictures == (Marked(file, tuple(boxes)),)
    assert answer.pictures[0].read_bytes().startswith(b"\xff\xd8")
    plain = [["Yes", "."], ["No", "."]]
    only = {"question": ["Is", [2], "?"], "answer_choices": plain, "rationale_choices": plain}
    other = only | {"question": ["And", [0], "?"]}
    _files.write_lines(folder / "train.jsonl", _line(**only), _line("train-1", **other))
    first, *others = list(vcr.examples(vcr.Params(), folder))[:4]
    assert first.pictures == (Marked(file, (boxes[0], boxes[2])),)
    assert {one.pictures for one in others} == {first.pictures}


def test_frames_can_be_left_out(folder):
    answer, *_ = vcr.examples(vcr.Params(framed=False), folder)
    assert answer.pictures == (folder / "vcr1images/lsmdc_3015/00.23.57.935@0.jpg",)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"answer_label": 4}, "answer_label 4 of 4 answer_choices"),
        ({"rationale_label": -1}, "rationale_label -1 of 4 rationale_choices"),
        ({"question": ["Is", [4], "?"]}, "a text names thing 4 of 4 objects"),
        ({"question": ["Is", 4, "?"]}, r"\['question'\]\[1\]"),
        ({"objects": ["person"] * 4}, "says person, person, person, person"),
    ],
    ids=str,
)
def test_an_entry_that_does_not_fit_itself_or_its_metadata_is_named(folder, more, told):
    _files.write_lines(folder / "train.jsonl", _line(), _line(**more))
    with pytest.raises(DataError, match=f"train.jsonl line 2.*{told}"):
        list(vcr.examples(vcr.Params(), folder))


def test_a_task_has_the_framed_pictures_in_its_set(folder, tmp_path, workers):
    lines = [_line(f"train-{n}", img_fn=f"lsmdc_3015/{n}.jpg") for n in range(9)]
    _files.write_lines(folder / "train.jsonl", *lines)
    for n in range(9):
        _files.draw(folder / f"vcr1images/lsmdc_3015/{n}.jpg", colour=(n * 20, 9, 9))
    out = tmp_path / "task"
    figures = task_set.main("vcr", out, {"kind": "vcr", "reads": str(folder), "validation": 0.5})
    assert figures["pictures"]["test"] == 1
    rows = examples.read(out).to_pylist()
    by_group = {}
    for row in rows:
        by_group.setdefault(row["group"], set()).add(row["split"])
    assert all(len(splits) == 1 for splits in by_group.values())
