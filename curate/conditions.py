"""A planted pool and its scores in; what each way of choosing data keeps, and catches, out.

The conditions are those of DataComp's filtering track (Gadre et al., 2023): the same pool, and
training that is fixed, so that only the choice differs.

    raw         everything
    random      as many pairs as ours, by lot
    ours        the rules of section `filter`, and those that `conditions.add` names
    ours_made   the same, and the made pairs that are kept
    <preset>    a file of `presets/` whose scorers ran; what cannot run is told with the reason
    <other>     rules of `conditions.others`

Of each there is a folder with tables of decisions for the snapshot stage, whose reason is the first
rule that drops a pair. Only training pairs are chosen among: rules that compare pairs see no other,
and pairs of the other splits are in all.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from curate import caught, plant
from curate import filter as stage
from curate.columns import Rows
from curate.dataset import record, sets, tables
from curate.dataset.errors import PairwrightError, ParamsError
from curate.rules.counts import draws
from curate.stage import params as parameter_file
from curate.stage.params import build, parameters
from curate.stage.run import run
from curate.stage.whole import replacing

RAW, RANDOM, OURS, OURS_MADE = "raw", "random", "ours", "ours_made"


@parameters
class ConditionsParams:
    """What is chosen by beside the presets."""

    add: dict[str, dict[str, Any]]  # rules of ours beside those of `filter`, or in their place
    others: dict[str, dict[str, Any]]  # name of a condition -> its rules
    frozen: tuple[str, ...]  # conditions of which a snapshot is made: dvc.yaml's stages
    seed: int = 0  # of the lot


def main(
    planted: Path,
    scores: Path,
    made: Path,
    presets: Path,
    rules: Path,
    out: Path,
    params: ConditionsParams,
) -> dict[str, Any]:
    """Decide under every condition.

    Args:
        planted: folder of `curate.plant`.
        scores: folder of the planted pool's tables.
        made: table of decisions on made pairs.
        presets: folder of the presets.
        rules: params file whose section `filter` are our rules.
        out: folder of a folder for each condition.
        params: section `conditions`.

    Returns:
        `conditions`: of each the pairs kept by source and what `caught.figures` tells, of its rules
        too; `lacking`: why a preset cannot run.
    """
    pool = read(planted, scores)
    rows = pool.rows
    ours = parameter_file.load(rules, "filter")
    ours = {**ours, "rules": {**ours["rules"], **params.add}}
    others = {name: {"rules": one} for name, one in params.others.items()}
    asked, lacking = _asked({OURS: ours, **others}, presets, rows)
    size = int((~asked[OURS][1].any(axis=0)).sum())
    lot = np.argsort(draws(rows.pairs.column("uid").to_numpy(), params.seed), kind="stable")[:size]
    by_lot = np.ones((1, rows.pairs.num_rows), bool)
    by_lot[0, lot] = False
    asked = {
        RAW: ([], np.zeros((0, rows.pairs.num_rows), bool)),
        RANDOM: (["lot"], by_lot),
        **asked,
    }
    with replacing(out) as new:
        for name, one in asked.items():
            write(new / name, pool, *one)
        write(new / OURS_MADE, pool, *asked[OURS])
        (new / OURS_MADE / "made.parquet").write_bytes(made.read_bytes())
    return {
        "conditions": {name: told(*one, pool) for name, one in asked.items()},
        "lacking": lacking,
    }


class Pool(NamedTuple):
    """A planted pool, and what its training pairs are asked about.

    Attributes:
        pairs: all of them, N.
        train: which are for training, (N,) bool.
        rows: these alone, n, with their scores.
        kinds: the noise that each of these is, (n,) of `caught.kinds_of`.
    """

    pairs: pa.Table
    train: np.ndarray
    rows: Rows
    kinds: np.ndarray


def read(planted: Path, scores: Path) -> Pool:
    """A planted pool.

    Args:
        planted: folder of `curate.plant`.
        scores: folder of its tables of scores.
    """
    pairs = sets.located([planted / plant.POOL])
    train = trains(pairs, tables.read(planted / plant.SPLIT, ["image", "split"]))
    rows = Rows(pairs.filter(pa.array(train)), scores)
    truth = tables.read(planted / plant.TRUTH_FILE, ["uid", "noise"]).to_pydict()
    noise = dict(zip(truth["uid"], truth["noise"], strict=True))
    return Pool(pairs, train, rows, caught.kinds_of(rows.pairs.column("uid").to_numpy(), noise))


def trains(pairs: pa.Table, splits: pa.Table) -> np.ndarray:
    """Which pairs are of the training split, (N,) bool."""
    columns = splits.to_pydict()
    of = dict(zip(columns["image"], columns["split"], strict=True))
    return np.array([of[image] == "train" for image in pairs.column("image").to_pylist()])


Asked = tuple[list[str], np.ndarray]  # names of R rules, and (R, N) whether each fails a pair


def _asked(
    own: Mapping[str, Any], presets: Path, rows: Rows
) -> tuple[dict[str, Asked], dict[str, str]]:
    """What sections of rules, and presets, say of some pairs; and which cannot be asked, and why.

    Raises:
        ParamsError: rules that are no preset's cannot be asked, or are named as one.
    """
    files = {file.stem: file for file in sorted(presets.glob("*.yaml"))}
    if twice := sorted(own.keys() & files.keys()):
        raise ParamsError(f"conditions.others.{twice[0]}: a preset has that name; take another")
    found, lacking = {name: ask(section, rows) for name, section in own.items()}, {}
    for name, file in files.items():
        try:
            found[name] = ask(parameter_file.load(file, "filter"), rows)
        except PairwrightError as error:
            lacking[name] = str(error).partition(" (known: ")[0]
    return found, lacking


def ask(section: Any, rows: Rows) -> Asked:
    """What a section of rules, of the form of section `filter`, says of some pairs.

    Raises:
        ParamsError: a rule is none, or asks for something unknown.
    """
    asked = stage.rules_of(build(stage.FilterParams, section, "filter"))
    return list(asked), stage.ask(asked, rows).failed


def write(folder: Path, pool: Pool, names: list[str], failed: np.ndarray) -> None:
    """Write a table of decisions on all pairs, those that are not for training kept.

    Args:
        folder: of the table.
        pool: N pairs, n of them for training.
        names: of R rules.
        failed: which of them each of those fails, (R, n) bool.
    """
    drops = np.zeros((len(names), len(pool.train)), bool)
    drops[:, pool.train] = failed
    nothing = np.full(drops.shape, np.nan)
    answers = stage.Answers(drops, drops, nothing)
    table = stage.decide(pool.pairs.column("uid"), names, answers)
    tables.write(table, folder / "pool.parquet", "uid", record.DECISIONS)


def told(names: list[str], failed: np.ndarray, pool: Pool) -> dict[str, Any]:
    """What rules keep, and catch.

    Args:
        names: of R rules.
        failed: which of them each training pair fails, (R, n) bool.
        pool: those pairs'.

    Returns:
        `kept` pairs, by source too (`sources`), and what `caught.figures` tells, of each of `rules`
        too.
    """
    dropped = np.any(failed, axis=0)
    source = pool.rows.pairs.column("source").to_numpy()
    return {
        "kept": int((~dropped).sum()),
        "sources": {one: int((~dropped & (source == one)).sum()) for one in sorted(set(source))},
        **caught.figures(dropped, pool.kinds),
        "rules": {
            name: caught.figures(own, pool.kinds) for name, own in zip(names, failed, strict=True)
        },
    }


if __name__ == "__main__":
    run("curate.conditions", section="conditions")
