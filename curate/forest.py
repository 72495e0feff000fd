"""Links between rows as they are found in; what they join, and few links that join as much, out.

A minimum spanning forest has fewer links than rows, joins what all links join, and has of each row
one that is as near as any (Kruskal, 1956; single linkage of Gower and Ross, 1969). That of a forest
and more links is that of all, so links are thinned as they come: a crowd of pictures that are all
near one another takes memory for its pictures, not for its pairs.
"""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

_HELD = 1 << 22  # links of 24 bytes that are held before they are thinned


class Forest:
    """Links that join rows as all that were added do, and of each row one of the nearest.

    Args:
        count: N, number of rows.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._links: list[tuple[np.ndarray, ...]] = []
        self._new = 0  # links since they were thinned
        self._part = np.arange(count)  # component of each row when they were
        self._nearest = np.full(count, np.inf)  # what is linked to it, then

    def wanted(self, left: np.ndarray, right: np.ndarray, apart: np.ndarray) -> np.ndarray:
        """Which links (P,) may join rows that are not joined, or are nearer than those held.

        Others may be left out; it is known to be so without looking at how they were found.
        """
        return np.asarray(
            (self._part[left] != self._part[right])
            | (apart < self._nearest[left])
            | (apart < self._nearest[right])
        )

    def add(self, left: np.ndarray, right: np.ndarray, apart: np.ndarray) -> None:
        """Links (P,) between rows left < right; one may come again, nearer or farther.

        Args:
            left: rows.
            right: rows.
            apart: how far they are, the nearest lowest.
        """
        self._links.append((left, right, np.asarray(apart, np.float64)))
        self._new += len(left)
        if self._new > _HELD:
            left, right, apart = self._thin()
            self._part = components(self._count, left, right)
            self._nearest.fill(np.inf)
            for rows in left, right:
                np.minimum.at(self._nearest, rows, apart)

    def links(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Three arrays (P,), P < N: left, right, apart; sorted by left and right."""
        left, right, apart = self._thin()
        order = np.lexsort((right, left))
        return left[order], right[order], apart[order]

    def _thin(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        none = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
        left, right, apart = (np.concatenate(side) for side in zip(none, *self._links, strict=True))
        order = np.lexsort((right, left, apart))
        left, right, apart = left[order], right[order], apart[order]
        if len(left):
            _, rows = np.unique(left * self._count + right, return_index=True)
            rows.sort()  # of a link that came again the nearest
            # a link weighs its place in the order: no two are equal, so the forest is only one
            shape = (self._count, self._count)
            graph = coo_array((rows + 1.0, (left[rows], right[rows])), shape=shape)
            kept = np.sort(minimum_spanning_tree(graph.tocsr()).data.astype(np.int64) - 1)
            left, right, apart = left[kept], right[kept], apart[kept]
        self._links, self._new = [(left, right, apart)], 0
        return left, right, apart


def components(count: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Connected components of a graph on `count` rows.

    Args:
        count: N, number of rows.
        left: (P,) one end of each link.
        right: (P,) the other end.

    Returns:
        (N,) the smallest row of each row's component.
    """
    links = coo_array((np.ones(len(left), np.bool_), (left, right)), shape=(count, count))
    _, labels = connected_components(links, directed=False)
    first = np.full(labels.max(initial=-1) + 1, count, np.int64)
    np.minimum.at(first, labels, np.arange(count))
    return first[labels]
