"""A snapshot's composed pictures in; what each shows and is told by, and its split, out.

Composed are the pictures of those made sets beside whose pairs the objects, relations, mentions and
facts are known (`curate.dataset.truth`). One drawn before another picture is none: who knows what
that one shows. All are of the snapshot's training split, so what a model is tested with is carved
out: by the pictures that they were made from, of which none may be in two splits. A model that was
pretrained on the snapshot has seen them all, with their captions.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import languages, parents, record, tables, truth
from curate.dataset.errors import SourceError
from curate.dataset.shards import ShardReader
from train.tasks import carving
from train.tasks.formats import Box, FormatParams

_KNOWN = ("objects", "relations", "mentions", "facts")  # tables beside a composed set
_WORDS = {"to the left of": "left of", "to the right of": "right of", "above": "above",
          "below": "below"}  # fmt: skip
"""What stands between two phrases -> the relation."""
OPPOSITE = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}


@dataclass(frozen=True)
class Stored:
    """A picture in a set's tar."""

    set: str
    shard: str
    offset: int
    size: int

    def read_bytes(self) -> bytes:
        """Its encoded bytes."""
        with ShardReader(self.set) as reader:
            return reader.read(self.shard, self.offset, self.size)


class Phrase(NamedTuple):
    """What a caption names, and the numbers of the objects that it means."""

    text: str
    start: int
    end: int
    objects: tuple[int, ...]


class Caption(NamedTuple):
    """An English caption of a composed picture."""

    uid: str
    image: str
    text: str
    phrases: tuple[Phrase, ...]  # in their order

    def relation(self) -> str | None:
        """The relation of the first of two single things to the second, if it tells one."""
        if [len(phrase.objects) for phrase in self.phrases] != [1, 1]:
            return None
        first, second = self.phrases
        return _WORDS.get(self.text[first.end : second.start].strip())


class Scene(NamedTuple):
    """A composed picture all of whose objects are known.

    Attributes:
        image: its name.
        picture: where it lies.
        split: of the task.
        names: of its objects, in the order of drawing.
        boxes: theirs.
        relations: (object, relation, object), by number.
        captions: English ones, by uid.
    """

    image: str
    picture: Stored
    split: str
    names: tuple[str, ...]
    boxes: tuple[Box, ...]
    relations: frozenset[tuple[int, str, int]]
    captions: tuple[Caption, ...]

    def placed(self) -> Caption | None:
        """A caption of how its two things, of two names, plainly stand; None: it has none."""
        if len(self.names) != 2 or len({name.split()[-1] for name in self.names}) != 2:
            return None
        for caption in self.captions:
            relation = caption.relation()
            ends = [phrase.objects[0] for phrase in caption.phrases]
            if relation and (ends[0], relation, ends[1]) in self.relations:
                return caption
        return None


class Twins(NamedTuple):
    """Captions of two scenes that differ in one fact: either is false of the other's scene."""

    kind: str  # object, attribute, relation or count
    one: Caption
    other: Caption


class Known(NamedTuple):
    """All composed pictures of a snapshot by name, and which captions differ in one fact."""

    scenes: dict[str, Scene]
    twins: list[Twins]


def read(snapshot: Path, params: FormatParams) -> Known:
    """The composed pictures of a snapshot.

    Args:
        snapshot: its folder.
        params: the shares of what is carved out.

    Raises:
        DataError: there is no snapshot, or a table of another form.
        SourceError: it has no composed pictures.
    """
    manifest = tables.read(snapshot / record.MANIFEST_FILE)
    roots = [Path(name) for name in sorted(pc.unique(manifest.column("set")).to_pylist())]
    roots = [root for root in roots if all((root / f"{one}.parquet").is_file() for one in _KNOWN)]
    made = tables.rows_with(manifest, "set", [root.as_posix() for root in roots])
    english = made.filter(languages.english(made.column("lang")))
    pairs = [row for row in english.to_pylist() if _alone(row["recipe"])]
    if not pairs:
        raise SourceError(
            f"{snapshot} has no composed pictures; have some made (`make.compose` and "
            "`make.counterfactual` of the params) and the snapshot frozen again"
        )
    image_of = {pair["uid"]: pair["image"] for pair in pairs}
    twins = [
        row
        for row in truth.twins(roots).to_pylist()
        if row["uid"] < row["other"] and {row["uid"], row["other"]} <= image_of.keys()
    ]
    together = [{image_of[row["uid"]], image_of[row["other"]]} for row in twins]
    together += _back(pairs, manifest, snapshot)
    known = _scenes(pairs, roots, _splits(sorted({*image_of.values()}), together, params))
    captions = {one.uid: one for scene in known.values() for one in scene.captions}
    told_apart = [Twins(r["kind"], captions[r["uid"]], captions[r["other"]]) for r in twins]
    return Known(known, told_apart)


def _alone(recipe: str | None) -> bool:
    """Whether a picture is drawn on a plain ground, so that nothing else is in it."""
    return isinstance(json.loads(recipe or "{}").get("ground"), list)


def _back(pairs: Iterable[Mapping[str, Any]], manifest: pa.Table, snapshot: Path) -> list[set[str]]:
    """Each pair's picture with all that it goes back to."""
    columns = (manifest.column(name).to_pylist() for name in ("uid", "image"))
    image_of = dict(zip(*columns, strict=True))
    of = parents.by_pair(parents.of_snapshot(snapshot))
    return [
        {pair["image"], *(image_of.get(uid, uid) for uid in parents.line(pair["uid"], of))}
        for pair in pairs
    ]


def _splits(
    images: list[str], together: Iterable[set[str]], params: FormatParams
) -> dict[str, str]:
    """Image -> its split; pictures that are joined by what must stay together are in one."""
    joined: defaultdict[str, set[str]] = defaultdict(set)
    for names in together:
        for image in names:
            joined[image] |= names
    groups = carving.joined([sorted(joined[image]) for image in images])
    shares = {"validation": params.validation, "test": params.test}
    return dict(zip(images, carving.drawn(groups, shares), strict=True))


def _scenes(
    pairs: Iterable[Mapping[str, Any]], roots: list[Path], splits: Mapping[str, str]
) -> dict[str, Scene]:
    """Scenes by image."""
    objects = _grouped(truth.of_sets(roots, "objects", truth.OBJECTS), "image")
    relations = _grouped(truth.of_sets(roots, "relations", truth.RELATIONS), "image")
    mentions = _grouped(truth.of_sets(roots, "mentions", truth.MENTIONS), "uid")
    told: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for pair in pairs:
        told[pair["image"]].append(pair)
    found = {}
    for image in sorted(told):
        first = told[image][0]
        shown = sorted(objects.get(image, ()), key=lambda row: row["object"])
        found[image] = Scene(
            image,
            Stored(first["set"], first["shard"], first["offset"], first["size"]),
            splits[image],
            tuple(row["name"] for row in shown),
            tuple((row["x1"], row["y1"], row["x2"], row["y2"]) for row in shown),
            frozenset(
                (row["source"], row["relation"], row["target"]) for row in relations.get(image, ())
            ),
            tuple(
                Caption(pair["uid"], image, pair["caption"], _phrases(pair, mentions))
                for pair in sorted(told[image], key=lambda pair: pair["uid"])
            ),
        )
    return found


def _phrases(
    pair: Mapping[str, Any], mentions: Mapping[str, list[dict[str, Any]]]
) -> tuple[Phrase, ...]:
    spans: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for row in mentions.get(pair["uid"], ()):
        spans[row["start"], row["end"]].append(row["object"])
    return tuple(
        Phrase(pair["caption"][start:end], start, end, tuple(sorted(numbers)))
        for (start, end), numbers in sorted(spans.items())
    )


def _grouped(table: pa.Table, column: str) -> dict[str, list[dict[str, Any]]]:
    """Rows of a table by a column."""
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in table.to_pylist():
        found[row[column]].append(row)
    return dict(found)


def told(scene: Scene) -> Iterator[tuple[dict[str, str], str]]:
    """How a picture's two things could stand, in words by relation, and the one that holds.

    In either order of the things, and nothing of a picture of other things. Since two that plainly
    stand beside each other face each other, as two above each other do, no other relation holds.
    """
    if (caption := scene.placed()) is None:
        return
    relation = caption.relation() or ""
    for (first, second), holds in (
        (caption.phrases, relation),
        (caption.phrases[::-1], OPPOSITE[relation]),
    ):
        yield {name: f"{first.text} {words} {second.text}" for words, name in _WORDS.items()}, holds
