"""The models of a project in; how often training showed them a pair, and how hard it was, out.

`models/<name>/ledger.parquet` (`train/ledger.py`) says which steps saw a pair, and its mean loss at
each task; `models/<name>/steps/step-<n>/` are states that the run kept, see `pretrain.<name>.keep`.
A model that began with another (`curate/dataset/begun.py`) had seen what that had.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import begun, tables
from curate.dataset.begun import LEDGER, STATES

MODELS = Path("models")


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
    until: int | None  # step before the one that saw the first of them; None: none did
    state: Path | None  # folder of the last state that was kept until then
    start: Literal["clean", "seen", "unknown"] = "clean"  # whether what it began with had seen any
    begun: str = ""  # the folder of that


def of_pair(uid: str, models: Path = MODELS) -> list[Learnt]:
    """Each model with a ledger that names the pair."""
    return [found for file in _ledgers(models) for found in _of_pair(uid, file)]


def _of_pair(uid: str, file: Path) -> Iterator[Learnt]:
    names = tables.schema(file).names
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
    """Of each model that may have seen any of the pairs: how long it had not, by its folder."""
    wanted, found = sorted(set(uids)), {}
    for file in _ledgers(models):
        first, start = _first(file, wanted), _start(file.parent, wanted)
        if first is not None or start[0] != "clean":
            until = None if first is None else first - 1
            state = None if until is None else _state(file.parent, until)
            model = file.parent.as_posix()
            found[model] = Clean(model, until, state, *start)
    return found


def _first(ledger: Path, wanted: Sequence[str]) -> int | None:
    """The first step that saw any of some pairs; None: none did."""
    rows = tables.rows_with(tables.read(ledger, ["uid", "first"]), "uid", wanted)
    first: int | None = pc.min(rows.column("first")).as_py()
    return first


def _start(
    model: Path, wanted: Sequence[str], known: frozenset[Path] = frozenset()
) -> tuple[Literal["clean", "seen", "unknown"], str]:
    """Whether what a model began with had seen any of some pairs, and its folder."""
    told = begun.of(model)
    if told is None:
        return "clean", ""
    if told.ledger is None or told.ledger in known:
        return "unknown", told.model.as_posix()
    first = _first(told.ledger, wanted)
    if first is not None and (told.until is None or first <= told.until):
        return "seen", told.model.as_posix()
    return _start(told.ledger.parent, wanted, known | {told.ledger})


def _state(model: Path, until: int) -> Path | None:
    """The last state that was kept up to a step."""
    kept = {int(one.name.rpartition("-")[2]): one for one in model.glob(f"{STATES}/step-*")}
    early = [step for step in kept if step <= until]
    return kept[max(early)] if early else None


def _ledgers(models: Path) -> list[Path]:
    return sorted(models.glob(f"*/{LEDGER}"))
