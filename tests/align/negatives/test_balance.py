import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from align.negatives import balance

Cell = balance.Cell
CELLS = st.dictionaries(
    st.builds(
        Cell,
        st.tuples(*[st.sampled_from([-1, 0, 1])] * 2),
        st.sampled_from("ab"),
        st.sampled_from("abc"),
    ),
    st.integers(1, 500),
    max_size=20,
)
BELOW_NONE = {  # of one of these the solver keeps a little less than none
    Cell((-1, -1), "a", "a"): 1,
    Cell((0, -1), "b", "a"): 129,
    Cell((0, 1), "a", "b"): 128,
    Cell((1, -1), "a", "a"): 1,
    Cell((1, -1), "b", "a"): 1,
    Cell((1, -1), "b", "b"): 6,
    Cell((1, 1), "a", "a"): 1,
}


@example(BELOW_NONE, 0.01)
@given(CELLS, st.sampled_from([0.01, 0.05]))
def test_attackers_are_as_blind_as_asked_and_exchanges_are_made_both_ways(cells, within):
    shares = balance.shares(cells, within)
    kept = {cell: shares[cell] * number for cell, number in cells.items()}
    total = sum(kept.values())
    for attacker in range(2):
        told = sum(cell.signs[attacker] * number for cell, number in kept.items())
        assert abs(told) <= 2 * within * total + 1e-6
    for was, becomes in (("a", "b"), ("a", "c"), ("b", "c")):
        ways = [
            sum(number for cell, number in kept.items() if cell[1:] == way)
            for way in ((was, becomes), (becomes, was))
        ]
        assert np.isclose(*ways, atol=1e-6)
    assert all(0 <= share <= 1 for share in shares.values())


def test_all_are_kept_where_attackers_are_blind_anyway():
    cells = {Cell((1, 0)): 10, Cell((-1, 0)): 10, Cell((0, 0), "a", "b"): 3}
    cells[Cell((0, 0), "b", "a")] = 3
    assert set(balance.shares(cells, 0.04).values()) == {1.0}


def test_none_are_kept_where_an_attacker_is_always_right():
    assert set(balance.shares({Cell((1, 1)): 50, Cell((1, -1)): 50}, 0.04).values()) == {0.0}


def test_an_exchange_that_is_never_made_back_is_not_kept():
    assert balance.shares({Cell((0,), "tool", "eraser"): 9}, 0.04) == {
        Cell((0,), "tool", "eraser"): 0.0
    }


def test_as_many_are_kept_as_there_can_be():
    shares = balance.shares({Cell((1,)): 90, Cell((-1,)): 10}, 0.0)
    assert np.isclose(shares[Cell((1,))] * 90, 10)
    assert shares[Cell((-1,))] == 1.0


def test_a_share_takes_the_least_draws_and_rounds_down():
    assert balance.chosen([0.5, 0.1, 0.9, 0.3], 0.74) == [1, 3]
    assert balance.chosen([0.5, 0.1], 1.0) == [0, 1]
    assert balance.chosen([], 0.5) == []
