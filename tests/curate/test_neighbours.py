import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import centres, neighbours
from tests import _threads

MANY = 6000  # vectors: a dozen lists


def unit(values):
    values = values / np.linalg.norm(values, axis=1, keepdims=True)
    return values.astype(np.float32)


def crowded(count, seed, width=32, noise=0.3):
    """Vectors around a centre for every thirty of them, as embeddings of pictures lie."""
    random = np.random.default_rng(seed)
    centres = unit(random.normal(size=(max(count // 30, 1), width)))
    around = centres[random.integers(0, len(centres), count)]
    return unit(around + noise * random.normal(size=(count, width)) / np.sqrt(width))


def by_brute_force(vectors, least):
    exact = vectors.astype(np.float64)
    left, right = np.nonzero(np.triu(exact @ exact.T >= least, 1))
    return list(zip(left.tolist(), right.tolist(), strict=True))


def found(vectors, least, **more):
    blocks = [*neighbours.pairs(vectors, least, **more), (np.empty(0, np.int64),) * 3]
    left, right, cosines = (np.concatenate(side) for side in zip(*blocks, strict=True))
    exact = vectors.astype(np.float64)
    assert np.allclose(cosines, (exact[left] * exact[right]).sum(axis=1), atol=1e-12)
    return sorted(set(zip(left.tolist(), right.tolist(), strict=True)))


@given(st.integers(0, 400), st.integers(0, 2**32 - 1), st.sampled_from([0.5, 0.8, 0.9, 0.97]))
def test_exactly_the_pairs_of_that_cosine_are_found(count, seed, least):
    vectors = crowded(count, seed)
    assert found(vectors, least) == by_brute_force(vectors, least)


@pytest.mark.parametrize("least", [0.85, 0.9, 0.95])
def test_lists_that_cannot_hold_a_neighbour_are_left_out_at_no_loss(least):
    vectors = crowded(MANY, 1)
    known = by_brute_force(vectors, least)
    assert len(known) > 10
    assert found(vectors, least, probes=MANY) == known


@pytest.mark.parametrize("aside", [0, 1])  # embeddings of pictures lie in a cone
def test_lists_of_many_centres_lose_next_to_nothing(monkeypatch, aside):
    monkeypatch.setattr(centres, "_FLAT", 8)
    monkeypatch.setattr(centres, "_WHOLE", 16)
    monkeypatch.setattr(neighbours, "PER_LIST", 32)
    vectors = unit(crowded(MANY, 7) + aside * np.eye(1, 32))
    for least in (0.9, 0.95):
        known, some = set(by_brute_force(vectors, least)), set(found(vectors, least))
        assert len(known) > 10
        assert some <= known
        assert len(some) >= 0.99 * len(known)


def test_few_lists_find_nearly_all_and_nothing_else():
    vectors = crowded(MANY, 2)
    known, some = set(by_brute_force(vectors, 0.93)), set(found(vectors, 0.93, probes=3))
    assert some <= known
    assert len(some) >= 0.99 * len(known)


def test_any_number_of_threads_finds_the_same_bytes():
    code = (
        "from tests.curate.test_neighbours import MANY, crowded, neighbours\n"
        "import hashlib\n"
        "vectors = crowded(MANY, 3)\n"
        "found = [part for block in neighbours.pairs(vectors, 0.93, 3) for part in block]\n"
        "print(hashlib.sha256(b''.join(part.tobytes() for part in found)).hexdigest())\n"
    )
    assert len(_threads.printed(code)) == 1


def test_pairs_that_are_not_wanted_cost_no_cosine_and_the_others_are_all_found(monkeypatch):
    vectors = crowded(400, 4, noise=0.05)
    computed, cosines = [], neighbours.cosines

    def counted(vectors, left, right):
        computed.append(len(left))
        return cosines(vectors, left, right)

    monkeypatch.setattr(neighbours, "cosines", counted)
    known = by_brute_force(vectors, 0.9)
    some = found(vectors, 0.9, wanted=lambda left, right, _: (left + right) % 3 == 0)
    assert some == [pair for pair in known if sum(pair) % 3 == 0]
    assert sum(computed) < 0.5 * len(known)


def test_a_list_of_any_length_is_searched_in_parts(monkeypatch):
    vectors = crowded(900, 6, noise=0.2)
    known = by_brute_force(vectors, 0.9)
    monkeypatch.setattr(neighbours, "_PAIRS", 2000)
    assert found(vectors, 0.9) == known
    assert max(len(left) for left, *_ in neighbours.pairs(vectors, 0.9)) <= 2000
