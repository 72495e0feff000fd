import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from train import draws

KEYS = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20)


def keys_of(values):
    return np.array(values, np.uint64)


@given(KEYS, st.integers(1, 5), st.integers(0, 100))
def test_a_row_draws_the_same_whatever_is_drawn_beside_it(values, columns, seed):
    together = draws.uniform(keys_of(values), columns, seed, "mlm", 3)
    alone = [draws.uniform(keys_of([value]), columns, seed, "mlm", 3)[0] for value in values]
    assert np.array_equal(together, np.stack(alone))


@given(KEYS, st.integers(1, 5))
def test_fewer_columns_are_the_first_of_more(values, columns):
    more = draws.uniform(keys_of(values), columns + 2, "x")
    assert np.array_equal(draws.uniform(keys_of(values), columns, "x"), more[:, :columns])


def test_numbers_are_uniform_and_purposes_are_unrelated():
    keys = draws.keys([f"{i:016x}{0:016x}" for i in range(5000)])
    first, second = (draws.uniform(keys, 20, 0, "mlm", epoch) for epoch in (0, 1))
    counts, _ = np.histogram(first, bins=20, range=(0, 1))
    expected = first.size / 20
    assert (np.abs(counts - expected) < 4.5 * np.sqrt(expected)).all()
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.015
    assert abs(np.corrcoef(first[:, 0], first[:, 1])[0, 1]) < 0.06


def test_parts_that_join_alike_name_different_numbers():
    assert draws.number("a", "bc") != draws.number("ab", "c")
    assert draws.number(1, 23) != draws.number(12, 3)
