import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import hamming, split
from curate.dataset.errors import ParamsError
from curate.rules.rule import Rule
from curate.scorers import leakage
from curate.stage.params import build
from curate.suites.snapshot import LookAlikes

one_hash = st.one_of(st.integers(0, 2**64 - 1), st.integers(0, 63).map(lambda bit: 1 << bit))
hashes = st.lists(one_hash, max_size=60, unique=True)


def by_brute_force(codes, distance):
    near = np.bitwise_count(codes[:, None] ^ codes[None, :]) <= distance
    return set(zip(*(side.tolist() for side in np.nonzero(np.triu(near, 1))), strict=True))


def found(codes, distance):
    blocks = hamming.pairs(codes, distance)
    pairs = [pair for a, b in blocks for pair in zip(a.tolist(), b.tolist(), strict=True)]
    assert all(a < b for a, b in pairs)
    assert len(pairs) == len(set(pairs))
    return set(pairs)


@given(hashes, st.integers(0, hamming.MAX_DISTANCE))
def test_exactly_the_pairs_within_the_distance_are_found(codes, distance):
    codes = np.array(codes, np.uint64)
    assert found(codes, distance) == by_brute_force(codes, distance)


def alike(count, bits, seed=0):
    """Hashes of which only some bits differ, a tenth of them a few bits beside another."""
    random = np.random.default_rng(seed)
    codes = random.integers(0, 2**bits, count, dtype=np.uint64)
    beside = codes[random.integers(0, count, count // 10)]
    for _ in range(5):
        beside = beside ^ (np.uint64(1) << random.integers(0, 64, len(beside), dtype=np.uint64))
    return np.unique(np.concatenate([codes, beside]))


@pytest.mark.parametrize("distance", [1, 3, 6, 10])
@pytest.mark.parametrize("bits", [14, 24, 64])  # the first two make crowds that are cut again
@pytest.mark.parametrize("crowd", [16, 1024])
def test_crowds_that_agree_in_most_bits_lose_and_repeat_no_pair(monkeypatch, bits, distance, crowd):
    monkeypatch.setattr(hamming, "_CROWD", crowd)
    codes = alike(1500, bits)
    assert found(codes, distance) == by_brute_force(codes, distance)


def test_bits_that_are_hardly_ever_set_lose_no_pair():
    random = np.random.default_rng(1)
    bits = random.random((4000, 64)) < np.where(np.arange(64) < 40, 0.02, 0.5)
    codes = np.unique(np.packbits(bits, axis=1).view(">u8").ravel().astype(np.uint64))
    assert found(codes, 6) == by_brute_force(codes, 6)


def work(codes, distance, monkeypatch):
    """Comparisons of two hashes that a search makes for each, a look at a band as so many."""
    compared, done = hamming._compared, []

    def noted(one, other, starts, sizes, asked, distance):
        done.append(int(sizes.sum()))
        yield from compared(one, other, starts, sizes, asked, distance)

    with monkeypatch.context() as here:
        here.setattr(hamming, "_compared", noted)
        for _ in hamming.pairs(codes, distance):
            pass
    bands = hamming._bands(codes, None, ~np.uint64(0), distance)
    looks = sum(1 for band in bands for _ in band.turns())
    return sum(done) / len(codes) + hamming._LOOK * looks


@pytest.mark.parametrize("distance", [3, 6])  # of duplicates, and of splits and leaks
def test_each_of_ten_times_the_hashes_costs_at_most_twice_as_much(distance, monkeypatch):
    few, many = (work(alike(count, 64), distance, monkeypatch) for count in (10_000, 100_000))
    assert few < many < 2 * few  # all pairs: ten times


def test_a_distance_that_compares_everything_is_refused():
    with pytest.raises(ValueError, match="within 0 to 15"):
        next(hamming.pairs(np.zeros(2, np.uint64), 16))


def test_pairs_of_a_crowd_come_in_blocks(monkeypatch):
    monkeypatch.setattr(hamming, "_BLOCK", 100)
    codes = np.uint64(1) << np.arange(64, dtype=np.uint64)
    assert max(len(left) for left, _ in hamming.pairs(codes, 2)) < 200
    assert found(codes, 2) == by_brute_force(codes, 2)


@given(hashes, hashes, st.integers(0, hamming.MAX_DISTANCE))
def test_hashes_near_known_ones_are_found(codes, known, distance):
    codes, known = np.array(codes, np.uint64), np.array(known, np.uint64)
    expected = np.bitwise_count(codes[:, None] ^ known[None, :]) <= distance
    blocks = hamming.near(codes, known, distance)
    pairs = {pair for a, b in blocks for pair in zip(a.tolist(), b.tolist(), strict=True)}
    assert pairs == set(zip(*(side.tolist() for side in np.nonzero(expected)), strict=True))


@pytest.mark.parametrize("distance", [2, 7])
def test_crowds_of_two_sides_lose_and_repeat_no_pair(monkeypatch, distance):
    monkeypatch.setattr(hamming, "_CROWD", 4)
    codes, known = alike(500, 14), alike(700, 20, seed=1)
    blocks = hamming.near(codes, known, distance)
    pairs = [pair for a, b in blocks for pair in zip(a.tolist(), b.tolist(), strict=True)]
    expected = np.nonzero(np.bitwise_count(codes[:, None] ^ known[None, :]) <= distance)
    assert sorted(pairs) == list(zip(*(side.tolist() for side in expected), strict=True))


def test_ranges_come_in_blocks_that_together_hold_each_place_once(monkeypatch):
    monkeypatch.setattr(hamming, "_BLOCK", 4)
    starts, ends = np.array([0, 5, 3, 9, 1]), np.array([3, 5, 12, 8, 2])
    blocks = list(hamming.ranges(starts, ends))
    assert len(blocks) > 1
    got = [pair for a, b in blocks for pair in zip(a.tolist(), b.tolist(), strict=True)]
    assert got == [
        (row, place)
        for row in range(5)
        for place in range(starts[row], max(starts[row], ends[row]))
    ]


SHARES = {"train": 1, "validation": 0, "test": 0, "shared_by": 1, "largest_group": 1}


@pytest.mark.parametrize("distance", [-1, hamming.MAX_DISTANCE + 1])
@pytest.mark.parametrize(
    ("kind", "name", "others"),
    [
        (split.SplitParams, "distance", SHARES),
        (leakage.Params, "distance", {"sets": {}}),
        (LookAlikes, "distance", {}),
        (Rule, "near_duplicates", {}),
    ],
)
def test_a_distance_beyond_reach_is_an_error_of_its_section_that_says_why(
    kind, name, others, distance
):
    wanted = f"parameter mine.{name} is {distance}: hashes .* within 0 to 15 of them; .* look alike"
    with pytest.raises(ParamsError, match=wanted):
        build(kind, {**others, name: distance}, "mine")
