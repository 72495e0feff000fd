import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import duplicates

hashes = st.lists(
    st.one_of(st.integers(0, 2**64 - 1), st.integers(0, 63).map(lambda bit: 1 << bit)), max_size=60
)


def by_brute_force(codes, distance):
    return [
        (i, j, (a ^ b).bit_count())
        for i, a in enumerate(codes)
        for j, b in enumerate(codes)
        if i < j and (a ^ b).bit_count() <= distance
    ]


@given(hashes, st.integers(0, duplicates.MAX_DISTANCE))
def test_exactly_the_pairs_within_the_distance_are_found(codes, distance):
    found = duplicates.pairs_within(np.array(codes, np.uint64), distance)
    assert list(zip(*(a.tolist() for a in found), strict=True)) == by_brute_force(codes, distance)


def test_many_hashes_that_differ_in_few_bits_are_found_across_blocks():
    random = np.random.default_rng(0)
    codes = np.uint64(1) << random.integers(0, 64, 1100, dtype=np.uint64)
    left, right, bits = duplicates.pairs_within(codes, 2)
    assert len(left) == 1100 * 1099 // 2
    assert ((left < right) & (bits <= 2)).all()


def test_a_distance_that_compares_everything_is_refused():
    with pytest.raises(ValueError, match="16 bits"):
        duplicates.pairs_within(np.zeros(2, np.uint64), 16)


def test_hashes_are_alike_only_where_colours_are_if_asked():
    names = ["00000000000000ff"] * 3
    colours = pa.array([bytes([10] * 192), bytes([14] * 192), bytes([200] * 192)])
    left, right, _ = duplicates.look_alikes(names, 2, colours, levels=5)
    assert (left.tolist(), right.tolist()) == ([0], [1])
    assert len(duplicates.look_alikes(names, 2)[0]) == 3


links = st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=40)


@given(links)
def test_components_are_those_of_networkx_named_by_their_smallest_row(pairs):
    graph = nx.Graph(pairs)
    graph.add_nodes_from(range(25))
    expected = {row: min(part) for part in nx.connected_components(graph) for row in part}
    left, right = np.array(pairs, np.int64).reshape(-1, 2).T
    assert duplicates.components(25, left, right).tolist() == [expected[r] for r in range(25)]


@given(links)
def test_every_row_leads_or_stands_directly_beside_a_better_leader(pairs):
    pairs = sorted({(min(p), max(p)) for p in pairs if p[0] != p[1]})
    left, right = np.array(pairs, np.int64).reshape(-1, 2).T
    distances = (left + right) % 5
    leader, gap = duplicates.leaders(25, left, right, distances)
    known = dict(zip(pairs, distances.tolist(), strict=True))
    leading = {row for row in range(25) if leader[row] == row}
    for row in range(25):
        near = [other for other in leading if (other, row) in known]
        if row in leading:
            assert not near
        else:
            assert known[leader[row], row] == gap[row] == min(known[o, row] for o in near)


def test_a_chain_does_not_make_its_ends_duplicates():
    chain = np.arange(4)
    leader, _ = duplicates.leaders(5, chain, chain + 1, np.ones(4, np.int64))
    assert leader.tolist() == [0, 0, 2, 2, 4]
    assert set(duplicates.components(5, chain, chain + 1)) == {0}


def test_nothing_left_to_compare_has_no_duplicates():
    left, right, bits = duplicates.look_alikes([], 3, pa.array([], pa.binary(192)), 4.0)
    assert len(left) == len(right) == len(bits) == 0
    assert len(duplicates.leaders(0, left, right, bits)[0]) == 0
