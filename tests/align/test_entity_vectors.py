import networkx as nx
import numpy as np

from align.entity_vectors import WIDTH, embed


def graph():
    """Two families of kinds below one root."""
    names = ["root", "animal", "fruit", *(f"{k}{i}" for k in ("dog", "pear") for i in range(8))]
    edges = [("animal", "root"), ("fruit", "root")]
    edges += [(f"dog{i}", "animal") for i in range(8)] + [(f"pear{i}", "fruit") for i in range(8)]
    return names, edges


def test_kin_lie_nearer_to_each_other_than_to_others():
    names, edges = graph()
    vectors = embed(names, edges)
    cosines = vectors @ vectors.T
    dogs = [i for i, name in enumerate(names) if name.startswith("dog")]
    pears = [i for i, name in enumerate(names) if name.startswith("pear")]
    assert cosines[np.ix_(dogs, dogs)].min() > cosines[np.ix_(dogs, pears)].max() + 0.2


def test_held_out_edges_are_nearer_than_pairs_that_are_none():
    tree = nx.balanced_tree(4, 4)
    names = [str(n) for n in tree]
    edges = [(str(a), str(b)) for a, b in tree.edges]
    cycle = [(str(a), str(b)) for a, b in zip(range(85, 340), range(86, 341), strict=True)]
    held, rest = cycle[::5], [edge for i, edge in enumerate(cycle) if i % 5]
    vectors = embed(names, edges + rest)
    at = {name: row for row, name in enumerate(names)}
    draw = np.random.default_rng(0).integers(85, 341, (200, 2))
    far = [vectors[at[str(a)]] @ vectors[at[str(b)]] for a, b in draw if abs(a - b) > 8]
    near = [vectors[at[a]] @ vectors[at[b]] for a, b in held]
    assert np.mean([n > f for n in near for f in far]) > 0.8


def test_vectors_do_not_depend_on_the_order_or_on_what_is_far_away():
    names, edges = graph()
    vectors = dict(zip(names, embed(names, edges), strict=True))
    turned = dict(zip(names[::-1], embed(names[::-1], edges[::-1]), strict=True))
    island = embed([*names, "a", "b"], [*edges, ("a", "b")])
    for row, name in enumerate(names):
        np.testing.assert_allclose(vectors[name], turned[name], atol=1e-12)
        np.testing.assert_allclose(vectors[name], island[row], atol=1e-12)


def test_vectors_have_unit_length_even_without_edges_and_none_of_nothing():
    np.testing.assert_allclose(np.linalg.norm(embed(["a", "b"], []), axis=1), 1)
    assert embed([], []).shape == (0, WIDTH)
