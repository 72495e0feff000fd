"""Objects of scene graphs in; their meanings, and what is known of these, out.

Nouns are linked to WordNet's synsets, each in the sense that its caption, its picture, the place
where this was found and the topic of its source speak for (`align.senses`, `align.clues`), and to
the concepts of other graphs (`align.ontologies`: countries, emoji, a user's own); pictures to
what their files are named by. Of all these, tables tell the kinds above them, parts, antonyms and
whatever else relates them. Of co-hyponyms, the other kinds of what something is a kind of, there
is no table: `align.relatives.kin` gives them.

For training, facts are laid out as branches that hang on a caption's words (K-BERT; see
`curate.dataset.injection`), and each concept has a vector (`align.entity_vectors`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from align import clues, descriptions, entities, entity_vectors, linking, texts
from align.facts_of_concepts import Known, branches, gather
from align.labelers import Context
from align.labelers._knowledge_tables import (
    BRANCHES,
    CONCEPTS,
    DEPICTED,
    ENTITIES,
    HYPERNYMS,
    LINKS,
    RELATIONS,
    SYNSETS,
    TABLES,
    VECTORS,
)
from align.linking import Found, Mention
from align.rows import as_table
from curate.dataset import tables, wordnet
from curate.dataset.errors import ParamsError
from curate.dataset.wordnet import WordNet
from curate.stage.params import parameters

__all__ = ["HYPERNYMS", "LINKS", "SYNSETS", "TABLES", "Params", "figures", "label"]
_READ = ["uid", "image", "caption", "source", "url"]  # of the pairs
_NO_IMAGES = pa.schema([("image", pa.string()), ("vector", pa.list_(pa.float16()))]).empty_table()
_WHERE = "label_linked.knowledge.graphs"


@parameters
class Params:
    """Where meanings come from."""

    wordnet: str = "wordnet-base"  # fetched package with WordNet's database files
    pictures: str | None = None  # scorer whose embeddings say what pictures look like; null: none
    graphs: dict[str, dict[str, Any]] = field(
        default_factory=dict
    )  # name -> kind and parameters, see align.ontologies
    branches: int = 2  # facts that are told of a noun, at most


class _Owner(NamedTuple):
    """A node and its mention."""

    uid: str
    node: int
    mention: Mention
    own: bool  # whether the caption's own words


def label(pairs: pa.Table, context: Context, params: Params) -> dict[str, pa.Table]:
    """Links of nouns and pictures, and the part of the graphs of knowledge around them.

    Raises:
        ParamsError: the scene labeler's tables or the embeddings that are named were not given.
        SourceError: a package was not fetched.
        DataError: a graph or a table cannot be read.
    """
    if context.of is None:
        raise ParamsError("labeler knowledge needs --of (the scene labeler's tables of its pairs)")
    nodes = tables.read(context.of / "nodes.parquet")
    folder = wordnet.folder_of(context.packages, params.wordnet).resolve()
    database = wordnet.open_folder(folder)
    graphs = entities.load(params.graphs, context.packages, database, _WHERE)
    rows = {row["uid"]: row for row in pairs.select(_READ).to_pylist()}
    captions = {uid: row["caption"] for uid, row in rows.items()}
    owners = [_Owner(*found) for found in linking.mentions(captions, nodes)]
    images = _embeddings(context, params.pictures)
    topics, looks = _learnt(context, owners, rows, images, database)
    owners = _with_clues(owners, rows, graphs, clues.looks_of(looks), images, database)
    links = _link(owners, folder, clues.topics_of(topics))
    named = _entities(owners, links, graphs)
    depicted = _depicted(rows, graphs)
    known = gather(
        database,
        graphs,
        {found.sense.synset for found in links.values()},
        {concept for *_, concept, _ in named} | {concept for _, concept in depicted},
    )
    told = branches(database, graphs, known, _spans(owners), links, named, params.branches)
    return {
        "links": as_table([_link_row(key, found) for key, found in links.items()], LINKS),
        "entities": as_table(named, ENTITIES),
        "depicted": as_table(depicted, DEPICTED),
        "synsets": as_table([(s.id, s.name, s.gloss, s.lexfile) for s in known.synsets], SYNSETS),
        "hypernyms": as_table(known.hypernyms, HYPERNYMS),
        "concepts": as_table(
            [(c.id, c.name, c.description, c.synset) for c in known.concepts], CONCEPTS
        ),
        "relations": as_table(known.relations, RELATIONS),
        "branches": as_table(told, BRANCHES),
        "vectors": _vectors(known),
        "topics": topics,
        "looks": looks,
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
        "pairs_with_entity": pc.count_distinct(tables["entities"].column("uid")).as_py(),
        "pictures_with_concept": pc.count_distinct(tables["depicted"].column("image")).as_py(),
    }


def _embeddings(context: Context, scorer: str | None) -> pa.Table:
    """Embeddings of the pairs' pictures: image, vector; none where no scorer is named."""
    if scorer is None:
        return _NO_IMAGES
    if context.embeddings is None:
        raise ParamsError(f"pictures: {scorer} needs --embeddings (the folder of scorers' ones)")
    return tables.read(context.embeddings / scorer / "images.parquet", ["image", "vector"])


def _learnt(
    context: Context,
    owners: Sequence[_Owner],
    rows: Mapping[str, dict[str, Any]],
    images: pa.Table,
    database: WordNet,
) -> tuple[pa.Table, pa.Table]:
    """Topics and looks: of the pool, or what was learnt of it."""
    if context.learnt is not None and owners:
        learnt = context.learnt
        return tables.read(learnt / "topics.parquet"), tables.read(learnt / "looks.parquet")
    nouns = [
        (rows[owner.uid], synset)
        for owner in owners
        if (synset := linking.plain(owner.mention.lemma, database))
    ]
    told = descriptions.of_database(database)
    topics = clues.topics([(row["source"], synset) for row, synset in nouns], told)
    looks = clues.looks([(row["image"], synset) for row, synset in nouns], images, database)
    return clues.topics_table(topics), clues.looks_table(looks)


def _with_clues(
    owners: Sequence[_Owner],
    rows: Mapping[str, dict[str, Any]],
    graphs: entities.Graphs,
    looks: Mapping[str, tuple[int, np.ndarray]],
    images: pa.Table,
    database: WordNet,
) -> list[_Owner]:
    """Mentions with what is known of their sources, places and pictures."""
    told = descriptions.of_database(database)
    seen = clues.seen((rows[owner.uid]["image"] for owner in owners), images, looks)
    found = []
    for owner in owners:
        row = rows[owner.uid]
        url = row["url"] or ""
        names = [above.name for shown in graphs.shown(url) for above in graphs.above(shown.id)]
        mention = owner.mention._replace(
            source=row["source"],
            place=tuple(sorted(clues.place(url, names, told))),
            looks=tuple(sorted(seen.get(row["image"], {}).items())),
        )
        found.append(owner._replace(mention=mention))
    return found


def _link(
    owners: Sequence[_Owner], folder: Path, topics: clues.Topics
) -> dict[tuple[str, int], Found]:
    """Meaning of each node that WordNet has one for; equal mentions are looked up once."""
    distinct = sorted({owner.mention for owner in owners})
    found = texts.each(
        linking.link_all, distinct, folder, topics, label="word senses", unit="nouns"
    )
    meant = dict(zip(distinct, found, strict=True))
    return {
        (owner.uid, owner.node): own
        for owner in owners
        if (own := meant[owner.mention]) is not None
    }


def _entities(
    owners: Sequence[_Owner], links: Mapping[tuple[str, int], Found], graphs: entities.Graphs
) -> list[tuple[str, int, str, str]]:
    found = []
    for uid, node, mention, _ in owners:
        link = links.get((uid, node))
        written = mention.caption[mention.start : mention.end]
        whole = mention.caption[min((*mention.attributes, mention.start)) : mention.end]
        meant = graphs.meant((whole, written), link.sense.synset if link else None)
        found += [(uid, node, concept.id, method) for concept, method in meant]
    return found


def _depicted(rows: Mapping[str, dict[str, Any]], graphs: entities.Graphs) -> list[tuple[str, str]]:
    shown = {(row["image"], row["url"]) for row in rows.values() if row["url"]}
    return sorted({(image, concept.id) for image, url in shown for concept in graphs.shown(url)})


def _spans(owners: Sequence[_Owner]) -> dict[tuple[str, int], tuple[int, int]]:
    """Where the words of nodes are in their captions, as far as they are their captions' own."""
    return {(o.uid, o.node): (o.mention.start, o.mention.end) for o in owners if o.own}


def _vectors(known: Known) -> pa.Table:
    names = [s.id for s in known.synsets] + [c.id for c in known.concepts]
    edges = [*known.hypernyms, *((source, target) for source, _, target in known.relations)]
    edges += [(c.id, c.synset) for c in known.concepts if c.synset]
    vectors = entity_vectors.embed(names, edges).astype(np.float16)
    return pa.table(
        [pa.array(names, pa.string()), pa.array(list(vectors), VECTORS[1].type)], VECTORS
    )


def _link_row(key: tuple[str, int], found: Found) -> tuple[Any, ...]:
    sense = found.sense
    margin = sense.margin if np.isfinite(sense.margin) else None
    return (*key, sense.synset, found.lemma, sense.rank, sense.method, margin)
