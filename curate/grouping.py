"""A planted pool, what ours drops and embeddings in; named groups of its training pairs out.

    source-<name>    pairs of one source
    noise-<kind>     what was planted of one kind; `clean`: what was not planted
    reason-<rule>    what ours drops, by the first rule that does; `kept`: what it keeps
    cluster-<nn>     pairs whose pictures lie together: spherical k-means, the biggest first

A pair is in one group of each sort. What a group does to a model that learns from it is asked by
`train.leave_out`, which does without it, and `train.gradients`, which looks at its gradient.
"""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
from pydantic import Field

from curate import caught, centres, conditions, embeddings, plant
from curate.dataset import record, sets, tables
from curate.dataset.errors import EmptySetError
from curate.stage.params import parameters
from curate.stage.run import run

GROUPS = pa.schema(
    [
        pa.field("group", pa.string(), nullable=False),
        pa.field("uid", pa.string(), nullable=False),  # of a training pair
    ]
)
_WORDS = 3  # that tell what a cluster is of
_LETTERS = 4  # of a word that tells something
_DECISIONS = "pool.parquet"


@parameters
class GroupingParams:
    """How clusters are made."""

    clusters: Annotated[int, Field(ge=1)] = 8
    rounds: int = 50  # of k-means
    seed: int = 0  # of its start


def main(
    planted: Path, decisions: Path, embedded: Path, out: Path, params: GroupingParams
) -> dict[str, Any]:
    """Put each training pair into its groups.

    Args:
        planted: folder of `curate.plant`.
        decisions: folder of what a condition keeps, see `curate.conditions`.
        embedded: folder of the pool's embeddings.
        out: the table, schema `GROUPS`.
        params: section `grouping`.

    Returns:
        Of each group its pairs, and the share of them that was planted; of clusters the words that
        English captions there have more often than elsewhere, too.

    Raises:
        EmptySetError: the pool has no training pair.
    """
    pairs = sets.located([planted / plant.POOL])
    splits = tables.read(planted / plant.SPLIT, ["image", "split"])
    pairs = pairs.filter(pa.array(conditions.trains(pairs, splits)))
    if pairs.num_rows == 0:
        raise EmptySetError(f"{planted} has no training pair to put into groups")
    uids = pairs.column("uid").to_numpy()
    truth = tables.read(planted / plant.TRUTH_FILE, ["uid", "noise"]).to_pydict()
    noise = dict(zip(truth["uid"], truth["noise"], strict=True))
    kinds = caught.kinds_of(uids, noise)
    cluster = _clusters(pairs, embedded, params)
    sorts = {
        "source": pairs.column("source").to_numpy(),
        "noise": np.where(kinds == caught.CLEAN, "clean", kinds),
        "reason": _reasons(decisions / _DECISIONS, uids),
        "cluster": cluster,
    }
    of = {sort: np.array([f"{sort}-{name}" for name in names]) for sort, names in sorts.items()}
    columns = [np.concatenate(list(of.values())), np.tile(uids, len(of))]
    table = pa.table([pa.array(column, pa.string()) for column in columns], schema=GROUPS)
    tables.write(table, out, ("group", "uid"), GROUPS)
    told = _words(pairs, of["cluster"])
    return {
        "pairs": pairs.num_rows,
        "groups": {
            group: {
                "pairs": int((names == group).sum()),
                "planted": float((kinds[names == group] != caught.CLEAN).mean()),
                **({"words": told[group]} if group in told else {}),
            }
            for names in of.values()
            for group in sorted(set(names.tolist()))
        },
    }


def _reasons(file: Path, uids: np.ndarray) -> np.ndarray:
    """The first rule that drops each pair, or `kept`, (N,)."""
    rows = tables.conform(tables.read(file), record.DECISIONS, file).to_pydict()
    each = zip(rows["uid"], rows["kept"], rows["reason"], strict=True)
    of = {uid: "kept" if kept else reason for uid, kept, reason in each}
    return np.array([of[uid] for uid in uids.tolist()], object)


def _clusters(pairs: pa.Table, embedded: Path, params: GroupingParams) -> np.ndarray:
    """The cluster of each pair's picture, (N,): numbers of two digits by size, or `none`."""
    table = embeddings.read_images(embedded)
    table = tables.rows_with(table, "image", pairs.column("image"))
    vectors = embeddings.singles(table)
    count = min(params.clusters, len(vectors))
    means = centres.clusters(vectors, count, params.rounds, seed=params.seed)
    nearest = centres.Nearest(means, whole=True).first(vectors)
    of = dict(zip(table.column("image").to_pylist(), nearest.tolist(), strict=True))
    number = [of.get(image, -1) for image in pairs.column("image").to_pylist()]
    sizes = Counter(one for one in number if one >= 0)
    ranked = sorted(sizes, key=lambda one: (-sizes[one], one))
    names = {one: f"{place:02d}" for place, one in enumerate(ranked, 1)} | {-1: "none"}
    return np.array([names[one] for one in number], object)


def _words(pairs: pa.Table, cluster: np.ndarray) -> dict[str, list[str]]:
    """Words that tell clusters apart: their share of its words, times the log of how much more."""
    english = np.array(pairs.column("lang").to_pylist()) == "en"
    captions = pairs.column("caption").to_pylist()
    counts: dict[str, Counter[str]] = {}
    for group, caption in (
        (cluster[row], captions[row]) for row in np.flatnonzero(english).tolist()
    ):
        own = {word for word in caption.casefold().split() if word.isalpha()}
        counts.setdefault(str(group), Counter()).update(w for w in own if len(w) >= _LETTERS)
    whole = sum(counts.values(), Counter())
    found = {}
    for group, count in counts.items():
        share = {word: n / count.total() for word, n in count.items()}
        usual = {word: whole[word] / whole.total() for word in count}
        worth = {word: share[word] * np.log(share[word] / usual[word]) for word in count}
        ranked = sorted((-value, word) for word, value in worth.items())
        found[group] = [word for _, word in ranked[:_WORDS]]
    return found


if __name__ == "__main__":
    run("curate.grouping", section="grouping")
