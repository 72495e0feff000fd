"""What is known of a caption's words, as tokens beside it: by the labeler `knowledge` (`branches`).

Gives of F tokens `facts` `(B, F)` int64; `facts_positions` `(B, F)` int64, soft ones, that go on
from the words that a fact is about as if it followed them; `facts_of` `(B, F, T)` bool, these
words' tokens; and `facts_with` `(B, F, F)` bool, the tokens of the same fact (K-BERT's sentence
tree; see `curate.dataset.injection`). A fact that would reach beyond the last position is left
out, and so are the last ones of a caption where all together have more tokens than captions may.
Facts are of the caption, whatever picture it has: they do not tell whether the two match.
"""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from curate.dataset import labels as label_tables
from curate.dataset.injection import Branch, Injected, inject
from train.corpus import Corpus
from train.notes import Note
from train.text import Spans, Words

LABELER = "knowledge"
_COLUMNS = ["uid", "node", "branch", "start", "end", "text"]


def read(corpus: Corpus, words: Words, limit: int, labels: Path, labels_made: Path | None) -> Note:
    """Read the facts about a corpus's captions.

    Raises:
        DataError: the labeler has not labelled the pool.
    """
    spans = corpus.spans()
    trees: dict[int, Injected] = {}
    for row, branches in _branches(corpus, words, spans, limit, labels, labels_made).items():
        own = slice(spans.starts[row], spans.starts[row + 1])
        tokens, places = corpus.tokens.ids[own].tolist(), spans.characters[own].tolist()
        trees[row] = inject(tokens, places, branches, most=len(tokens) + limit)

    def note(texts: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:  # noqa: ARG001
        told = {at: trees[int(row)] for at, row in enumerate(texts) if int(row) in trees}
        most = max((int((~tree.trunk).sum()) for tree in told.values()), default=0)
        found = {
            "facts": np.full((len(texts), most), words.pad),
            "facts_positions": np.zeros((len(texts), most), np.int64),
            "facts_of": np.zeros((len(texts), most, width), bool),
            "facts_with": np.zeros((len(texts), most, most), bool),
        }
        for at, tree in told.items():
            fact, number = ~tree.trunk, int((~tree.trunk).sum())
            found["facts"][at, :number] = tree.tokens[fact]
            found["facts_positions"][at, :number] = tree.positions[fact]
            seen = tree.visible[fact]
            found["facts_of"][at, :number, : tree.trunk.sum()] = seen[:, tree.trunk]
            found["facts_with"][at, :number, :number] = seen[:, fact]
        return {name: torch.from_numpy(array) for name, array in found.items()}

    return note


def _branches(
    corpus: Corpus,
    words: Words,
    spans: Spans,
    limit: int,
    labels: Path,
    labels_made: Path | None,
) -> dict[int, list[Branch]]:
    """For each row of a corpus the facts that its positions have room for."""
    wanted = pa.array(corpus.uids, pa.string())
    rows = label_tables.read(LABELER, "branches", labels, labels_made, _COLUMNS, wanted)
    rows = rows.sort_by([(name, "ascending") for name in _COLUMNS[:3]])
    told = words.encode(rows.column("text").to_pylist(), limit)
    row_of = {uid: row for row, uid in enumerate(corpus.uids)}
    found: defaultdict[int, list[Branch]] = defaultdict(list)
    for number, one in enumerate(rows.to_pylist()):
        row = row_of[one["uid"]]
        tokens = told.ids[told.starts[number] + 1 : told.starts[number + 1] - 1].tolist()
        about = spans.within(row, one["start"], one["end"])
        if len(about) and about[-1] + len(tokens) < limit:
            found[row].append(Branch(one["start"], one["end"], tokens))
    return dict(found)
