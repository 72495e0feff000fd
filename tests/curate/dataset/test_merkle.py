import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.dataset import merkle

# Leaves and roots that implementations of Certificate Transparency test themselves with.
LEAVES = [
    bytes.fromhex(h) for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")
] + [bytes.fromhex("606162636465666768696a6b6c6d6e6f")]


def test_roots_are_those_of_certificate_transparency():
    assert merkle.root([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert (
        merkle.root(LEAVES[:1])
        == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )
    assert (
        merkle.root(LEAVES[:3])
        == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    )
    assert merkle.root(LEAVES) == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_the_root_of_many_leaves_is_found_in_the_room_of_a_few():
    tracemalloc.start()
    merkle.root(number.to_bytes(4) for number in range(100_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # bytes; a hash is 65, of all leaves 6,500,000; threads of earlier tests may allocate, too
    assert peak < 1_000_000


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=9, unique=True), st.data())
def test_another_list_has_another_root(leaves, data):
    place = data.draw(st.integers(0, len(leaves) - 1))
    changed = [*leaves]
    changed[place] = changed[place] + b"!"
    assert merkle.root(changed) != merkle.root(leaves)
    assert merkle.root([*leaves, b"one more leaf"]) != merkle.root(leaves)
    if len(leaves) > 1:
        assert merkle.root(leaves[::-1]) != merkle.root(leaves)


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=40), st.data())
def test_a_path_leads_from_each_leaf_to_the_root_and_from_no_other_leaf_or_place(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    path, root = merkle.path(leaves, index), merkle.root(leaves)
    assert merkle.root_by(leaves[index], index, len(leaves), path) == root
    assert merkle.root_by(leaves[index] + b"!", index, len(leaves), path) != root
    for other in range(-1, len(leaves) + 1):
        if other != index and 0 <= other < len(leaves) and leaves[other] == leaves[index]:
            continue
        if other != index:
            assert merkle.root_by(leaves[index], other, len(leaves), path) != root
    assert merkle.root_by(leaves[index], index, len(leaves), [*path, "00" * 32]) != root
    assert merkle.root_by(leaves[index], index, len(leaves), path[:-1]) != root or not path


@pytest.mark.parametrize(
    ("index", "count", "hashes"),
    [  # audit paths that implementations of Certificate Transparency test themselves with
        (0, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
        (5, 8, ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    ],
)  # fmt: skip
def test_paths_are_those_of_certificate_transparency(index, count, hashes):
    assert merkle.path(LEAVES[:count], index) == hashes
    assert merkle.root_by(LEAVES[index], index, count, hashes) == merkle.root(LEAVES[:count])
