from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.columns import Rows
from curate.dataset import sets, tables
from curate.dataset.errors import ParamsError
from curate.rules import Rule, judge


def pairs_of(rows):
    """Pairs of (uid, image, caption, source, pixels of the side, parent)."""
    filled = [
        {
            **dict.fromkeys(("set", "lang", "shard"), ""),
            **dict(zip(("uid", "image", "caption", "source"), row, strict=False)),
            "width": row[4] if len(row) > 4 else 64,
            "height": row[4] if len(row) > 4 else 64,
            "parent": row[5] if len(row) > 5 else None,
            "offset": 0,
            "size": 1,
        }
        for row in rows
    ]
    return pa.Table.from_pylist(filled, sets.LOCATED)


@pytest.fixture
def rows(project):
    """Rows of pairs with score tables; a table is {key: {column: value}}."""

    def make(rows, parents=None, **scores):
        for folder, found in (("scores", scores), ("parents", parents or {})):
            for scorer, (key, values) in found.items():
                listed = [{key: name, **columns} for name, columns in values.items()]
                tables.write(pa.Table.from_pylist(listed), Path(folder) / f"{scorer}.parquet", key)
        Path("scores").mkdir(exist_ok=True)
        return Rows(pairs_of(rows), Path("scores"), Path("parents") if parents else None)

    return make


def three(rows, **values):
    return rows(
        [(uid, f"image {uid}", f"caption {uid}", "web") for uid in "abc"],
        clip=("uid", {uid: {"similarity": value} for uid, value in values.items()}),
    )


def test_at_least_keeps_the_threshold_itself_and_says_how_far_each_is_from_it(rows):
    found = three(rows, a=0.3, b=0.2, c=0.1)
    verdict = judge(Rule(column="clip.similarity", at_least=0.2), found, "here")
    assert verdict.keep.tolist() == [True, True, False]
    assert verdict.margin.tolist() == pytest.approx([0.1, 0, -0.1])
    assert verdict.scale == 0.2


def test_at_most_is_the_mirror_of_at_least(rows):
    found = three(rows, a=0.3, b=0.2, c=0.1)
    verdict = judge(Rule(column="clip.similarity", at_most=0.2), found, "here")
    assert verdict.keep.tolist() == [False, True, True]
    assert verdict.margin.tolist() == pytest.approx([-0.1, 0, 0.1])


def test_a_value_that_is_missing_is_not_judged(rows):
    verdict = judge(Rule(column="clip.similarity", at_least=0.2), three(rows, a=0.3, c=None), "")
    assert verdict.judged.tolist() == [True, False, False]
    assert np.isnan(verdict.margin[1:]).all()


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ({"column": "language.lang", "equals": "en"}, ["a"]),
        ({"column": "language.lang", "is_in": ["en", "fr"]}, ["a", "b"]),
        ({"column": "language.agrees", "equals": True}, ["a", "c"]),
        ({"column": "pairs.source", "is_in": ["web"]}, ["a", "b", "c"]),
    ],
)
def test_values_can_be_asked_for_by_name(rows, rule, kept):
    table = {
        "a": {"lang": "en", "agrees": True},
        "b": {"lang": "fr", "agrees": False},
        "c": {"lang": "de", "agrees": True},
    }
    found = rows([(u, u, u, "web") for u in "abc"], language=("uid", table))
    verdict = judge(Rule(**rule), found, "here")
    assert [uid for uid, keep in zip("abc", verdict.keep, strict=True) if keep] == kept


def test_scores_kept_by_image_hold_for_all_its_captions(rows):
    found = rows(
        [("a", "x", "one", "web"), ("b", "x", "two", "web"), ("c", "y", "three", "web")],
        image=("image", {"x": {"blank": 0.99}, "y": {"blank": 0.1}}),
    )
    verdict = judge(Rule(column="image.blank", at_most=0.9), found, "here")
    assert verdict.keep.tolist() == [False, False, True]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.floats(0, 1))
def test_top_share_keeps_the_best_and_all_that_equal_the_last_of_them(values, share):
    table = pa.table({"uid": [str(i) for i in range(len(values))], "value": values})

    class Held:
        def column(self, _):
            return table.column("value").combine_chunks()

    verdict = judge(Rule(column="x.value", top_share=share), Held(), "here")
    count = round(share * len(values))
    lowest = sorted(values, reverse=True)[count - 1] if count else 10
    assert verdict.keep.tolist() == [value >= lowest for value in values]
    assert verdict.keep.sum() >= count


def test_a_caption_of_many_images_is_failed_for_all_of_them(rows):
    found = rows(
        [(f"{i}", f"image {i}", "card", "web") for i in range(4)]
        + [("x", "image 0", "queen of hearts", "web"), ("y", "image 9", "card", "books")]
    )
    verdict = judge(Rule(shared_by=3), found, "here")
    assert verdict.keep.tolist() == [False] * 4 + [True, True]
    assert verdict.margin.tolist() == [-1] * 4 + [2, 2]


def hashed(**images):
    return (
        "image",
        {
            n: {"phash": f"{code:016x}", "colours": bytes([c] * 192)}
            for n, (code, c) in images.items()
        },
    )


def test_of_near_duplicates_the_best_source_then_the_largest_then_the_first_name_stays(rows):
    found = rows(
        [
            ("1", "poor", "a cat", "web", 900),
            ("2", "good", "a cat", "books", 64),
            ("3", "good", "un chat", "books", 64),
            ("4", "same", "a cat", "books", 32),
            ("5", "twin", "a dog", "web", 64),
            ("6", "also", "a dog", "web", 64),
            ("7", "far", "a cow", "web", 64),
        ],
        phash=hashed(
            poor=(0b011, 0),
            good=(0, 0),
            same=(1, 0),
            twin=(0xFF << 56, 0),
            also=(0xFF << 56, 0),
            far=(2**40 - 1, 0),
        ),
    )
    verdict = judge(Rule(near_duplicates=2, order=("books", "web")), found, "here")
    assert verdict.keep.tolist() == [False, True, True, False, False, True, True]
    assert verdict.margin[[0, 3, 4]].tolist() == [-1, -2, -3]
    assert np.isnan(verdict.margin[verdict.keep]).all()


def test_near_duplicates_of_other_colours_stay_if_asked(rows):
    found = rows(
        [("1", "red", "a red ball", "web"), ("2", "green", "a green ball", "web")],
        phash=hashed(red=(0, 200), green=(0, 90)),
    )
    assert judge(Rule(near_duplicates=2), found, "").keep.sum() == 1
    assert judge(Rule(near_duplicates=2, colours=8.0), found, "").keep.all()


def test_a_made_pair_is_held_against_its_parent(rows):
    made = {
        "a": ("p", 0.3),
        "b": ("p", 0.2),
        "c": ("gone", 0.9),
        "d": ("n", -0.1),
        "e": ("n", -0.2),
    }
    found = rows(
        [(uid, uid, uid, "made", 64, parent) for uid, (parent, _) in made.items()],
        clip=("uid", {uid: {"similarity": value} for uid, (_, value) in made.items()}),
        parents={"clip": ("uid", {"p": {"similarity": 0.32}, "n": {"similarity": -0.1}})},
    )
    verdict = judge(Rule(column="clip.similarity", of_parent=0.75), found, "here")
    assert verdict.judged.tolist() == [True, True, False, True, True]
    assert verdict.keep[verdict.judged].tolist() == [True, False, True, False]
    assert verdict.margin[verdict.judged].tolist() == pytest.approx([0.06, -0.04, 0.025, -0.075])


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"column": "clip.similarity"}, "names no kind of rule; give exactly one of at_least"),
        ({"column": "clip.similarity", "at_least": 1, "at_most": 2}, "names at_least and at_most"),
        ({"at_least": 1}, "lacks a column"),
        ({"column": "clip.similarty", "at_least": 1}, "did you mean 'clip.similarity'"),
        ({"column": "pairs.widht", "at_least": 1}, "did you mean 'pairs.width'"),
        ({"column": "pairs.caption", "at_least": 1}, "which is of type string"),
        ({"column": "clip.similarity", "equals": "high"}, "which is of type double"),
        ({"column": "clip.similarity", "of_parent": 0.9}, "needs --parents"),
        ({"near_duplicates": 2}, "no column 'phash.phash'"),
    ],
)
def test_a_rule_that_cannot_be_asked_says_why_and_what_is_known(rows, rule, message):
    with pytest.raises(ParamsError, match=message):
        judge(Rule(**rule), three(rows, a=0.1), "rules.mine")
