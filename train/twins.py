"""Made sets and the uids of a corpus in; for each pair those that differ from it in one fact, out.

Such pairs are proven hard negatives (`curate.dataset.truth.COUNTERFACTUALS`): the caption of
either is false of the other's picture, and all else is the same. Either may be a crawled pair that
the other was made from.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from curate.dataset import tables, truth

NAME = "counterfactuals"


def of_pairs(made: Path | None, uids: Sequence[str]) -> np.ndarray:
    """Rows of each pair's twins, ascending, -1 after the last, `(n, T)`, T at least 1.

    Args:
        made: folder of made sets; None, or one without such pairs: no pair has a twin.
        uids: of the pairs, by row; a twin that is not among them is none.
    """
    of: defaultdict[int, list[int]] = defaultdict(list)
    if made is not None:
        row_of = {uid: row for row, uid in enumerate(uids)}
        known = tables.rows_with(truth.twins([made]), "uid", uids)
        columns = (known.column(name).to_pylist() for name in ("uid", "other"))
        for uid, other in zip(*columns, strict=True):
            if other in row_of:
                of[row_of[uid]].append(row_of[other])
    found = np.full((len(uids), max(map(len, of.values()), default=1)), -1)
    for row, twins in of.items():
        found[row, : len(twins)] = sorted(twins)
    return found


def files(made: Path | None) -> list[Path]:
    """The files that this is read from."""
    if made is None:
        return []
    return sorted(made.rglob(f"{NAME}.parquet"))
