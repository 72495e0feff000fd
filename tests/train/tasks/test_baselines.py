"""What answers without looking, worked out by hand."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from curate.dataset import tables
from train.corpus import Regions
from train.tasks import baselines
from train.tasks.examples import EXAMPLES


def _examples(*rows):
    """Each (text, kind, answers with scores, choices, boxes)."""
    return pa.Table.from_pylist(
        [
            {
                **dict.fromkeys(("split", "lang", "group"), ""),
                **{name: [] for name in EXAMPLES.schema.names if name not in ("images", "example")},
                "example": f"{place:04}",
                "images": ["a"],
                "text": text,
                "kind": kind,
                "answers": list(answers),
                "scores": list(answers.values()),
                "choices": choices,
                "boxes": boxes,
                "split": "train",
                "lang": "en",
                "group": "",
            }
            for place, (text, kind, answers, choices, boxes) in enumerate(rows)
        ],
        EXAMPLES.schema,
    )


TRAINING = _examples(
    ("what colour?", "colour", {"red": 1.0}, [], []),
    ("what colour?", "colour", {"red": 0.3, "blue": 1.0}, [], []),
    ("which colour?", "colour", {"green": 1.0}, [], []),
    ("Is it red?", "yes or no", {"no": 1.0}, [], []),
    ("which colour?", "colour", {"red": 1.0}, [], []),
    ("which colour?", "colour", {"green": 1.0}, [], []),
)
ASKED = _examples(
    ("what colour?", "colour", {"blue": 1.0}, [], []),
    ("WHICH colour?", "colour", {"blue": 1.0}, [], []),
    ("is it blue?", "yes or no", {"yes": 1.0}, [], []),
    ("how many?", "number", {"two": 1.0}, [], []),
)
REGIONS = Regions(
    names=pa.array(["a"]),
    features=np.zeros((1, 4, 2), np.float16),
    boxes=np.arange(16, dtype=np.float32).reshape(1, 4, 4),
    labels=np.zeros((1, 4), np.int64),
    present=np.array([[True, True, True, False]]),
    embedding=np.zeros((1, 2), np.float32),
)


def said(answers):
    return [answers[name] for name in sorted(answers)]


def test_the_commonest_is_of_the_kind_and_weighs_by_score():
    found = said(baselines.commonest(TRAINING, ASKED))
    assert found == ["red", "red", "no", "red"]  # red 2.3, green 2, blue 1


def test_a_blind_reader_knows_the_text_or_else_the_kind():
    found = said(baselines.blind(TRAINING, ASKED))
    assert found == ["red", "green", "no", "red"]  # red 1.3 and blue 1; green 2 and red 1


def test_of_a_text_that_is_not_known_a_blind_reader_knows_the_word_that_tells_most():
    shapes = [(f"is it a red {shape}?", "q", {"no": 1.0}, [], []) for shape in "abcdefghij"]
    shapes += [(f"is it a blue {shape}?", "q", {"yes": 1.0}, [], []) for shape in "abcdefghijkl"]
    rare = [("is it a red star?", "q", {"yes": 1.0}, [], [])]
    asked = _examples(
        *[(f"is it a {colour} {shape}?", "q", {"no": 1.0}, [], [])
          for colour, shape in (("red", "n"), ("Blue", "n"), ("red", "star"), ("green", "n"))]
    )  # fmt: skip
    found = said(baselines.blind(_examples(*shapes, *rare), asked))
    # what was seen once tells less than that red is mostly not; green, that most are so
    assert found == ["no", "yes", "no", "yes"]
    assert said(baselines.commonest(_examples(*shapes, *rare), asked)) == ["yes"] * 4


def test_choices_are_guessed_by_their_place():
    four = ["a", "b", "c", "d"]
    training = _examples(*[("q", "", {"c": 1.0}, four, [])] * 3, ("r", "", {"a": 1.0}, four, []))
    asked = _examples(("q", "", {"x": 1.0}, ["w", "x", "y", "z"], []))
    assert said(baselines.commonest(training, asked)) == ["y"]


def test_lots_are_drawn_evenly_and_each_time_the_same():
    four = ["a", "b", "c", "d"]
    asked = _examples(*[("q", "", {"a": 1.0}, four, [])] * 2000)
    found = baselines.by_lot(TRAINING, asked, REGIONS)
    counts = Counter(found.values())
    assert set(counts) == set(four)
    assert all(number == pytest.approx(500, abs=80) for number in counts.values())
    assert baselines.by_lot(TRAINING, asked, REGIONS) == found
    assert set(said(baselines.by_lot(TRAINING, ASKED, REGIONS))) <= {"red", "blue", "green", "no"}


def test_regions_are_shuffled():
    right = [[0.0, 0.0, 0.5, 0.5]]
    asked = _examples(*[("the red one", "", {}, [], right)] * 300)
    lots = said(baselines.by_lot(asked, asked, REGIONS))
    first = Counter(boxes[0].tolist()[0] for boxes in lots)
    assert set(first) == {0.0, 4.0, 8.0}  # those that are there
    assert min(first.values()) > 70
    assert all(len(boxes) == 3 for boxes in lots)


LEFT, RIGHT, MIDDLE = [0.0, 0.25, 0.25, 0.75], [0.75, 0.25, 1.0, 0.75], [0.25, 0.25, 0.75, 0.75]


def _told(*rows):
    return _examples(*[(text, kind, {}, [], boxes) for text, kind, boxes in rows])


def test_a_region_is_guessed_where_most_of_its_kind_are_the_same_place():
    near = [0.0, 0.25, 0.25, 0.625]  # the same as on the left by half of them together, and more
    training = _told(
        *[("a", "person", [LEFT]), ("b", "person", [near]), ("c", "person", [LEFT])],
        *[("d", "person", [RIGHT]), ("e", "dog", [MIDDLE])],
    )
    asked = _told(("f", "person", [RIGHT]), ("g", "dog", [RIGHT]), ("h", "cat", [RIGHT]))
    found = said(baselines.commonest(training, asked))
    assert [boxes.tolist() for boxes in found] == [[LEFT], [MIDDLE], [LEFT]]


def test_the_place_of_several_regions_is_the_one_around_them():
    training = _told(("two dogs", "", [LEFT, RIGHT]))
    found = said(baselines.commonest(training, training))
    assert found[0].tolist() == [[0.0, 0.25, 1.0, 0.75]]


def test_a_blind_reader_learns_where_the_words_for_places_point():
    training = _told(
        *[(f"the leftmost {thing}", "", [LEFT]) for thing in "abcde"],
        *[(f"the rightmost {thing}", "", [RIGHT]) for thing in "abcde"],
        ("the rightmost horse", "", [MIDDLE]),
    )
    asked = _told(*[(f"the {one}", "", [LEFT]) for one in ("leftmost x", "rightmost horse")])
    assert [boxes.tolist() for boxes in said(baselines.blind(training, asked))] == [[LEFT], [RIGHT]]


def test_lots_are_drawn_in_the_language_that_is_asked_for():
    german = TRAINING.slice(1, 2).set_column(4, "lang", pa.array(["de", "de"]))
    asked = ASKED.set_column(4, "lang", pa.array(["de", "de", "fr", "en"]))
    both = pa.concat_tables([TRAINING.slice(3), german.cast(TRAINING.schema)])
    found = said(baselines.by_lot(both, asked, REGIONS))
    assert {*found[:2]} <= {"red", "blue", "green"}
    assert found[2] == ""
    assert found[3] in {"no", "red", "green"}


def test_the_nearest_picture_is_that_of_the_same_text_and_of_one_picture_alone(tmp_path):
    def shown(table, *images):
        at = table.schema.get_field_index("images")
        return table.set_column(at, "images", pa.array(images, pa.list_(pa.string())))

    vectors = {"a": [1.0, 0.0], "b": [0.0, 1.0], "c": [0.6, 0.8], "d": [0.8, 0.6]}
    rows = [{"image": name, "embedding": vector} for name, vector in vectors.items()]
    (tmp_path / "regions").mkdir()
    tables.write(pa.Table.from_pylist(rows), tmp_path / "regions/images.parquet", "image")
    training = shown(TRAINING, ["a"], ["b"], ["a"], ["a"], ["d"], ["b"])
    asked = shown(ASKED, ["c"], ["c"], ["no regions"], ["a"])
    found = baselines.nearest(training, asked, tmp_path)
    assert found == {"0000": "blue", "0001": "red"}  # of b, and of d
    two = shown(ASKED, ["c", "d"], ["c", "d"], ["c", "d"], ["c", "d"])
    assert baselines.nearest(training, two, tmp_path) == {}
