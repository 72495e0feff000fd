"""Composed pictures all of whose objects are known in, questions about what they show, out.

A picture that is drawn before another picture is none of these: who knows what that one shows. Two
things are asked where they stand to each other, and whether one stands where it does (yes) or on
the opposite side (no), with equal chance; things that a caption counts, how many there are; a thing
of which its caption tells a colour, which.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from align import facts
from align.negatives.form import draw
from align.negatives.words import Words
from align.questions import asking
from align.questions.asking import NUMBERS, PLACES, Question
from align.questions.captions import COLOUR
from curate.dataset import languages, tables, truth
from curate.dataset.questions import NO, YES
from curate.dataset.truth import ATTRIBUTE, RELATION, Fact

OPPOSITE = {
    "left of": "right of", "right of": "left of", "above": "below", "below": "above",
    "in front of": "behind", "behind": "in front of",
}  # fmt: skip
_SCENE = "scene"


class Scene(NamedTuple):
    """A picture whose objects are known, all of them.

    Attributes:
        image: its name.
        uid: of the first of its English pairs.
        names: of its objects, in the order of drawing.
        relations: (object, relation, object), by number.
        plurals: name -> its plural, with what stands before it in a caption: red apples.
        facts: uid of each English pair -> what its caption states.
    """

    image: str
    uid: str
    names: tuple[str, ...]
    relations: Sequence[tuple[int, str, int]]
    plurals: Mapping[str, str]
    facts: Mapping[str, frozenset[Fact]]

    def question(self, text: str, answer: str, kind: str, how: str = _SCENE) -> Question:
        """A question about the picture."""
        return Question(self.image, text, answer, kind, how, self.uid)


class Known(NamedTuple):
    """What is known of made pairs.

    Attributes:
        scenes: those that are kept, by image.
        facts: uid -> what its caption states, of all, kept or not.
        twins: rows of `truth.COUNTERFACTUALS`, of both pairs each.
    """

    scenes: dict[str, Scene]
    facts: Mapping[str, frozenset[Fact]]
    twins: Sequence[Mapping[str, Any]]


def read(sets: Path, pairs: pa.Table) -> Known:
    """What is known of pairs, given their sets; nothing is of a crawled pool.

    Args:
        sets: a set, or a folder of sets.
        pairs: those that are kept, schema `sets.LOCATED`.
    """
    objects = _grouped(truth.of_sets([sets], "objects", truth.OBJECTS), "image")
    relations = _grouped(truth.of_sets([sets], "relations", truth.RELATIONS), "image")
    mentions = _grouped(truth.of_sets([sets], "mentions", truth.MENTIONS), "uid")
    stated = {
        uid: facts.named(Fact(*(row[name] for name in Fact._fields)) for row in rows)
        for uid, rows in _grouped(truth.of_sets([sets], "facts", truth.FACTS), "uid").items()
    }
    told: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    known = tables.rows_with(pairs, "image", list(objects))
    known = known.filter(languages.english(known.column("lang")))
    for pair in known.select(["uid", "image", "caption", "recipe"]).to_pylist():
        if _alone(pair["recipe"]):
            told[pair["image"]].append(pair)
    scenes = {}
    for image, own in sorted(told.items()):
        names = tuple(row["name"] for row in objects[image])
        scenes[image] = Scene(
            image,
            min(pair["uid"] for pair in own),
            names,
            [(r["source"], r["relation"], r["target"]) for r in relations.get(image, ())],
            {k: v for pair in own for k, v in _plurals(pair, mentions, names)},
            {pair["uid"]: stated.get(pair["uid"], frozenset()) for pair in own},
        )
    twins = truth.twins([sets]).to_pylist()
    return Known(scenes, stated, twins)


def ask(scene: Scene, words: Words) -> Iterator[Question]:
    """What a picture shows, asked."""
    for name, plural in sorted(scene.plurals.items()):
        number = str(scene.names.count(name))
        yield scene.question(asking.how_many(plural), NUMBERS[number], "number")
    forms = {form: member for member, own in words.groups[COLOUR].items() for form in own}
    stated = frozenset().union(*scene.facts.values())
    for name in sorted(set(scene.names)):
        own = {f.value for f in stated if f.kind == ATTRIBUTE and f.subject == name}
        colours = {forms[value] for value in own if value in forms}
        if len(colours) == 1 and scene.names.count(name) == 1:
            yield scene.question(asking.what_colour(name), colours.pop(), "colour")
    if len(scene.names) == 2 and len(set(scene.names)) == 2:
        yield from _placed(scene)


def _placed(scene: Scene) -> Iterator[Question]:
    """Where two things stand to each other."""
    known = sorted((r for r in scene.relations if r[1] in PLACES), key=lambda r: (r[1], r))
    if not known:
        return
    source, relation, target = known[int(draw(scene.image, "place") * len(known))]
    one, other = scene.names[source], scene.names[target]
    yield scene.question(asking.what_is(relation, other), one, "place")
    if relation in OPPOSITE:
        true = draw(scene.image, RELATION) < 0.5
        asked = relation if true else OPPOSITE[relation]
        yield scene.question(asking.is_placed(one, asked, other), YES if true else NO, RELATION)


def _plurals(
    pair: Mapping[str, Any], mentions: Mapping[str, Sequence[Any]], names: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Names of what a caption counts, with the plural that it says: lemon, `green lemons`."""
    spans: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for row in mentions.get(pair["uid"], ()):
        spans[row["start"], row["end"]].append(row["object"])
    for (start, end), those in spans.items():
        number, _, plural = pair["caption"][start:end].partition(" ")
        name = names[those[0]]
        if plural and NUMBERS.get(str(len(those))) == number and names.count(name) == len(those):
            yield name, plural


def _alone(recipe: str | None) -> bool:
    """Whether a picture is drawn on a plain ground, so that nothing else is in it."""
    ground = json.loads(recipe or "{}").get("ground")
    return isinstance(ground, list)


def _grouped(table: pa.Table, column: str) -> dict[str, list[dict[str, Any]]]:
    """Rows of a table by a column, in their order."""
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in table.to_pylist():
        found[row[column]].append(row)
    return dict(found)
