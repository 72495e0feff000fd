"""Pictures and what may be said of them anew in, the captions that are told out.

What every method of text shares: which of several proposals is taken follows from the picture's
name alone, what a picture has already is not told again, and the facts of each English caption
are written beside it.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from augment import facts
from augment.made import Batch, MadeCaption, Told, unit_interval
from curate.dataset import record, truth
from curate.dataset.truth import Fact

Row = dict[str, Any]
TABLES = {"facts": truth.FACTS}
NOTHING = "nothing to tell"  # the reason of a pair of which nothing else is known


class Proposal(NamedTuple):
    """A caption that may be told of a pair's picture."""

    kind: str  # by which it is drawn and counted
    caption: str
    lang: str
    recipe: dict[str, Any]
    facts: Sequence[Fact] = ()  # what it states, where that is known
    others: Sequence[str] = ()  # uids of further parents
    licence: str | None = None  # of the pair, where it is not its parent's


Propose = Callable[[Row], Iterable[Proposal]]


def pictures(rows: pa.Table) -> Iterator[list[Row]]:
    """The pairs of each picture, in an order that follows from names alone."""
    ordered = sorted(rows.to_pylist(), key=lambda row: (row["image"], row["uid"]))
    for _, pairs in itertools.groupby(ordered, key=lambda row: row["image"]):
        yield list(pairs)


def tell(
    method: str,
    pairs: Sequence[Row],
    propose: Propose,
    per_image: int,
    weights: Mapping[str, float],
    batch: Batch,
    why: Mapping[str, tuple[str, str]] | None = None,
) -> None:
    """Add new captions of one picture to a batch.

    Args:
        method: its name.
        pairs: all of the picture's.
        propose: what may be told of a pair.
        per_image: the most that are told.
        weights: kind of proposal -> how much likelier it is drawn than one of weight 1.
        batch: takes the captions, their facts, and the pairs that nothing could be told of.
        why: uid -> reason and detail where it is known why not.
    """
    said = {(pair["lang"], _plain(pair["caption"])) for pair in pairs}
    found: list[tuple[float, Row, Proposal]] = []
    for pair in pairs:
        new = [p for p in propose(pair) if (p.lang, _plain(p.caption)) not in said]
        if not new:
            batch.rejected.append((pair["uid"], *(why or {}).get(pair["uid"], (NOTHING, ""))))
        for proposal in new:
            draw = unit_interval(method, pair["image"], proposal.kind, proposal.caption)
            # the largest of u^(1/w): a draw by weights (Efraimidis and Spirakis, 2006)
            found.append((draw ** (1 / weights[proposal.kind]), pair, proposal))
    captions: list[MadeCaption] = []
    for _, pair, proposal in sorted(found, key=lambda f: (-f[0], f[2].caption)):
        place = (proposal.lang, _plain(proposal.caption))
        if place in said or len(captions) == per_image:
            continue
        said.add(place)
        batch.counts["kinds", proposal.kind] += 1
        captions.append(_caption(method, pair, proposal))
        uid = record.pair_uid(pair["image"], proposal.lang, proposal.caption)
        batch.rows.setdefault("facts", []).extend(facts.rows(uid, proposal.facts))
    if captions:
        batch.told.append(Told(pairs[0]["image"], captions))


def _caption(method: str, pair: Row, proposal: Proposal) -> MadeCaption:
    recipe = {"method": method, "kind": proposal.kind, **proposal.recipe}
    return MadeCaption(
        pair["uid"],
        proposal.caption,
        proposal.lang,
        recipe,
        proposal.others,
        proposal.licence,
    )


def _plain(caption: str) -> str:
    """A caption without what makes no other of it."""
    return " ".join(caption.casefold().rstrip(" .!").split())
