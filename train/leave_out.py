"""Groups of training pairs in; what a model reaches that does without one of them out.

The truth about a group's influence is the model that never saw it (Koh and Liang, 2017). It is
trained as all others by `train.compare_data`, on the same snapshot without the group's pairs, for
as many steps of as many pairs: what takes their place are further showings of the others. That
alone changes something, so the control does without as many pairs by lot, drawn for each seed anew.
Runs of one seed are paired. Of the model its ledger stays, which tells what it saw.
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import begun, record, tables
from curate.dataset.errors import EmptySetError, ParamsError
from curate.stage.run import run
from curate.stage.whole import replacing
from train import compare_data, draws
from train.compare_data import CompareDataParams

GROUP, LOT = "group", "lot"
COLUMNS = ["group", "uid"]  # of a table of groups


def main(
    group: str,
    drop: str,
    seed: int,
    condition: str,
    groups: Path,
    snapshots: Path,
    truth: Path,
    labels: Path,
    filter_network: Path,
    out: Path,
    log: Path,
    params: CompareDataParams,
    labels_made: Path | None = None,
    made: Path | None = None,
    split: Path | None = None,
) -> dict[str, Any]:
    """Train and measure a model without some pairs.

    Args:
        group: name of the group.
        drop: `group`: its pairs are left out; `lot`: as many by lot.
        seed: of the run.
        condition: whose snapshot the pairs are left out of.
        groups: table of `group` and `uid`.
        snapshots: as of `train.compare_data`, and so what follows.
        truth: table of what was planted.
        labels: folder of the planted pool's labels.
        filter_network: as of `train.pretrain`.
        out: folder of the ledger.
        log: folder of the curves.
        params: section `compare_data`.
        labels_made: folder of the labels of made pairs.
        made: folder of the made sets.
        split: table of splits.

    Returns:
        What `train.compare_data` tells, with `group`, `drop` and the pairs `left_out`.

    Raises:
        ParamsError: there is no such group, or another word for what is left out.
        EmptySetError: no training pair of the snapshot is in the group.
    """
    snapshot = snapshots / compare_data.data(condition, params)
    manifest = tables.read(snapshot / record.MANIFEST_FILE)
    learnt = tables.rows_with(manifest, "split", ["train"]).column("uid").to_pylist()
    chosen = left_out(group, drop, members(groups, group), learnt, seed)
    with TemporaryDirectory() as scratch, replacing(out) as new:
        less, model = Path(scratch) / snapshot.name, Path(scratch) / "model"
        shutil.copytree(snapshot, less)
        stays = pc.invert(pc.is_in(manifest.column("uid"), value_set=pa.array(chosen, pa.string())))
        rows = manifest.filter(stays)
        tables.write(rows, less / record.MANIFEST_FILE, "uid", record.MANIFEST)
        places = (Path(scratch), truth, labels, filter_network, model, log)
        found = compare_data.main(condition, seed, *places, params, labels_made, made, split)
        shutil.copyfile(model / begun.LEDGER, new / begun.LEDGER)
    return {**found, "group": group, "drop": drop, "left_out": len(chosen)}


def members(groups: Path, group: str) -> set[str]:
    """The uids of a group's pairs.

    Raises:
        ParamsError: there is no such group.
    """
    rows = tables.read(groups, COLUMNS)
    own = tables.rows_with(rows, "group", [group]).column("uid").to_pylist()
    if not own:
        known = sorted(set(rows.column("group").to_pylist()))
        raise ParamsError(
            f"influence.left_out: {groups} has no group {group!r} (known: {', '.join(known)})"
        )
    return set(own)


def left_out(group: str, drop: str, own: set[str], learnt: list[str], seed: int) -> list[str]:
    """Uids of the training pairs to do without: a group's own, or as many by lot.

    Raises:
        ParamsError: `drop` is neither.
        EmptySetError: none of `learnt` is of the group.
    """
    if drop not in (GROUP, LOT):
        raise ParamsError(f"--drop {drop}: it is {GROUP} or {LOT} that is left out")
    chosen = [uid for uid in learnt if uid in own]
    if not chosen:
        raise EmptySetError(f"none of the {len(learnt)} training pairs is of the group {group!r}")
    if drop == GROUP:
        return chosen
    lots = draws.uniform(draws.keys(learnt), 1, seed, "left out", group)[:, 0]
    return [learnt[row] for row in np.argsort(lots, kind="stable")[: len(chosen)]]


if __name__ == "__main__":
    run("train.leave_out", section="compare_data")
