"""Mentions of concepts, part by part, in; how many pictures show each, and which together, out."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from align.graphs import layout
from align.scenegraph import OBJECT

_CROWD = 64  # concepts of a picture above which it tells nothing of which belong together
_WORDS = 8  # that are listed of a concept


class Counts:
    """Counts of concepts, added up over parts of the pictures.

    Args:
        concepts: names of all concepts, sorted.
        above: concept -> what it is a kind of.
    """

    def __init__(self, concepts: Sequence[str], above: Mapping[str, Sequence[str]]) -> None:
        self.concepts = pa.array(concepts, pa.string())
        size = len(concepts)
        place = {name: at for at, name in enumerate(concepts)}
        pairs = [(place[c], place[a]) for c in concepts for a in lineage(c, above) if a in place]
        self._closure = _ones(pairs, size, size) + sparse.eye_array(size, dtype=np.int64)
        self.phrases, self.captions, self.pictures, self.below = (
            np.zeros(size, np.int64) for _ in range(4)
        )
        self._together = sparse.csr_array((size, size), dtype=np.int64)

    def add(self, mentions: pa.Table) -> None:
        """Count those of a part, schema `layout.MENTIONS`: whole pictures."""
        concept = pc.index_in(mentions.column("concept"), value_set=self.concepts).to_numpy()
        size = len(self.concepts)
        self.phrases += np.bincount(concept, minlength=size)
        self.captions += _per(mentions.column("caption"), concept, size).sum(axis=0)
        shown = _per(mentions.column("image"), concept, size)
        self.pictures += shown.sum(axis=0)
        self.below += ((shown @ self._closure) > 0).sum(axis=0)
        things = one_each(mentions.filter(pc.equal(mentions.column("role"), OBJECT)))
        concept = pc.index_in(things.column("concept"), value_set=self.concepts).to_numpy()
        shown = _per(things.column("image"), concept, size)
        few = shown[shown.sum(axis=1) <= _CROWD]
        self._together = self._together + sparse.triu(few.T @ few, k=1, format="csr")

    def together(self) -> pa.Table:
        """Pairs of objects by the pictures whose captions name both; schema `layout.TOGETHER`."""
        found = self._together.tocoo()
        first, second = (self.concepts.take(pa.array(at, pa.int64())) for at in found.coords)
        return pa.table([first, second, found.data], schema=layout.TOGETHER)


def words(meanings: pa.Table) -> dict[str, list[str]]:
    """Concept -> the words by which captions name it, the commonest first."""
    counted = meanings.group_by(["concept", "lemma"]).aggregate([([], "count_all")])
    order = [("concept", "ascending"), ("count_all", "descending"), ("lemma", "ascending")]
    found: dict[str, list[str]] = {}
    for row in counted.sort_by(order).to_pylist():
        own = found.setdefault(row["concept"], [])
        if len(own) < _WORDS:
            own.append(row["lemma"])
    return found


def lineage(concept: str, above: Mapping[str, Sequence[str]]) -> list[str]:
    """All that a concept is a kind of, the nearest first."""
    found: dict[str, None] = {}
    level = list(above.get(concept, ()))
    while level:
        found |= dict.fromkeys(level)
        further = [higher for name in level for higher in above.get(name, ())]
        level = [name for name in dict.fromkeys(further) if name not in found]
    return [name for name in found if name != concept]


def one_each(mentions: pa.Table) -> pa.Table:
    """One meaning of each phrase, a synset where it has one: what it means twice is no company."""
    other = pc.match_substring(mentions.column("concept"), ":")
    rank = pc.if_else(other, "0", "1")
    ranked = pc.binary_join_element_wise(rank, mentions.column("concept"), "")
    best = mentions.append_column("best", ranked).group_by(["image", "phrase"])
    found = best.aggregate([("best", "max")])
    concept = pc.utf8_slice_codeunits(found.column("best_max"), 1)
    return pa.table({"image": found.column("image"), "concept": concept})


def _per(owners: pa.ChunkedArray, concepts: np.ndarray, size: int) -> sparse.csr_array:
    """Which owner has which concept, ones `(owners, concepts)`."""
    encoded = owners.combine_chunks().dictionary_encode()
    number = encoded.indices.to_numpy().astype(np.int64)
    distinct = np.unique(number * size + concepts)
    return _ones(np.stack(np.divmod(distinct, max(size, 1)), 1), len(encoded.dictionary), size)


def _ones(places: Sequence[tuple[int, int]] | np.ndarray, rows: int, size: int) -> sparse.csr_array:
    at = np.asarray(places, np.int64).reshape(-1, 2)
    return sparse.csr_array((np.ones(len(at), np.int64), (at[:, 0], at[:, 1])), (rows, size))
