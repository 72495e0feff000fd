"""Meanings that pictures show in; those that too few show, beside their kin, out.

What is enough is measured by kin: of the pictures that show usual kinds of animals, dogs should
have the share that texts give them (uses in WordNet's tagged texts; `curate.dataset.usual`).
Twelve dogs and no cat make the cat lacking. The kin of a meaning are the usual meanings below the
nearest one above it that several of them lie under.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from curate.dataset.usual import meant
from curate.dataset.wordnet import WordNet

_KIN = 5  # usual meanings, at least, by which one is measured
_NAMED = 4  # of kin that are shown, which are told


class Kin(NamedTuple):
    """A meaning beside another, and the pictures that show it or a kind of it."""

    name: str
    images: int


class Lacking(NamedTuple):
    """A meaning that too few pictures show."""

    synset: str
    name: str  # word that texts use most for it
    images: int  # that show it, or a kind of it
    expected: float  # by its share among its kin
    above: str  # name of what it and its kin are kinds of
    kin: tuple[Kin, ...]  # those that most pictures show


def shown(links: Iterable[tuple[str, str]], database: WordNet) -> dict[str, set[str]]:
    """Pictures that show each meaning or a kind of it.

    Args:
        links: image and id of a synset that it shows.
        database: WordNet.
    """
    own: defaultdict[str, set[str]] = defaultdict(set)
    for image, synset in links:
        own[synset].add(image)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for synset, images in own.items():
        for id_ in (synset, *database.ancestors(synset)):
            found[id_] |= images
    return dict(found)


def rank(
    images: Mapping[str, set[str]],
    database: WordNet,
    below: str | None = None,
    usual: int = 5,
    least: int = 10,
) -> list[Lacking]:
    """What is lacking, that with most pictures missing first.

    Args:
        images: what `shown` found.
        database: WordNet.
        below: id of a synset whose kinds are asked for; None: of all.
        usual: uses in WordNet's texts, from which on a meaning may be lacking.
        least: pictures that a group of kin must have, to measure by.
    """
    uses = {id_: told for id_, told in meant(database).items() if told[0] >= usual}
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for id_ in sorted(uses):
        for above in database.ancestors(id_):
            groups[above].append(id_)
    found = []
    for id_, (count, word) in sorted(uses.items()):
        ups = database.ancestors(id_)
        if below is not None and below not in ups:
            continue
        found_above = next((up for up in ups if len(groups[up]) >= _KIN and up in images), None)
        if found_above is None:
            continue
        above, kin = found_above, groups[found_above]
        measured = set().union(*(images.get(other, set()) for other in kin))
        if len(measured) < least:
            continue
        expected = len(measured) * count / sum(uses[other][0] for other in kin)
        have = len(images.get(id_, ()))
        if have < expected and round(expected) > have:
            most = sorted(
                (
                    Kin(uses[other][1], len(images[other]))
                    for other in kin
                    if other in images and other != id_
                ),
                key=lambda k: (-k.images, k.name),
            )
            name = database.synset(above).lemmas[0]
            found.append(Lacking(id_, word, have, round(expected, 1), name, tuple(most[:_NAMED])))
    return sorted(found, key=lambda entry: (entry.images - entry.expected, entry.name))
