import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curate import forest
from curate.forest import Forest, components

ROWS = 25
row = st.integers(0, ROWS - 1)
links = st.lists(st.tuples(row, row), max_size=40)
weighted = st.lists(
    st.tuples(row, row, st.integers(-4, 4)).filter(lambda link: link[0] < link[1]),
    max_size=60,
    unique_by=lambda link: link[:2],
)


def columns(found):
    return np.array(found, np.int64).reshape(-1, 3).T


def grown(found, parts=1, asked=False):
    """A forest to which links were added in some parts, some of them twice, farther then."""
    made = Forest(ROWS)
    for part in np.array_split(np.arange(len(found)), parts):
        left, right, apart = columns(found)[:, part]
        if asked:
            some = made.wanted(left, right, apart)
            left, right, apart = left[some], right[some], apart[some]
        made.add(left, right, apart)
        made.add(left[:3], right[:3], apart[:3] + 5)
    return made.links()


def nearest(left, right, apart):
    found = np.full(ROWS, np.inf)
    for ends in left, right:
        np.minimum.at(found, ends, apart)
    return found.tolist()


@given(links)
def test_components_are_those_of_networkx_named_by_their_smallest_row(pairs):
    graph = nx.Graph(pairs)
    graph.add_nodes_from(range(ROWS))
    expected = {r: min(part) for part in nx.connected_components(graph) for r in part}
    left, right = np.array(pairs, np.int64).reshape(-1, 2).T
    assert components(ROWS, left, right).tolist() == [expected[r] for r in range(ROWS)]


@given(weighted, st.integers(1, 6), st.integers(0, 20), st.booleans())
def test_a_forest_joins_the_same_rows_and_holds_a_nearest_of_each(found, parts, held, asked):
    before, forest._HELD = forest._HELD, held  # so that links are thinned as they come
    try:
        left, right, apart = grown(found, parts, asked)
    finally:
        forest._HELD = before
    whole = columns(found)
    assert (components(ROWS, left, right) == components(ROWS, *whole[:2])).all()
    assert nearest(left, right, apart) == nearest(*whole)
    assert len(left) == ROWS - len(set(components(ROWS, left, right)))
    assert set(zip(left.tolist(), right.tolist(), apart.tolist(), strict=True)) <= set(found)


@given(weighted, st.randoms(), st.integers(1, 6))
def test_the_order_in_which_links_come_changes_no_byte(found, random, parts):
    one = grown(found)
    random.shuffle(found)
    other = grown(found, parts)
    assert [side.tobytes() for side in one] == [side.tobytes() for side in other]


def test_no_rows_have_no_links():
    assert [len(side) for side in Forest(0).links()] == [0, 0, 0]
