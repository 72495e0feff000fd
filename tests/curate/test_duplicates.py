import networkx as nx
import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from curate import duplicates, hamming

names = st.lists(
    st.one_of(st.integers(0, 2**64 - 1), st.integers(0, 6).map(lambda bit: 1 << bit)).map(
        lambda code: f"{code:016x}"
    ),
    max_size=40,
)


def thumbnails(levels):
    """Thumbnails of one grey each, but for a corner."""
    return pa.array([bytes([level] * 189 + [0, 9, level]) for level in levels], pa.binary(192))


def by_brute_force(codes, distance, levels=None, most=None):
    numbers = [int(code, 16) for code in codes]
    return [
        (i, j, (a ^ b).bit_count())
        for i, a in enumerate(numbers)
        for j, b in enumerate(numbers)
        if i < j
        and (a ^ b).bit_count() <= distance
        and (levels is None or abs(levels[i] - levels[j]) * 190 / 192 <= most)
    ]


@given(names, st.integers(0, hamming.MAX_DISTANCE), st.data())
def test_exactly_the_pairs_near_in_hash_and_colour_are_found(codes, distance, data):
    found = duplicates.look_alikes(codes, distance)
    assert list(zip(*(a.tolist() for a in found), strict=True)) == by_brute_force(codes, distance)
    greys = data.draw(st.lists(st.integers(0, 40), min_size=len(codes), max_size=len(codes)))
    found = duplicates.look_alikes(codes, distance, thumbnails(greys), levels=8.0)
    expected = by_brute_force(codes, distance, greys, 8.0)
    assert list(zip(*(a.tolist() for a in found), strict=True)) == expected


@given(names, st.integers(0, 8))
def test_links_join_what_all_pairs_join(codes, distance):
    left, right, _ = duplicates.look_alikes(codes, distance)
    whole = duplicates.components(len(codes), left, right)
    assert (duplicates.components(len(codes), *duplicates.linked(codes, distance)) == whole).all()


@given(names, st.integers(0, 8))
def test_a_repeat_shares_the_leader_of_what_it_repeats(codes, distance):
    leader, gap = duplicates.followed(codes, distance)
    rows = [row for row, code in enumerate(codes) if codes.index(code) == row]
    alone = duplicates.leaders(
        len(rows), *duplicates.look_alikes([codes[row] for row in rows], distance)
    )
    for row, code in enumerate(codes):
        place = rows.index(codes.index(code))
        assert (leader[row], gap[row]) == (rows[alone[0][place]], alone[1][place])


def test_repeats_of_other_colours_are_no_repeats_if_colours_count():
    codes, greys = ["00000000000000ff"] * 4, thumbnails([10, 200, 10, 14])
    assert duplicates.followed(codes, 2, greys, 8.0)[0].tolist() == [0, 1, 0, 0]
    assert duplicates.followed(codes, 2)[0].tolist() == [0, 0, 0, 0]


def test_a_hundred_thousand_blank_pages_are_one_page():
    codes = ["8000000000000000"] * 100_000
    assert not duplicates.followed(codes, 6)[0].any()
    left, right = duplicates.linked(codes, 6)
    assert len(left) == len(codes)
    assert not duplicates.components(len(codes), left, right).any()


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
