"""Things and how they stand in, captions with everything that they state out.

A scene has one or two parts: a thing, how often it is there, perhaps its size beside the other's,
and the relation between the parts. Its English caption is put together from the scene graphs of
the parents, so that its facts and the places of its phrases are known exactly. In other
languages, scenes of two single things are told by their parents' own captions, in a form that
needs neither case nor agreement ("links: ein Löwe, rechts: ein Igel").
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from augment import phrasing, wording
from augment.composing import Composed, relations
from augment.facts import ATTRIBUTE, COUNT, OBJECT, RELATION, Fact, rows
from augment.made import Batch, Made, MadeCaption
from augment.naming import Thing
from augment.phrasing import Placed
from curate.dataset import record, truth

TABLES = {
    "objects": truth.OBJECTS,
    "relations": truth.RELATIONS,
    "mentions": truth.MENTIONS,
    "facts": truth.FACTS,
}
LEMMAS = {"left": "to left of", "right": "to right of", "above": "above", "below": "under"}
"""Relation as it is said -> as a parser's lemma."""
NAMED = {"left": "left of", "right": "right of", "above": "above", "below": "below"}
"""Relation as it is said -> as the table of relations names it."""
OPPOSITE = {"left": "right", "right": "left", "above": "below", "below": "above"}
_TOLD = {"left": "left", "right": "left", "above": "above", "below": "above"}


class Part(NamedTuple):
    """A thing, how many of it there are, and what else is told of it.

    Attributes:
        thing: what it is.
        number: of it.
        size: small or large, beside the other thing.
        tone: of its skin; only of what is said last, so that nothing seems said of the tone.
    """

    thing: Thing
    number: int = 1
    size: str | None = None
    tone: str | None = None

    def phrase(self) -> str | None:
        """It in English, or None where its plural is not sure."""
        if self.number > 1:
            return wording.several(self.thing.name, self.number)
        name = f"{self.size} {self.thing.name}" if self.size else self.thing.name
        tone = f" with {self.tone} skin tone" if self.tone else ""
        return wording.one(name) + tone

    def facts(self) -> list[Fact]:
        """What the phrase states."""
        thing = self.thing
        said = [*([self.size] if self.size else []), *thing.attributes]
        found = [Fact(ATTRIBUTE, thing.lemma, word) for word in said]
        found.append(Fact(OBJECT, thing.lemma))
        if self.number > 1:
            found.append(Fact(COUNT, thing.lemma, str(self.number)))
        if self.tone:
            found += [
                Fact(ATTRIBUTE, "skin tone", self.tone),
                Fact(OBJECT, "skin tone"),
                Fact(RELATION, thing.lemma, "with", "skin tone"),
            ]
        return found


class Scene(NamedTuple):
    """Parts in the order in which they are said and drawn, and the first one's relation."""

    parts: tuple[Part, ...]
    relation: str | None = None  # left, right, above or below; None: only that they are there

    def owners(self) -> list[int]:
        """Number of the part that each object belongs to."""
        return [number for number, part in enumerate(self.parts) for _ in range(part.number)]

    def facts(self) -> list[Fact]:
        """Everything that the English caption states."""
        found = [fact for part in self.parts for fact in part.facts()]
        if self.relation:
            first, second = (part.thing.lemma for part in self.parts)
            found.append(Fact(RELATION, first, LEMMAS[self.relation], second))
        return found

    def english(self) -> tuple[str, list[tuple[int, int]]] | None:
        """The English caption and where in it each part's phrase stands; None: not sure how."""
        phrases = [part.phrase() for part in self.parts]
        first, second = (phrases[0], phrases[-1])
        if first is None or second is None:
            return None
        if len(phrases) == 1:
            return first, [(0, len(first))]
        placed = wording.related(first, second, self.relation or "and")
        return placed.text, [placed.a, placed.b]

    def others(self) -> dict[str, tuple[Placed, list[str], list[int]]]:
        """Language -> caption, uids of the pairs it is from, and parts in the order said."""
        single = len(self.parts) == 2 and all(part.number == 1 for part in self.parts)
        if self.relation is None or not single:
            return {}
        order = [0, 1] if self.relation in ("left", "above") else [1, 0]
        told = [self.parts[number].thing.told() for number in order]
        return {
            lang: (
                phrasing.place(told[0][lang][1], told[1][lang][1], _TOLD[self.relation], lang),
                [told[0][lang][0]["uid"], told[1][lang][0]["uid"]],
                order,
            )
            for lang in sorted(set(told[0]) & set(told[1]))
        }


def publish(
    scene: Scene, recipe: dict[str, Any], composed: Composed, data: bytes, batch: Batch
) -> dict[str, tuple[str, str]]:
    """Add a drawn scene to a batch: the picture, its captions, and all that is known of it.

    Args:
        scene: what is drawn; its English caption is sure.
        recipe: that made the picture, of the parts' pictures in their order.
        composed: the picture as it was drawn.
        data: the picture, encoded.
        batch: of the method.

    Returns:
        language -> uid and caption of the made pair.
    """
    image = record.image_name(data)
    owners = scene.owners()
    told = _captions(scene, recipe, owners)
    canvas = composed.picture
    captions = [caption for caption, _ in told]
    batch.made.append(Made(data, "jpg", canvas.width, canvas.height, captions))
    uids = {c.lang: record.pair_uid(image, c.lang, c.caption) for c in captions}
    mentions = [
        {"uid": uids[caption.lang], "start": start, "end": end, "object": number}
        for caption, spans in told
        for part, (start, end) in spans.items()
        for number, owner in enumerate(owners)
        if owner == part
    ]
    known: Mapping[str, list[dict[str, Any]]] = {
        "objects": _objects(scene, composed, image),
        "relations": [
            {"image": image, "source": source, "relation": relation, "target": target}
            for source, relation, target in relations(composed.boxes, max(canvas.size))
        ],
        "mentions": mentions,
        "facts": rows(uids[captions[0].lang], scene.facts()),
    }
    for name, found in known.items():
        batch.rows.setdefault(name, []).extend(found)
    return {caption.lang: (uids[caption.lang], caption.caption) for caption in captions}


def _captions(
    scene: Scene, recipe: dict[str, Any], owners: list[int]
) -> list[tuple[MadeCaption, dict[int, tuple[int, int]]]]:
    """The captions, English first, each with part -> where it is named."""
    english = scene.english()
    assert english is not None, owners
    text, spans = english
    pairs = [part.thing.pair for part in scene.parts]
    first = MadeCaption(
        pairs[0]["uid"], text, pairs[0]["lang"], recipe, tuple(p["uid"] for p in pairs[1:])
    )
    found = [(first, dict(enumerate(spans)))]
    for lang, (placed, uids, order) in scene.others().items():
        by_part = dict(zip(order, uids, strict=True))
        caption = MadeCaption(by_part[0], placed.text, lang, recipe, (by_part[1],))
        found.append((caption, dict(zip(order, (placed.a, placed.b), strict=True))))
    return found


def _objects(scene: Scene, composed: Composed, image: str) -> list[dict[str, Any]]:
    width, height = composed.picture.size
    found = []
    for number, owner in enumerate(scene.owners()):
        left, top, right, bottom = composed.boxes[number]
        thing = scene.parts[owner].thing
        found.append(
            {
                "image": image,
                "object": number,
                "name": thing.lemma,
                "x1": left / width,
                "y1": top / height,
                "x2": right / width,
                "y2": bottom / height,
                "visible": composed.visible[number],
                "parent": thing.pair["uid"],
            }
        )
    return found
