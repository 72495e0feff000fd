"""Objects of scene graphs in; their WordNet senses, and all that these are kinds of, out.

An object is looked up with as many of its attributes before it as name a kind of it (`great
blue heron` is a heron, `old man` is none in WordNet's sense), then by its own lemma, then by the
last word of that. How the sense is chosen is said in `align.senses`. What WordNet lacks, and
attributes, are not linked.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from align import senses, texts
from align.labelers import Context
from align.scenegraph import OBJECT
from curate.dataset import tables, wordnet
from curate.dataset.errors import ParamsError
from curate.dataset.tables import Table
from curate.dataset.wordnet import NOUN, WordNet
from curate.stage.params import parameters

LINKS = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("node", pa.int32(), nullable=False),  # of the pair's scene graph
        pa.field("synset", pa.string(), nullable=False),  # part of speech and offset: n02084071
        pa.field("lemma", pa.string(), nullable=False),  # that was looked up
        pa.field("rank", pa.int32(), nullable=False),  # of the sense, 1: the lemma's commonest
        pa.field("method", pa.string(), nullable=False),  # see align.senses.Sense
    ]
)
SYNSETS = pa.schema(
    [
        pa.field("synset", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),  # dog.n.01
        pa.field("gloss", pa.string(), nullable=False),
        pa.field("lexfile", pa.string(), nullable=False),  # field of meaning: noun.animal
    ]
)
HYPERNYMS = pa.schema(
    [
        pa.field("synset", pa.string(), nullable=False),
        pa.field("hypernym", pa.string(), nullable=False),  # what it is a kind, or an instance, of
    ]
)
TABLES = {
    "links": Table(LINKS, ("uid", "node")),
    "synsets": Table(SYNSETS, ("synset",)),
    "hypernyms": Table(HYPERNYMS, ("synset", "hypernym")),
}


@parameters
class Params:
    """Where meanings come from."""

    wordnet: str = "wordnet-base"  # fetched package with WordNet's database files


class Mention(NamedTuple):
    """An object in its caption: all that its sense depends on."""

    caption: str
    lemma: str
    start: int
    end: int
    attributes: tuple[int, ...]  # where its attributes before it start, in order


class Found(NamedTuple):
    """What a mention was found to mean."""

    lemma: str
    sense: senses.Sense


def label(pairs: pa.Table, context: Context, params: Params) -> dict[str, pa.Table]:
    """Links of the scene graphs' objects to WordNet, and the part of WordNet above them.

    Raises:
        ParamsError: the scene labeler's tables were not given.
        SourceError: the WordNet package was not fetched.
    """
    if context.of is None:
        raise ParamsError("labeler knowledge needs --of (the scene labeler's tables of its pairs)")
    nodes = tables.read(context.of / "nodes.parquet")
    owners = list(_mentions(pairs, nodes))
    mentions = sorted({mention for _, _, mention in owners})
    folder = wordnet.folder_of(context.packages, params.wordnet).resolve()
    found = texts.each(link_all, mentions, folder, label="word senses", unit="nouns")
    meant = {mention: f for mention, f in zip(mentions, found, strict=True) if f is not None}
    links = [
        (uid, node, f.sense.synset, f.lemma, f.sense.rank, f.sense.method)
        for uid, node, mention in owners
        if (f := meant.get(mention)) is not None
    ]
    database = wordnet.open_folder(folder)
    above = _closure(database, {f.sense.synset for f in meant.values()})
    return {
        "links": _table(links, LINKS),
        "synsets": _table([(s.id, s.name, s.gloss, s.lexfile) for s in above], SYNSETS),
        "hypernyms": _table([(s.id, h) for s in above for h in s.hypernyms], HYPERNYMS),
    }


def figures(pairs: pa.Table, tables: dict[str, pa.Table]) -> dict[str, Any]:
    """How many meanings were found, how, and for which share of the pairs."""
    links = tables["links"]
    counts = pc.value_counts(links.column("method")).to_pylist()
    linked = pc.count_distinct(links.column("uid")).as_py()
    return {
        "share_of_pairs_with_link": linked / pairs.num_rows if pairs.num_rows else None,
        "distinct_meanings": pc.count_distinct(links.column("synset")).as_py(),
        "links_by_method": {c["values"]: c["counts"] for c in sorted(counts, key=str)},
    }


def link_all(mentions: Sequence[Mention], folder: Path) -> list[Found | None]:
    """Meanings of some mentions, by the WordNet files of a folder."""
    database = wordnet.open_folder(folder)
    return [link(mention, database) for mention in mentions]


def link(mention: Mention, database: WordNet) -> Found | None:
    """Meaning of an object in its caption; None where WordNet holds no word for it."""
    caption, _, start, end, _ = mention
    head = mention.lemma.split()[-1] if mention.lemma.strip() else ""
    for first in mention.attributes:
        for lemma in database.base_forms(" ".join(caption[first:end].split()), NOUN):
            sense = senses.choose(database, lemma, caption, first, end)
            if sense and _is_kind_of(database, sense.synset, head):
                return Found(lemma, sense)
    for lemma in dict.fromkeys((mention.lemma, head)):
        if sense := senses.choose(database, lemma, caption, start, end):
            return Found(lemma, sense)
    return None


def _is_kind_of(database: WordNet, synset: str, lemma: str) -> bool:
    return not set(database.ancestors(synset)).isdisjoint(database.senses(lemma, NOUN))


def _mentions(pairs: pa.Table, nodes: pa.Table) -> Iterator[tuple[str, int, Mention]]:
    """Every object of the pairs' scene graphs: uid, node, mention."""
    captions = dict(
        zip(pairs.column("uid").to_pylist(), pairs.column("caption").to_pylist(), strict=True)
    )
    rows = [row for row in nodes.to_pylist() if row["uid"] in captions]
    attributes: dict[tuple[str, int], list[int]] = {}
    for row in rows:
        if row["kind"] != OBJECT:
            attributes.setdefault((row["uid"], row["parent"]), []).append(row["start"])
    for row in rows:
        if row["kind"] == OBJECT:
            own = attributes.get((row["uid"], row["node"]), [])
            before = tuple(sorted(start for start in own if start < row["start"]))
            place = (row["lemma"], row["start"], row["end"], before)
            yield row["uid"], row["node"], Mention(captions[row["uid"]], *place)


def _closure(database: WordNet, ids: set[str]) -> list[wordnet.Synset]:
    """The synsets of some ids and of all above them, sorted."""
    every = ids | {above for id_ in ids for above in database.ancestors(id_)}
    return [database.synset(id_) for id_ in sorted(every)]


def _table(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema)
