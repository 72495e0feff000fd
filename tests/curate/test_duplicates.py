import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import duplicates, forest, hamming
from curate.forest import components

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


def found(shown, distance, **more):
    blocks = duplicates.alike(shown, distance, **more)
    return sorted(p for block in blocks for p in zip(*(a.tolist() for a in block), strict=True))


def led_by_hand(looks, pairs):
    """In order of rank, each row's nearest leader, the best of those, and its distance."""
    count, heads = len(looks), [looks.index(look) for look in looks]
    pairs = [p for p in pairs if heads[p[0]] == p[0] and heads[p[1]] == p[1]]
    known = {(a, b): bits for a, b, bits in pairs}
    leader, gap = list(range(count)), [0] * count
    for row in range(count):
        near = [(known[o, row], o) for o in range(row) if leader[o] == o and (o, row) in known]
        if near:
            gap[row], leader[row] = min(near)
    return [leader[head] for head in heads], [gap[head] for head in heads]


@pytest.fixture
def thinned(monkeypatch):
    """Little memory: what is held of pairs is thinned all the time."""
    monkeypatch.setattr(forest, "_HELD", 20)
    monkeypatch.setattr(duplicates, "_HELD", 20)
    monkeypatch.setattr(hamming, "_BLOCK", 50)


@given(names, st.integers(0, hamming.MAX_DISTANCE), st.data())
def test_exactly_the_pairs_near_in_hash_and_colour_are_found(codes, distance, data):
    assert found(duplicates.looks(codes), distance) == by_brute_force(codes, distance)
    greys = data.draw(st.lists(st.integers(0, 40), min_size=len(codes), max_size=len(codes)))
    shown = duplicates.looks(codes, thumbnails(greys), 8.0)
    assert found(shown, distance) == by_brute_force(codes, distance, greys, 8.0)


def test_what_is_not_wanted_is_not_compared_in_colour():
    shown = duplicates.looks(["00000000000000ff"] * 3, thumbnails([1, 2, 3]), 8.0)
    assert found(shown, 2, wanted=lambda left, *_: left > 0) == [(1, 2, 0)]


@given(names, st.integers(0, 8))
def test_links_join_what_all_pairs_join(codes, distance):
    left, right, _ = columns(by_brute_force(codes, distance))
    whole = components(len(codes), left, right)
    assert (components(len(codes), *duplicates.linked(codes, distance)) == whole).all()


def columns(pairs):
    return np.array(pairs, np.int64).reshape(-1, 3).T


def crowd(count, seed=0):
    """Hashes and greys of pictures that are nearly all alike, none the same."""
    random = np.random.default_rng(seed)
    bits = random.integers(0, 12, (count, 3), dtype=np.uint64)
    codes = np.bitwise_xor.reduce(np.uint64(1) << bits, axis=1)
    return [f"{code:016x}" for code in codes.tolist()], random.integers(0, 60, count).tolist()


@pytest.mark.parametrize("seed", range(4))
def test_a_crowd_that_is_thinned_has_the_clusters_and_nearest_of_brute_force(thinned, seed):
    codes, greys = crowd(300, seed)
    known = columns(by_brute_force(codes, 3, greys, 4.0))
    links = duplicates.joined(duplicates.looks(codes, thumbnails(greys), 4.0), 3)
    assert len(known[0]) > 1000
    assert len(links[0]) < 300
    assert (components(300, *links[:2]) == components(300, *known[:2])).all()
    nearest = np.full((2, 300), 99)
    for place, (left, right, bits) in enumerate((known, links)):
        for rows in left, right:
            np.minimum.at(nearest[place], rows, bits)
    assert (nearest[0] == nearest[1]).all()


@pytest.mark.parametrize("seed", range(4))
def test_a_crowd_that_is_thinned_is_led_as_by_hand(thinned, seed):
    codes, greys = crowd(300, seed)
    pairs = by_brute_force(codes, 3, greys, 4.0)
    leader, gap = duplicates.followed(codes, 3, thumbnails(greys), 4.0)
    assert (leader.tolist(), gap.tolist()) == led_by_hand(
        list(zip(codes, greys, strict=True)), pairs
    )


@given(names, st.integers(0, 8))
def test_every_image_is_led_as_by_hand(codes, distance):
    leader, gap = duplicates.followed(codes, distance)
    expected = led_by_hand(codes, by_brute_force(codes, distance))
    assert (leader.tolist(), gap.tolist()) == expected


def test_a_chain_does_not_make_its_ends_duplicates():
    codes = [f"{2**n - 1:016x}" for n in range(4)] + ["ffff000000000000"]
    assert duplicates.followed(codes, 1)[0].tolist() == [0, 0, 2, 2, 4]
    assert set(components(5, *duplicates.linked(codes, 1)).tolist()) == {0, 4}


def test_repeats_of_other_colours_are_no_repeats_if_colours_count():
    codes, greys = ["00000000000000ff"] * 4, thumbnails([10, 200, 10, 14])
    assert duplicates.followed(codes, 2, greys, 8.0)[0].tolist() == [0, 1, 0, 0]
    assert duplicates.followed(codes, 2)[0].tolist() == [0, 0, 0, 0]


def test_a_hundred_thousand_blank_pages_are_one_page():
    codes = ["8000000000000000"] * 100_000
    assert not duplicates.followed(codes, 6)[0].any()
    left, right = duplicates.linked(codes, 6)
    assert len(left) == len(codes)
    assert not components(len(codes), left, right).any()


@pytest.mark.slow
def test_twenty_thousand_pictures_that_are_near_and_not_equal_are_one_cluster():
    random = np.random.default_rng(0)  # 2 * 10^8 pairs
    greys = random.integers(100, 103, (20_000, 192), np.uint8)
    colours = pa.array([grey.tobytes() for grey in greys], pa.binary(192))
    codes = ["8000000000000000"] * 20_000
    left, right, bits = duplicates.joined(duplicates.looks(codes, colours, 4.0), 3)
    assert len(left) == 19_999
    assert not bits.any()
    assert not components(20_000, left, right).any()
    assert not duplicates.followed(codes, 3, colours, 4.0)[0].any()


def test_nothing_left_to_compare_has_no_duplicates():
    shown = duplicates.looks([], pa.array([], pa.binary(192)), 4.0)
    assert found(shown, 3) == []
    assert [len(side) for side in duplicates.joined(shown, 3)] == [0, 0, 0]
    assert [len(side) for side in duplicates.followed([], 3)] == [0, 0]


columns_of_two = st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 2)))


@given(columns_of_two)
def test_the_first_row_of_the_same_values_is_named(rows):
    one, other = pa.array([r[0] for r in rows], pa.string()), pa.array([r[1] for r in rows])
    chunks = pa.chunked_array([other[:3].cast(pa.int64()), other[3:].cast(pa.int64())])
    assert duplicates.first(one, chunks).tolist() == [rows.index(row) for row in rows]


def test_pictures_are_ranked_by_source_then_value_then_name_each_once():
    pairs = pa.table(
        {
            "image": ["d", "b", "a", "c", "a", "e"],
            "source": ["web", "web", "web", "book", "book", "web"],
            "width": [9, 2, 3, 1, 3, 9],
            "height": [9, 3, 2, 1, 2, 9],
        }
    )
    assert duplicates.ranked(pairs, ["book"]).tolist() == [4, 3, 0, 5, 1]
    assert duplicates.ranked(pairs, []).tolist() == [0, 5, 2, 1, 3]
    value = np.array([np.nan, 3, 2, 1, 5, 0])
    assert duplicates.ranked(pairs, [], value).tolist() == [5, 3, 2, 1, 0]
