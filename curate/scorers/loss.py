"""A training run's ledger in; how hard each pair stayed, and how surely it is a clean one, out.

A pair whose caption does not tell of its picture keeps a high loss while clean ones are learnt:
the small-loss rule of Co-teaching (Han et al., 2018), and for image-text matching NCR (Huang et
al., "Learning with Noisy Correspondence", 2021), whose mixture of two normal distributions gives
`clean`. `spread` is the variability of dataset cartography (Swayamdipta et al., 2020): pairs of a
high loss and a low spread are likely wrong, of a high spread hard. A model that has seen a pair
often enough learns it by heart, wrong or not: ask a short run. Of the demo's 8,255 crawled English
training captions a tenth was swapped: after 300 steps of ImageBERT the mean loss at itm told them
from the others with an AUC of 0.78, and `clean` was below 0.5 for 9% of the pairs, of which 46%
were swapped ones (mlm alone: an AUC of 0.53).

A ledger is `models/<name>/ledger.parquet`. The model came of the snapshot, and so of the scores:
DVC allows no circle, so give a copy that stays until you replace it (`dvc add` or git).
"""

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from curate.dataset import memory, tables
from curate.dataset.errors import DataError, EmptySetError
from curate.stage.params import parameters

KEY = "uid"
SCHEMA = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("showings", pa.int32()),  # counted ones; null, as all, where the run saw none
        pa.field("mean", pa.float32()),  # of the losses, 1: that of all pairs
        pa.field("spread", pa.float32()),  # their standard deviation; null: one showing
        pa.field("clean", pa.float32()),  # probability that the pair is of the low-loss kind, 0-1
    ]
)
DECIMALS = 5
_LEAST = 16  # pairs that two distributions may be fitted to


@parameters
class Params:
    """Which losses count."""

    ledger: str  # a copy of models/<name>/ledger.parquet
    tasks: list[str] = Field(default=["itm"], min_length=1)  # of the model, in equal shares
    after: float = Field(default=0.5, ge=0, lt=1)  # share of the run whose showings do not count


def fingerprint(params: Params) -> str:
    """Of the ledger.

    Raises:
        DataError: there is none.
    """
    if not (file := Path(params.ledger)).is_file():
        raise DataError(f"no ledger at {file}; copy that of a trained model there (models/<name>)")
    return memory.fingerprint(file)


def score(rows: pa.Table, params: Params) -> pa.Table:
    """What the ledger tells of each pair."""
    found = _measured(params.ledger, fingerprint(params), tuple(params.tasks), params.after)
    place = pc.index_in(rows.column("uid"), value_set=found.column("uid").combine_chunks())
    told = [found.column(name).take(place) for name in SCHEMA.names[1:]]
    return pa.table([rows.column("uid"), *told], schema=SCHEMA)


@functools.lru_cache(maxsize=1)
def _measured(ledger: str, _print: str, tasks: tuple[str, ...], after: float) -> pa.Table:
    """All pairs that a run saw, as `SCHEMA` has them; `_print`: of the file, which may change."""
    losses, uids = _showings(Path(ledger), tasks, after)
    pair, first, showings = np.unique(losses[:, 0], return_index=True, return_counts=True)
    if len(pair) < _LEAST:
        raise EmptySetError(
            f"{ledger} tells of {len(pair)} pairs' losses at {', '.join(tasks)} in the last "
            f"{1 - after:.0%} of its steps, too few to tell wrong ones by; lower `after`"
        )
    mean = np.add.reduceat(losses[:, 1], first) / showings
    squares = np.add.reduceat(np.square(losses[:, 1]), first) / showings
    spread = np.sqrt(np.maximum(squares - np.square(mean), 0))
    columns = [
        uids.take(pa.array(pair, pa.int64())),
        pa.array(showings, pa.int32()),
        pa.array(np.round(mean, DECIMALS), pa.float32()),
        pa.array(np.round(spread, DECIMALS), pa.float32(), mask=showings < 2),
        pa.array(np.round(_low(mean), DECIMALS), pa.float32()),
    ]
    return pa.table(columns, schema=SCHEMA)


def _showings(file: Path, tasks: tuple[str, ...], after: float) -> tuple[np.ndarray, pa.Array]:
    """Row of the pair and its loss, for each showing that counts, `(N, 2)`; and the uids.

    A task's loss is taken relative to the mean of all; of several tasks the mean of those that the
    showing had.

    Raises:
        DataError: the run had no such task.
    """
    names = [f"{task}_losses" for task in tasks]
    table = tables.read(file, ["uid", "steps", "matched", *names]).combine_chunks()
    columns: dict[str, Any] = {name: table.column(name).chunk(0) for name in table.column_names[1:]}
    pair = pc.list_parent_indices(columns["steps"]).to_numpy().astype(float)
    flat = {name: pc.list_flatten(values) for name, values in columns.items()}
    steps = flat["steps"].to_numpy()
    counts = flat["matched"].to_numpy(zero_copy_only=False)
    counts &= steps > after * steps.max(initial=0)
    each = np.stack([flat[name].to_numpy(zero_copy_only=False) for name in names], 1)
    each = each[counts].astype(float)
    there = ~np.isnan(each)
    each /= np.nansum(each, axis=0) / np.maximum(there.sum(0), 1)
    told = there.any(axis=1)
    loss = np.nansum(each[told], axis=1) / there[told].sum(1)
    return np.stack([pair[counts][told], loss], 1), table.column("uid").chunk(0)


def _low(losses: np.ndarray) -> np.ndarray:
    """The probability of each that it is of the lower of two normal distributions, `(n,)`."""
    from sklearn.mixture import GaussianMixture

    spanned = (losses - losses.min()) / max(float(np.ptp(losses)), 1e-12)
    mixture = GaussianMixture(2, max_iter=100, reg_covar=5e-4, random_state=0)
    mixture.fit(spanned[:, None])
    likely = mixture.predict_proba(spanned[:, None])
    return likely[:, int(np.argmin(mixture.means_[:, 0]))]
