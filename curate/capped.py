"""A snapshot's rows in; the same with no more made pairs than a share, and those left out, out.

Made pairs are added to real ones and never take their place: models that are trained on what
models made degrade where real data is replaced and stay bounded where it accumulates (Gerstgrasser
et al., 2024, arXiv:2404.01413), and a weight on real data of about 0.62 was best where it was
varied (He et al., 2025, arXiv:2502.18049). So what goes above the share is made pairs alone: of
each method in proportion, drawn by a hash of the parent's uid, then of its own, whatever else is
made; so what was made of one pair, as two scenes that differ in one fact, stays or goes together.
"""

import hashlib
import itertools
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import record

REASON = "above max_made"
_TRAIN = "train"


class Capped(NamedTuple):
    """What a share leaves of a manifest's rows."""

    rows: pa.Table  # schema `record.MANIFEST`
    left_out: pa.Table  # schema `record.REJECTED`


def cap(rows: pa.Table, most: float) -> Capped:
    """Leave out made pairs until they are at most a share of the training pairs.

    Args:
        rows: schema `record.MANIFEST`; made pairs are for training.
        most: share of the training pairs that may be made, 0 to 1.
    """
    made = rows.filter(pc.is_valid(rows.column("parent"))).to_pylist()
    train = pc.sum(pc.equal(rows.column("split"), _TRAIN)).as_py() or 0
    allowed = _allowed(train - len(made), most)
    if allowed is None or len(made) <= allowed:
        return Capped(rows, pa.Table.from_pylist([], record.REJECTED))
    kept = _with_parents(_chosen(made, allowed), made)
    asked = f"{len(made) / train:.1%} of {train:,} training pairs were made; max_made = {most:g}"
    left_out = [
        {"source": row["source"], "item": row["uid"], "reason": REASON, "detail": asked}
        for row in made
        if row["uid"] not in kept
    ]
    gone = pa.array([row["item"] for row in left_out], pa.string())
    stay = rows.filter(pc.invert(pc.is_in(rows.column("uid"), value_set=gone)))
    return Capped(stay, pa.Table.from_pylist(left_out, record.REJECTED))


def _allowed(real: int, most: float) -> int | None:
    """How many made pairs may stand beside so many real ones; None: any number."""
    return None if most >= 1 else int(real * most / (1 - most))


def _chosen(made: list[dict[str, Any]], allowed: int) -> set[str]:
    """Uids of so many made pairs, of each method in proportion (largest remainders).

    What was made of one parent is taken whole or not at all, and where it has no room the next.
    """
    own = {row["uid"] for row in made}
    by_method: dict[str, list[tuple[bool, str, str, str]]] = defaultdict(list)
    for row in made:
        parent, uid = row["parent"], row["uid"]  # what was made of real pairs comes first
        by_method[row["source"]].append((parent in own, _draw(parent), _draw(uid), uid))
    exact = {name: allowed * len(drawn) / len(made) for name, drawn in by_method.items()}
    places = {name: int(number) for name, number in exact.items()}
    spare = sorted(exact, key=lambda name: (places[name] - exact[name], name))
    for name in spare[: allowed - sum(places.values())]:
        places[name] += 1
    return {
        uid
        for name, drawn in by_method.items()
        for uid in _whole_families(sorted(drawn), places[name])
    }


def _whole_families(drawn: Sequence[tuple[bool, str, str, str]], places: int) -> list[str]:
    """Uids of the first that have places, all or none of those with one parent."""
    found: list[str] = []
    for _, family in itertools.groupby(drawn, key=lambda row: row[:2]):
        uids = [uid for *_, uid in family]
        if len(found) + len(uids) <= places:
            found += uids
    return found


def _with_parents(chosen: set[str], made: list[dict[str, Any]]) -> set[str]:
    """Those of the chosen whose parents are real or chosen, and theirs in turn."""
    parent_of = {row["uid"]: row["parent"] for row in made}
    kept = set(chosen)
    while lost := {uid for uid in kept if parent_of[uid] in parent_of.keys() - kept}:
        kept -= lost
    return kept


def _draw(uid: str) -> str:
    """What pairs are drawn by: not the uid itself, by which samples of other stages are drawn."""
    return hashlib.sha256(f"max_made\x1f{uid}".encode()).hexdigest()
