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


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=9, unique=True), st.data())
def test_another_list_has_another_root(leaves, data):
    place = data.draw(st.integers(0, len(leaves) - 1))
    changed = [*leaves]
    changed[place] = changed[place] + b"!"
    assert merkle.root(changed) != merkle.root(leaves)
    assert merkle.root([*leaves, b"one more leaf"]) != merkle.root(leaves)
    if len(leaves) > 1:
        assert merkle.root(leaves[::-1]) != merkle.root(leaves)
