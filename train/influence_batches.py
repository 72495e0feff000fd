"""Groups of a corpus's pairs in; batches, a share of whose pairs is of one group or of all, out.

Batches are drawn as an epoch shows its pairs, by the weights of their languages, but not sorted by
length: a group's are to have the company of all pairs.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from curate.dataset import tables
from curate.dataset.errors import EmptySetError, ParamsError
from train import draws


class Drawn(NamedTuple):
    """Rows of batches.

    Attributes:
        usual: of batches of all pairs.
        groups: of each group as many; the n-th has the pairs of the n-th usual one, but for its
            first ones, which are of the group.
        share: of a group's batches that is of the group.
        too_few: groups that have not so many pairs that are ever shown.
    """

    usual: list[np.ndarray]
    groups: dict[str, list[np.ndarray]]
    share: float
    too_few: list[str]


def rows_of(groups: Path, uids: list[str]) -> dict[str, np.ndarray]:
    """The rows of each group's pairs, ascending, in a corpus of some uids.

    Args:
        groups: table of `group` and `uid`.
        uids: of the corpus.
    """
    place = {uid: row for row, uid in enumerate(uids)}
    found: dict[str, list[int]] = {}
    columns = tables.read(groups, ["group", "uid"]).to_pydict()
    for group, uid in zip(columns["group"], columns["uid"], strict=True):
        found.setdefault(group, []).extend([place[uid]] if uid in place else [])
    return {group: np.array(sorted(rows), np.int64) for group, rows in sorted(found.items())}


def draw(
    members: dict[str, np.ndarray],
    chance: np.ndarray,
    keys: np.ndarray,
    number: int,
    size: int,
    own: int,
    seed: int,
) -> Drawn:
    """Draw batches.

    A pair that an epoch shows more often is drawn before others as much more often, none twice
    (Efraimidis and Spirakis, 2006). Where the rest of a batch holds one of the group's pairs, the
    next by lot takes its place.

    Args:
        members: rows of each group.
        chance: passes over each row in an epoch, `(n,)`.
        keys: of the rows, for draws, `(n,)`.
        number: of batches.
        size: of a batch.
        own: pairs of a batch that are the group's.
        seed: of the draws.

    Raises:
        ParamsError: there are more of these than a batch has.
        EmptySetError: no group has so many, or all pairs are fewer than a batch.
    """
    if own > size:
        raise ParamsError(f"trace_influence.own is {own}, but a batch has {size} pairs")
    shown = np.flatnonzero(chance > 0)
    large = {
        group: some for group, rows in members.items() if len(some := rows[chance[rows] > 0]) >= own
    }
    if not large or len(shown) < size:
        most = max((len(rows) for rows in members.values()), default=0)
        raise EmptySetError(
            f"trace_influence.own is {own}, of batches of {size}: the largest group has {most} of "
            f"{len(shown)} pairs that are shown"
        )
    usual: list[np.ndarray] = []
    groups: dict[str, list[np.ndarray]] = {group: [] for group in large}
    for at in range(number):
        lots = draws.uniform(keys, 1, seed, "influence", at)[:, 0]
        lots[shown] = -np.log1p(-lots[shown]) / chance[shown]
        order = shown[np.argsort(lots[shown], kind="stable")]
        usual.append(order[:size])
        for group, rows in large.items():
            first = rows[np.argsort(lots[rows], kind="stable")][:own]
            rest = order[own:][~np.isin(order[own:], first)]
            groups[group].append(np.concatenate([first, rest[: size - own]]))
    return Drawn(usual, groups, own / size, sorted(members.keys() - large.keys()))
