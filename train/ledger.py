"""The ledger of a run: what each step saw in; which steps saw a pair, and its losses then, out.

While a run goes on, each process keeps what it notes in parts, one for each checkpoint, beside the
checkpoints: memory stays flat, and a run that goes on from a checkpoint forgets what was noted
after it. At the end the parts become one table by uid, a file of the model's folder, that
tells a pair that stays hard from one that was learnt, and what has to be trained again without a
pair that is taken down.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from torch import Tensor

from curate.dataset import begun, tables
from train.corpus import Corpus
from train.ranks import Ranks
from train.sentences import Pairs

FILE = begun.LEDGER
_PLACE = ("step", "batch", "place", "partner")


class Ledger:
    """What a process's batches held.

    Args:
        folder: where the parts of all processes lie.
        tasks: names of the pretraining tasks.
        ranks: of this process.
    """

    def __init__(self, folder: Path, tasks: Sequence[str], ranks: Ranks) -> None:
        self._folder, self._tasks, self._ranks = folder, tasks, ranks
        self._noted: list[pa.Table] = []
        self._schema = pa.schema(
            [
                ("step", pa.int32()),  # from 1
                ("batch", pa.int32()),  # in the step
                ("place", pa.int32()),  # in the batch
                ("partner", pa.bool_()),  # lent its caption or picture to the pair in that place
                ("uid", pa.string()),
                ("matched", pa.bool_()),  # its own caption with its own picture
                *((task, pa.float32()) for task in tasks),  # mean loss; null without a target
            ]
        )

    def note(
        self,
        step: int,
        batch: int,
        corpus: Corpus,
        rows: np.ndarray,
        shown: Pairs,
        losses: Mapping[str, Tensor],
        withheld: np.ndarray | None = None,
    ) -> None:
        """Take down a batch.

        Args:
            step: number of the step, from 1.
            batch: number of the batch in it.
            corpus: whose pairs.
            rows: the pairs that were drawn, `(B,)`.
            shown: what stood in each place, as `Batches.shown` says.
            losses: by task, `(B, 2)`, see `train.objectives.Score`.
            withheld: of which places the picture was not shown, so that nothing matched, `(B,)`
                bool; None: of none.
        """
        texts, pictures, matched, seconds = shown
        partner = np.where(matched, -1, np.where(texts == rows, pictures, texts))
        partner = np.where(seconds < 0, partner, seconds)
        lent = np.flatnonzero(partner >= 0)
        if withheld is not None:
            matched = matched & ~withheld
        size, all_of = len(rows), len(rows) + len(lent)
        columns: dict[str, Any] = {
            "step": np.full(all_of, step),
            "batch": np.full(all_of, batch),
            "place": np.concatenate([np.arange(size), lent]),
            "partner": np.arange(all_of) >= size,
            "uid": [corpus.uids[row] for row in (*rows, *partner[lent])],
            "matched": np.concatenate([matched, matched[lent]]),
        }
        for task in self._tasks:
            columns[task] = _means(losses.get(task), matched, all_of)
        self._noted.append(pa.table(columns).cast(self._schema))

    def keep(self, step: int) -> Path:
        """Write what was noted since the last time, up to a step; the file that holds it."""
        file = self._folder / f"to-{step:08d}-of-{self._ranks.rank}.parquet"
        tables.write(tables.concat(self._noted, self._schema), file, _PLACE, self._schema)
        self._noted = []
        return file

    def resume(self, done: int) -> None:
        """Forget what was noted after a step, and by a run that did not end."""
        self._noted = []
        if self._ranks.rank == 0:
            for file in self._folder.glob("to-*.parquet"):
                if int(file.name.split("-")[1]) > done:
                    file.unlink()
        self._ranks.wait()

    def table(self, corpus: Corpus) -> pa.Table:
        """All parts by uid, every pair of the corpus among them, seen or not.

        Returns:
            uid; seen: showings; first, last: steps of these; of each task its mean loss over the
            pair's showings with its own picture; and as lists with an entry a showing: steps,
            matched, and of each task its losses.
        """
        parts = [tables.read(file) for file in sorted(self._folder.glob("to-*.parquet"))]
        order = [(name, "ascending") for name in _PLACE]
        noted = tables.concat(parts, self._schema).sort_by(order)
        listed = ("step", "matched", *self._tasks)
        grouped = noted.group_by("uid", use_threads=False).aggregate(
            [("step", "count"), ("step", "min"), ("step", "max")]
            + [(task, "mean") for task in self._tasks]
            + [(name, "list") for name in listed]
        )
        uids = pa.array(corpus.uids)
        found = grouped.take(pc.index_in(uids, value_set=grouped.column("uid").combine_chunks()))
        columns = {
            "uid": uids,
            "seen": pc.fill_null(found.column("step_count"), 0).cast(pa.int32()),
            "first": found.column("step_min"),
            "last": found.column("step_max"),
            **{task: found.column(f"{task}_mean").cast(pa.float32()) for task in self._tasks},
            "steps": found.column("step_list"),
            "matched": found.column("matched_list"),
            **{f"{task}_losses": found.column(f"{task}_list") for task in self._tasks},
        }
        return pa.table(columns)


def _means(sums: Tensor | None, matched: np.ndarray, size: int) -> pa.Array:
    """Mean losses of the matched places, `(size,)`; null elsewhere and where nothing was asked."""
    means, known = np.zeros(size, np.float32), np.zeros(size, bool)
    if sums is not None:
        loss, number = sums.cpu().numpy().T
        known[: len(matched)] = matched & (number > 0)
        means[: len(matched)] = loss / np.maximum(number, 1)
    return pa.array(means, mask=~known)
