"""A graph and one of its concepts in; counts, relations, pictures and company of it and its kinds.

Where a concept is asked about, every kind of it is meant, too: a poodle is a dog.
"""

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from align.graphs import layout
from align.graphs.counts import one_each
from align.scenegraph import OBJECT
from curate.dataset import tables

if TYPE_CHECKING:
    from align.graph import SnapshotGraph

Row = dict[str, Any]


class Beside(NamedTuple):
    """A concept in the pictures of another."""

    concept: str
    name: str
    pictures: int  # of both
    lift: float  # times as many as there would be if neither had to do with the other


class Relation(NamedTuple):
    """What captions say of a concept's relation to others."""

    subject: str
    relation: str
    object: str
    phrases: int


class Picture(NamedTuple):
    """A picture of a concept, by the first of the captions that name it."""

    image: str
    caption: str  # uid
    text: str
    source: str
    split: str


@dataclasses.dataclass(frozen=True)
class About:
    """All about a concept; every list is sorted, what there is most of first."""

    concept: Row  # of `layout.CONCEPTS`
    senses: list[Row]  # others that its word may mean
    lineage: list[str]  # names of what it is a kind of, the nearest first
    kinds: list[tuple[str, int]]  # names of its kinds, and the pictures of each
    others: list[tuple[str, str, bool]]  # further edges: kind, name, whether it leads there
    words: list[tuple[str, int]]  # by which captions name it, and how many phrases do
    pictures: int
    captions: int
    depicted: int  # pictures that are known by their files to show it
    regions: int  # that show it
    languages: dict[str, int]  # of all captions of its pictures
    sources: dict[str, int]  # captions that name it
    splits: dict[str, int]
    numbers: dict[str, int]  # quantifiers of its phrases
    attributes: list[tuple[str, int]]
    attribute_of: list[tuple[str, int]]  # where it is an attribute itself
    relations: list[Relation]
    beside: list[Beside]
    shown: list[Picture]


def ask(graph: "SnapshotGraph", concept: Row, most: int) -> About:
    """All about a concept of a graph, at most so many entries in each list."""
    concepts = graph.concepts
    wanted = [concept["concept"], *concepts.below(concept["concept"])]
    mentions = graph.table("mentions", pc.field("concept").isin(wanted))
    phrases, uids, images = (
        mentions.column(name).unique() for name in ("phrase", "caption", "image")
    )
    captions = ["node", "text", "source", "split"]
    nodes = graph.table("nodes", _nodes(layout.CAPTION, uids), captions)
    said = graph.table("nodes", _nodes(layout.PHRASE, phrases), ["lemma", "quantifier"])
    word = concept["words"][0] if concept["words"] else concept["name"]
    lines = [concepts[name]["name"] for name in concepts.lineage(concept["concept"])]
    attributes, owners, relations = _relations(graph, phrases)
    shown = (pc.field("kind") == layout.SHOWN) & pc.field("source").isin(phrases)
    depicts = (pc.field("kind") == layout.DEPICTS) & pc.field("target").isin(wanted)
    return About(
        concept=concept,
        senses=[row for row in concepts.find(word) if row["concept"] != concept["concept"]],
        lineage=lines,
        kinds=[(k["name"], k["pictures_below"]) for k in concepts.kinds(concept["concept"])][:most],
        others=[(k, row["name"], o) for k, row, o in concepts.others(concept["concept"])][:most],
        words=_commonest(tables.counts(said.column("lemma")), most),
        pictures=len(images),
        captions=len(uids),
        depicted=graph.table("edges", depicts, ["target"]).num_rows,
        regions=graph.table("edges", shown, ["target"]).num_rows,
        languages=_languages(graph, images),
        sources=dict(_commonest(tables.counts(nodes.column("source")), most)),
        splits=dict(_commonest(tables.counts(nodes.column("split")), most)),
        numbers=dict(_commonest(tables.counts(said.column("quantifier").drop_null()), most)),
        attributes=attributes[:most],
        attribute_of=owners[:most],
        relations=relations[:most],
        beside=_beside(graph, mentions, {*wanted, *concepts.lineage(concept["concept"])}, most),
        shown=_pictures(mentions, nodes, most),
    )


def _languages(graph: "SnapshotGraph", images: pa.Array) -> dict[str, int]:
    """Captions of some pictures by language."""
    edges = (pc.field("kind") == layout.DESCRIBES) & pc.field("target").isin(images)
    uids = graph.table("edges", edges, ["source"]).column("source")
    nodes = graph.table("nodes", _nodes(layout.CAPTION, uids.unique()), ["lang"])
    return dict(_commonest(tables.counts(nodes.column("lang")), len(nodes)))


def _relations(
    graph: "SnapshotGraph", phrases: pa.Array
) -> tuple[list[tuple[str, int]], list[tuple[str, int]], list[Relation]]:
    """Attributes of some phrases, what they are attributes of, and their relations, by lemma."""
    kinds = (pc.field("kind") == layout.ATTRIBUTE) | (pc.field("kind") == layout.RELATION)
    ends = pc.field("source").isin(phrases) | pc.field("target").isin(phrases)
    rows = graph.table("edges", kinds & ends).to_pylist()
    names = pa.array({row[end] for row in rows for end in ("source", "target")}, pa.string())
    nodes = graph.table("nodes", _nodes(layout.PHRASE, names), ["node", "lemma"])
    lemma = dict(zip(*(nodes.column(c).to_pylist() for c in ("node", "lemma")), strict=True))
    own = set(phrases.to_pylist())
    attributes, owners = Counter[str](), Counter[str]()
    relations = Counter[tuple[str, str, str]]()
    for row in rows:
        source, target = lemma[row["source"]], lemma[row["target"]]
        if row["kind"] == layout.RELATION:
            relations[source, row["label"], target] += 1
            continue
        if row["source"] in own:
            attributes[target] += 1
        if row["target"] in own:
            owners[source] += 1
    counted = [(*said, number) for said, number in _commonest(relations, len(relations))]
    return (
        _commonest(attributes, len(attributes)),
        _commonest(owners, len(owners)),
        [Relation._make(row) for row in counted],
    )


def _beside(graph: "SnapshotGraph", mentions: pa.Table, own: set[str], most: int) -> list[Beside]:
    """Objects that captions of its pictures name besides: those by which most pictures do.

    What the same phrase means, too (a country that WordNet and another graph know), is no company.
    """
    images = mentions.column("image").unique()
    thing = pc.field("role") == OBJECT
    others = graph.table(
        "mentions", thing & pc.field("image").isin(images), ["concept", "image", "phrase"]
    )
    same = pc.is_in(others["phrase"], value_set=mentions["phrase"].unique())
    others = one_each(others.filter(pc.invert(same)))
    counted = others.group_by("concept").aggregate([("image", "count_distinct")]).to_pylist()
    whole = graph.pictures
    found = []
    for row in counted:
        concept, both = graph.concepts[row["concept"]], row["image_count_distinct"]
        if row["concept"] not in own:
            lift = both * whole / (len(images) * concept["pictures"])
            found.append(Beside(row["concept"], concept["name"], both, round(lift, 2)))
    return sorted(found, key=lambda b: (-b.pictures, -b.lift, b.name, b.concept))[:most]


def _pictures(mentions: pa.Table, captions: pa.Table, most: int) -> list[Picture]:
    """The first pictures by name, which is a hash: the same ones every time."""
    rows = mentions.select(["image", "caption"]).group_by("image").aggregate([("caption", "min")])
    first = rows.sort_by("image").slice(0, most).to_pylist()
    asked = pa.array([row["caption_min"] for row in first], pa.string())
    named = captions.filter(pc.is_in(captions.column("node"), value_set=asked)).to_pylist()
    said = {row["node"]: row for row in named}
    return [
        Picture(row["image"], uid, said[uid]["text"], said[uid]["source"], said[uid]["split"])
        for row in first
        for uid in [row["caption_min"]]
    ]


def _nodes(kind: str, names: pa.Array) -> pc.Expression:
    """Some nodes of a kind: the tables are sorted by kind, so the others are not read."""
    return (pc.field("kind") == kind) & pc.field("node").isin(names)


def _commonest(counts: Counter[Any], most: int) -> list[tuple[Any, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]
