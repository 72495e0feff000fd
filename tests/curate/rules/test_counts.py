import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.columns import Rows
from curate.dataset.errors import ParamsError
from curate.rules.asking import judge
from curate.rules.counts import draws
from curate.rules.rule import Cap, Rule

NAMES = [f"{n:032x}" for n in range(2000)]


def listed(pairs_of, uids, source="web"):
    return Rows(pairs_of([(uid, uid, uid, source) for uid in uids]), None)


def kept(rule, rows):
    verdict = judge(rule, rows, "here")
    assert ((verdict.margin >= 0) == verdict.keep).all()
    return set(rows.pairs.column("uid").to_numpy()[verdict.keep])


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.floats(0, 1))
def test_top_share_keeps_the_best_and_all_that_equal_the_last_of_them(pairs_of, values, share):
    pairs = pairs_of([(str(i), "", "", "web", value) for i, value in enumerate(values)])
    verdict = judge(Rule(column="pairs.width", top_share=share), Rows(pairs, None), "here")
    count = round(share * len(values))
    lowest = sorted(values, reverse=True)[count - 1] if count else 10
    assert verdict.keep.tolist() == [value >= lowest for value in values]
    assert verdict.keep.sum() >= count


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.integers(0, 9)), max_size=30), st.floats(0, 1))
def test_top_share_of_each_source_is_that_of_the_source_alone(pairs_of, rows, share):
    rule = Rule(column="pairs.width", top_share=share, per="pairs.source")
    pairs = [(str(i), "", "", source, value) for i, (source, value) in enumerate(rows)]
    found = kept(rule, Rows(pairs_of(pairs), None))
    alone = Rule(column="pairs.width", top_share=share)
    parts = ([row for row in pairs if row[3] == source] for source in "xyz")
    assert found == set().union(*(kept(alone, Rows(pairs_of(p), None)) for p in parts))


def test_a_group_too_small_for_the_share_keeps_nothing_and_has_no_margin(pairs_of):
    pairs = pairs_of([(str(i), "", "", "small" if i == 0 else "big", i) for i in range(11)])
    rule = Rule(column="pairs.width", top_share=0.3, per="pairs.source")
    verdict = judge(rule, Rows(pairs, None), "here")
    assert verdict.keep.tolist() == [False] * 8 + [True] * 3
    assert np.isnan(verdict.margin[0])
    assert verdict.margin[1:].tolist() == [i - 8 for i in range(1, 11)]


def test_a_pair_stays_in_a_sample_whatever_else_comes_and_goes(pairs_of):
    rule = Rule(sample=0.3)
    whole, half = (kept(rule, listed(pairs_of, uids)) for uids in (NAMES, NAMES[::2]))
    assert half == whole & set(NAMES[::2])
    assert len(whole) == pytest.approx(600, abs=80)  # four standard deviations
    assert kept(Rule(sample=0.1), listed(pairs_of, NAMES)) < whole
    assert kept(Rule(sample=0.3, seed=1), listed(pairs_of, NAMES)) != whole
    assert kept(Rule(sample=0.0), listed(pairs_of, NAMES)) == set()
    assert kept(Rule(sample=1.0), listed(pairs_of, NAMES)) == set(NAMES)


def test_a_sample_of_a_number_has_that_number_and_changes_by_one_with_one_pair(pairs_of):
    rule = Rule(sample=100)
    first = kept(rule, listed(pairs_of, NAMES[:-1]))
    assert len(first) == 100
    assert len(kept(rule, listed(pairs_of, NAMES)) - first) <= 1
    gone = sorted(first)[0]
    after = kept(rule, listed(pairs_of, [uid for uid in NAMES[:-1] if uid != gone]))
    assert first - after == {gone}
    assert len(after) == 100


def test_a_sample_of_each_source_takes_from_all_of_them(pairs_of):
    rows = [(uid, uid, uid, "big" if index % 10 else "small") for index, uid in enumerate(NAMES)]
    found = kept(Rule(sample=5, per="pairs.source"), Rows(pairs_of(rows), None))
    sources = {row[0]: row[3] for row in rows}
    assert sorted(sources[uid] for uid in found) == ["big"] * 5 + ["small"] * 5


@pytest.mark.parametrize("amount", [-0.1, 2.5])
def test_an_amount_that_is_no_share_and_no_number_is_an_error(pairs_of, amount):
    with pytest.raises(ParamsError, match="neither a share from 0 to 1 nor a whole number"):
        judge(Rule(sample=amount), listed(pairs_of, NAMES[:3]), "here")


def test_draws_are_spread_evenly_and_never_change():
    found = draws(np.array(NAMES), 0)
    assert np.histogram(found, 10, (0, 1))[0] == pytest.approx([200] * 10, abs=60)
    assert draws(np.array(NAMES[::-1]), 0).tolist() == found[::-1].tolist()
    assert draws(np.array(["a"]), 7).tolist() == [pytest.approx(0.14918546065131688)]


def test_of_each_cluster_the_first_by_the_given_order_stay(rows):
    found = rows(
        [
            (uid, uid, uid, "web", side)
            for uid, side in zip("abcdef", [9, 9, 5, 7, 1, 1], strict=True)
        ],
        duplicates=(
            "uid",
            {uid: {"cluster": name} for uid, name in zip("abcde", "xxxyy", strict=True)},
        ),
        clip=("uid", {"a": {"similarity": 0.1}, "b": {"similarity": 0.2}}),
    )
    best = Cap(by="duplicates.cluster", at_most=1, order=("pairs.width", "clip.similarity"))
    verdict = judge(Rule(cap=best), found, "here")
    assert verdict.judged.tolist() == [True] * 5 + [False]
    assert verdict.margin[:5].tolist() == [-1, 0, -2, 0, -1]
    assert verdict.keep[:5].tolist() == [False, True, False, True, False]
    smallest = Cap(by="duplicates.cluster", at_most=2, order=("-pairs.width",))
    verdict = judge(Rule(cap=smallest), found, "here")
    assert verdict.margin[[2, 3, 4]].tolist() == [1, 0, 1]
    assert sorted(verdict.margin[[0, 1]].tolist()) == [-1, 0]  # equals: by draw


def test_a_cluster_cannot_be_ordered_by_words(pairs_of):
    rule = Rule(cap=Cap(by="pairs.source", at_most=1, order=("-pairs.caption",)))
    with pytest.raises(ParamsError, match=r"order: -pairs.caption is of type string; give columns"):
        judge(rule, listed(pairs_of, NAMES[:3]), "here")
