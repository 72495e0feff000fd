"""A snapshot and a uid in; a short proof that the pair is in it, or is not, out, and its check.

A proof is a JSON object that anyone can hold against the snapshot's id, without the snapshot:

    snapshot   the id
    uid        of the pair
    holds      whether the snapshot has it
    rows       how many pairs it has
    shards     Merkle root of its shards
    says       what the snapshot says of the code that made it: revision, dirty, fingerprint; its id
               does not prove that, nor does this
    leaves     rows of its manifest with their place and their path to the root: the pair's own;
               or, since rows are sorted by uid, the two between which it would stand
"""

import bisect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from curate import forgotten
from curate import snapshot as stage
from curate.dataset import merkle, record, tables
from curate.dataset.errors import DataError
from curate.export import document_of

_KEYS = ("snapshot", "uid", "holds", "rows", "shards", "leaves")


def prove(uid: str, snapshot: Path) -> dict[str, Any]:
    """Prove that a snapshot holds a pair, or that it does not.

    Raises:
        DataError: it is no uid; there is no snapshot, or it is not what its id says.
    """
    uid = forgotten.value("uid", uid)
    document = document_of(snapshot)
    rows = tables.read(snapshot / record.MANIFEST_FILE, record.MANIFEST.names)
    if stage.identity(rows, document["shards"]) != document["id"]:
        raise DataError(
            f"{snapshot} is damaged: its manifest and shards do not give its id "
            f"{document['id'][:16]}; `pairwright repair` mends it"
        )
    uids = rows.column("uid").to_pylist()
    place = bisect.bisect_left(uids, uid)
    holds = place < len(uids) and uids[place] == uid
    shown = [place] if holds else [at for at in (place - 1, place) if 0 <= at < len(uids)]
    leaves = [stage.leaf(row) for row in rows.to_pylist()]
    return {
        "snapshot": document["id"],
        "uid": uid,
        "holds": holds,
        "rows": len(uids),
        "shards": stage.shard_root(document["shards"]),
        "says": _made_by(snapshot),
        "leaves": [
            {"row": json.loads(leaves[at]), "index": at, "path": merkle.path(leaves, at)}
            for at in shown
        ],
    }


def check(proof: Mapping[str, Any], identity: str) -> None:
    """Hold a proof against the id of a snapshot.

    Raises:
        DataError: it does not prove what it says; says why.
    """
    if missing := [key for key in _KEYS if key not in proof]:
        raise DataError(f"this is no proof: it has no {', '.join(missing)}")
    if proof["snapshot"] != identity:
        raise DataError(f"the proof is about snapshot {proof['snapshot']}, not {identity}")
    uids, places = [], []
    for leaf in proof["leaves"]:
        row = dict(zip(record.MANIFEST.names, leaf["row"], strict=True))
        found = merkle.root_by(stage.leaf(row), leaf["index"], proof["rows"], leaf["path"])
        if found is None or stage.joined(found, proof["shards"]) != identity:
            raise DataError(f"the row of {row['uid']} does not lead to the id {identity}")
        uids.append(row["uid"])
        places.append(leaf["index"])
    if proof["holds"]:
        if uids != [proof["uid"]]:
            raise DataError(f"the proof shows no row of {proof['uid']}")
    elif not _between(proof["uid"], uids, places, proof["rows"]):
        raise DataError(f"the rows shown leave room for {proof['uid']} elsewhere")


def _made_by(snapshot: Path) -> dict[str, Any] | None:
    """Revision and fingerprint of what made a snapshot; None where it does not say."""
    file = snapshot / record.PROVENANCE_FILE
    said = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if not said.get("stage"):
        return None
    fingerprint = said["stages"][said["stage"]]["fingerprint"]
    return {"revision": said["revision"], "dirty": said["dirty"], "fingerprint": fingerprint}


def _between(uid: str, uids: list[str], places: list[int], rows: int) -> bool:
    """Whether rows are those between which a uid would stand, were it there."""
    if len(uids) == 2:
        return uids[0] < uid < uids[1] and places[1] == places[0] + 1
    if len(uids) == 1:
        first, last = places == [0] and uid < uids[0], places == [rows - 1] and uids[0] < uid
        return first or last
    return False
