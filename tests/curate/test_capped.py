from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import capped
from curate.dataset import record

REAL = 60  # training pairs


def manifest(made, real=REAL, parents=None):
    """Rows of a snapshot: real training pairs, some for test, and made ones by method."""
    empty = dict.fromkeys(record.MANIFEST.names, "")
    empty |= dict.fromkeys(("width", "height", "offset", "size"), 1)
    rows = [(f"real{n}", "web", None, "train") for n in range(real)]
    rows += [(f"test{n}", "web", None, "test") for n in range(20)]
    for method, count in made.items():
        rows += [(f"{method}{n}", method, f"real{n % real}", "train") for n in range(count)]
    named = [dict(zip(("uid", "source", "parent", "split"), row, strict=True)) for row in rows]
    named = [{**empty, **row, "recipe": row["parent"] and "{}"} for row in named]
    named = [{**row, "parent": (parents or {}).get(row["uid"], row["parent"])} for row in named]
    return pa.Table.from_pylist(named, record.MANIFEST)


def methods(rows):
    made = (row for row in rows.to_pylist() if row["parent"] is not None)
    return Counter(row["source"] for row in made)


@pytest.mark.parametrize(("most", "stay"), [(0.0, 0), (0.25, 20), (0.38, 36), (0.5, 60), (1.0, 90)])
def test_no_more_than_the_share_of_the_training_pairs_is_made(most, stay):
    found = capped.cap(manifest({"flip": 60, "mix": 30}), most)
    assert methods(found.rows).total() == stay
    assert stay <= most * (REAL + stay)
    assert (stay + 1) > most * (REAL + stay + 1) or stay == 90


def test_of_each_method_the_same_share_goes():
    assert methods(capped.cap(manifest({"flip": 60, "mix": 30}), 0.25).rows) == {
        "flip": 13,
        "mix": 7,
    }


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(0, 40)), st.floats(0, 0.95))
def test_real_pairs_all_stay_and_those_left_out_are_listed_with_a_reason(made, most):
    before = manifest(made)
    rows, left_out = capped.cap(before, most)
    real = [row for row in before.to_pylist() if row["parent"] is None]
    assert [row for row in rows.to_pylist() if row["parent"] is None] == real
    gone = set(before["uid"].to_pylist()) - set(rows["uid"].to_pylist())
    assert gone == set(left_out["item"].to_pylist())
    assert set(left_out["reason"].to_pylist()) <= {"above max_made"}
    assert methods(rows).total() <= most * (REAL + methods(rows).total()) + 1e-9


def test_who_goes_follows_from_names_and_not_from_their_order():
    rows = manifest({"flip": 60, "mix": 30})
    backwards = rows.take(list(range(rows.num_rows))[::-1])
    first, second = (set(capped.cap(r, 0.3).rows["uid"].to_pylist()) for r in (rows, backwards))
    assert first == second


def test_a_lower_share_keeps_some_of_those_that_a_higher_one_keeps():
    rows = manifest({"flip": 60, "mix": 30})
    few, many = (set(capped.cap(rows, most).rows["uid"].to_pylist()) for most in (0.1, 0.4))
    assert few < many


def test_what_was_made_of_a_made_pair_goes_with_it():
    parents = {f"mix{n}": f"flip{n}" for n in range(30)}
    rows = manifest({"flip": 60, "mix": 30}, parents=parents)
    kept = set(capped.cap(rows, 0.3).rows["uid"].to_pylist())
    assert all(parents[uid] in kept for uid in kept & parents.keys())
    assert kept & parents.keys()


def test_what_was_made_of_one_pair_by_one_method_stays_or_goes_together():
    parents = {f"flip{n}": f"real{n // 2}" for n in range(60)}
    kept = set(capped.cap(manifest({"flip": 60}, parents=parents), 0.25).rows["uid"].to_pylist())
    twins = [kept & {f"flip{n}", f"flip{n + 1}"} for n in range(0, 60, 2)]
    assert [len(twin) for twin in twins].count(2) == 10
    assert [len(twin) for twin in twins].count(0) == 20


@pytest.mark.parametrize("most", [0.02, 0.1, 0.23, 0.3, 0.41])
def test_the_last_that_has_room_is_not_cut_among_its_captions(most):
    parents = {f"flip{n}": f"real{n // 4}" for n in range(60)}
    kept = set(capped.cap(manifest({"flip": 60}, parents=parents), most).rows["uid"].to_pylist())
    families = Counter(parents[uid] for uid in kept & parents.keys())
    assert set(families.values()) <= {4}
    room = int(REAL * most / (1 - most))
    assert room - 4 < 4 * len(families) <= room


def test_the_detail_says_which_share_was_asked_for_and_which_there_was():
    left_out = capped.cap(manifest({"flip": 60}), 0.25).left_out
    detail = "50.0% of 120 training pairs were made; max_made = 0.25"
    assert set(left_out["detail"].to_pylist()) == {detail}
