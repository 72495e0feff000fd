import numpy as np
import pytest

from curate.dataset.errors import ParamsError
from curate.rules.asking import compares, judge
from curate.rules.rule import Rule
from curate.stage.params import build


@pytest.fixture
def scored(rows):
    """Four pairs of two sources with similarity and words, some of which are missing."""
    return rows(
        [(uid, uid, uid, "books" if uid == "d" else "web") for uid in "abcd"],
        clip=(
            "uid",
            {"a": {"similarity": 0.3}, "b": {"similarity": 0.1}, "d": {"similarity": 0.1}},
        ),
        caption=("uid", {"a": {"words": 1}, "b": {"words": 6}, "c": {"words": 1}}),
    )


def combined(kind, **changes):
    rules = {
        "clip": {"column": "clip.similarity", "at_least": 0.2},
        "words": {"column": "caption.words", "at_least": 4},
    }
    for name, more in changes.items():
        rules[name] = more and {**rules[name], **more}
    return build(Rule, {kind: rules}, "mine")


def test_any_of_keeps_what_one_rule_keeps_by_the_margin_of_the_clearest(scored):
    verdict = judge(combined("any_of"), scored, "mine")
    assert verdict.judged.all()
    assert verdict.keep.tolist() == [True, True, False, False]
    assert verdict.margin.tolist() == pytest.approx([0.5, 0.5, -0.75, -0.5])


def test_all_of_keeps_what_no_rule_fails_by_the_margin_of_the_closest(scored):
    verdict = judge(combined("all_of"), scored, "mine")
    assert verdict.keep.tolist() == [False, False, False, False]
    assert verdict.margin.tolist() == pytest.approx([-0.75, -0.5, -0.75, -0.5])
    verdict = judge(combined("all_of", words={"at_least": 1}), scored, "mine")
    assert verdict.keep.tolist() == [True, False, True, False]
    assert verdict.margin.tolist() == pytest.approx([0, -0.5, 0, -0.5])


def test_a_rule_for_other_sources_or_without_a_value_has_no_say_in_a_combination(scored):
    only = combined("any_of", clip={"sources": ["books"]}, words={"except_sources": ["web"]})
    assert judge(only, scored, "mine").judged.tolist() == [False, False, False, True]
    strict = combined("all_of", words=None, clip={"missing": "drop"})
    verdict = judge(strict, scored, "mine")
    assert verdict.judged.tolist() == [True, True, True, True]
    assert verdict.keep.tolist() == [True, False, False, False]
    assert np.isnan(verdict.margin[2])  # there is no value to be far from the threshold


def test_rules_without_a_margin_combine_by_their_verdict(scored):
    named = build(
        Rule,
        {
            "any_of": {
                "books": {"column": "pairs.source", "equals": "books"},
                "good": {"all_of": {"clip": {"column": "clip.similarity", "at_least": 0.3}}},
            }
        },
        "mine",
    )
    verdict = judge(named, scored, "mine")
    assert verdict.keep.tolist() == [True, False, False, True]
    assert verdict.margin[0] == 0
    assert np.isnan(verdict.margin[[2, 3]]).all()


@pytest.mark.parametrize(
    ("rule", "whole"),
    [
        ({"column": "a.b", "at_least": 1}, False),
        ({"sample": 0.5}, False),
        ({"sample": 100}, True),
        ({"cap": {"by": "a.b", "at_most": 3}}, True),
        ({"any_of": {"x": {"sample": 1}, "y": {"column": "a.b", "at_most": 1}}}, False),
        ({"any_of": {"x": {"all_of": {"z": {"column": "a.b", "top_share": 0.1}}}}}, True),
    ],
)
def test_what_compares_rows_with_each_other_is_known_however_deep_it_lies(rule, whole):
    assert compares(build(Rule, rule, "mine"), "mine") is whole


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"cap": {"by": "a.b", "at_mst": 2}}, r"mine\.cap\.at_mst; did you mean 'at_most'"),
        ({"any_of": {"x": {"at_lest": 2}}}, r"mine\.any_of\.x\.at_lest; did you mean 'at_least'"),
    ],
)
def test_a_typo_inside_a_rule_names_the_field_that_was_meant(rule, message):
    with pytest.raises(ParamsError, match=message):
        build(Rule, rule, "mine")


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
        ({"any_of": {}}, "rules.mine.any_of names no rule"),
        ({"any_of": {"a": None}}, "rules.mine.any_of names no rule"),
        ({"any_of": {"a": {"at_least": 1}}}, "rules.mine.any_of.a lacks a column"),
    ],
)
def test_a_rule_that_cannot_be_asked_says_why_and_what_is_known(three, rule, message):
    with pytest.raises(ParamsError, match=message):
        judge(build(Rule, rule, "mine"), three(a=0.1), "rules.mine")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"top_share": 30}, "top_share is 30: .*less than or equal to 1"),
        ({"near_duplicates": 16}, "near_duplicates is 16: .* within 0 to 15 .* look alike"),
        ({"near_duplicates": 3, "colours": 256}, "colours is 256: .* by 0 to 255 levels"),
        ({"exclude_leaks": []}, r"exclude_leaks is \[\]: .*at least 1"),
        ({"is_in": []}, r"is_in is \[\]: .*at least 1"),
        ({"cap": {"by": "pairs.source", "at_most": -1}}, "cap.at_most is -1"),
        ({"column": "clip.similarity", "at_least": float("nan")}, "at_least is nan: .*finite"),
    ],
)
def test_a_value_that_no_rule_can_have_is_an_error_before_any_pair_is_looked_at(values, message):
    with pytest.raises(ParamsError, match=message):
        build(Rule, values, "mine")


@pytest.mark.parametrize("more", [{"per": "pairs.lang"}, {"colours": 4.0}, {"order": ["web"]}])
def test_what_another_kind_of_rule_takes_is_not_passed_over(scored, more):
    rule = build(Rule, {"column": "clip.similarity", "at_least": 0.2, **more}, "mine")
    with pytest.raises(ParamsError, match=f"mine: {next(iter(more))} is for .*, not for at_least"):
        judge(rule, scored, "mine")
