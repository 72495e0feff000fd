import numpy as np
import pytest

from curate.dataset.errors import ParamsError
from curate.rules.asking import judge
from curate.rules.rule import Rule


def test_at_least_keeps_the_threshold_itself_and_says_how_far_each_is_from_it(three):
    found = three(a=0.3, b=0.2, c=0.1)
    verdict = judge(Rule(column="clip.similarity", at_least=0.2), found, "here")
    assert verdict.keep.tolist() == [True, True, False]
    assert verdict.margin.tolist() == pytest.approx([0.1, 0, -0.1])
    assert verdict.scale == 0.2


def test_at_most_is_the_mirror_of_at_least(three):
    found = three(a=0.3, b=0.2, c=0.1)
    verdict = judge(Rule(column="clip.similarity", at_most=0.2), found, "here")
    assert verdict.keep.tolist() == [False, True, True]
    assert verdict.margin.tolist() == pytest.approx([-0.1, 0, 0.1])


def test_between_keeps_both_ends_and_measures_to_the_nearer_one(three):
    rule = Rule(column="clip.similarity", between=(0.1, 0.25))
    verdict = judge(rule, three(a=0.3, b=0.1, c=0.2), "here")
    assert verdict.keep.tolist() == [False, True, True]
    assert verdict.margin.tolist() == pytest.approx([-0.05, 0, 0.05])
    assert verdict.scale == pytest.approx(0.15)


def test_ends_in_the_wrong_order_are_an_error(three):
    with pytest.raises(ParamsError, match=r"\[0.5, 0.1\] holds nothing; the lower end goes first"):
        judge(Rule(column="clip.similarity", between=(0.5, 0.1)), three(a=0.3), "here")


def test_a_value_that_is_missing_is_not_judged(three):
    verdict = judge(Rule(column="clip.similarity", at_least=0.2), three(a=0.3, c=None), "")
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


def test_what_an_evaluation_set_holds_is_failed_in_each_way_that_is_asked_for(rows):
    ways = {
        "a": {"exact": True, "near": True},
        "b": {"exact": False, "near": True},
        "c": {"exact": False, "near": False},
        "d": {"exact": False, "near": None},
    }
    found = rows([(uid, uid, uid, "web") for uid in "abcde"], leakage=("image", ways))
    exact = judge(Rule(exclude_leaks=("exact",)), found, "here")
    assert exact.judged.tolist() == [True, True, True, True, False]
    assert exact.keep[exact.judged].tolist() == [False, True, True, True]
    both = judge(Rule(exclude_leaks=("exact", "near")), found, "here")
    assert both.judged.tolist() == [True, True, True, False, False]
    assert both.keep[both.judged].tolist() == [False, False, True]


def test_without_a_table_of_leaks_no_pair_passes_as_clean(three):
    with pytest.raises(
        ParamsError,
        match=r"needs the scorer `leakage`.*no column 'leakage.exact' in scores \(known: clip",
    ):
        judge(Rule(exclude_leaks=("exact",)), three(a=0.1), "here")
