"""The models of a project in; how often training showed them a pair, and how hard it was, out.

`models/<name>/ledger.parquet` (`train/ledger.py`) says which steps saw a pair, and its mean loss at
each task; `models/<name>/steps/step-<n>/` are states that the run kept, see `pretrain.<name>.keep`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.dataset import tables

LEDGER = "ledger.parquet"
MODELS = Path("models")
_STATES = "steps"


@dataclass(frozen=True)
class Learnt:
    """What a model's training saw of a pair."""

    model: str  # its folder
    seen: int  # showings, also of its caption or picture alone
    first: int | None = None  # step of the first of them
    last: int | None = None
    # of each task: mean loss, and the share of the pairs with a loss that have a smaller one
    losses: dict[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Clean:
    """How long a model's training had not seen some pairs."""

    model: str  # its folder
    until: int  # step before the one that saw the first of them
    state: Path | None  # folder of the last state that was kept until then


def of_pair(uid: str, models: Path = MODELS) -> list[Learnt]:
    """Each model with a ledger that names the pair."""
    return [found for file in _ledgers(models) for found in _of_pair(uid, file)]


def _of_pair(uid: str, file: Path) -> Iterator[Learnt]:
    names = pq.read_schema(file).names
    tasks = [name.removesuffix("_losses") for name in names if name.endswith("_losses")]
    table = tables.read(file, ["uid", "seen", "first", "last", *tasks])
    for row in table.filter(pc.equal(table.column("uid"), uid)).to_pylist():
        losses = {
            task: (row[task], _share_below(row[task], table.column(task)))
            for task in tasks
            if row[task] is not None
        }
        said = {name: row[name] for name in ("seen", "first", "last")}
        yield Learnt(file.parent.as_posix(), **said, losses=losses)


def _share_below(value: float, column: pa.ChunkedArray) -> float:
    known = column.drop_null().to_numpy()
    return float((known < np.float32(value)).mean())


def clean(uids: Iterable[str], models: Path = MODELS) -> dict[str, Clean]:
    """Of each model whose training saw any of the pairs: how long it had not, by its folder."""
    wanted, found = sorted(set(uids)), {}
    for file in _ledgers(models):
        rows = tables.rows_with(tables.read(file, ["uid", "first"]), "uid", wanted)
        first = pc.min(rows.column("first")).as_py()
        if first is not None:
            model = file.parent.as_posix()
            found[model] = Clean(model, first - 1, _state(file.parent, first - 1))
    return found


def _state(model: Path, until: int) -> Path | None:
    """The last state that was kept up to a step."""
    kept = {int(one.name.rpartition("-")[2]): one for one in model.glob(f"{_STATES}/step-*")}
    early = [step for step in kept if step <= until]
    return kept[max(early)] if early else None


def _ledgers(models: Path) -> list[Path]:
    return sorted(models.glob(f"*/{LEDGER}"))
