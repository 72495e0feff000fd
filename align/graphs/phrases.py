"""A manifest and folders of labels in; all phrases of its captions, with what they mean, out."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from align.graphs.layout import WORD
from align.scenegraph import OBJECT
from curate.dataset import labels

_NODE = ("uid", "node", "kind", "text", "lemma", "start", "end", "parent", "quantifier")
_EDGE = ("uid", "source", "target", "lemma")
_LINK = pa.schema(
    [("uid", pa.string()), ("node", pa.int32()), ("synset", pa.string()), ("lemma", pa.string())]
)
_ENTITY = pa.schema([("uid", pa.string()), ("node", pa.int32()), ("concept", pa.string())])
_MEANING = pa.schema(
    [("row", pa.int32()), ("node", pa.int32()), ("concept", pa.string()), ("lemma", pa.string())]
)
_CARRIED = pa.schema([("uid", pa.string()), ("of", pa.string())])
_MOST = 1 << 20  # phrases of a caption: what parts one caption's numbers from the next one's


class Said(NamedTuple):
    """What captions say; every table has the column `row`: of the caption in the manifest."""

    phrases: pa.Table  # node, kind, text, lemma, start, end, parent, quantifier
    relations: pa.Table  # source, target, lemma
    meanings: pa.Table  # node, concept, lemma, role
    carried: pa.Table  # of: the caption of the same picture whose graph tells of this one


def read(uids: pa.ChunkedArray, pool: Path, made: Path | None) -> Said:
    """Scene graphs of some captions, and what is known of their meanings.

    An object without a link and an attribute mean their word.

    Args:
        uids: of the captions.
        pool: folder of the labels of the pool's pairs.
        made: the same of made pairs.

    Raises:
        DataError: the pool has no scene graphs.
    """
    phrases = _of(labels.read("scene", "nodes", pool, made, _NODE), uids)
    relations = _of(labels.read("scene", "edges", pool, made, _EDGE), uids)
    links = _of(optional("knowledge", "links", pool, made, _LINK), uids)
    entities = _of(optional("knowledge", "entities", pool, made, _ENTITY), uids)
    carried = _of(optional("scene", "carried", pool, made, _CARRIED), uids)
    return Said(phrases, relations, _meanings(phrases, links, entities), carried)


def optional(
    labeler: str, table: str, pool: Path, made: Path | None, schema: pa.Schema
) -> pa.Table:
    """Columns of a table of labels, of the pool's and of made pairs; empty where it is not there.

    Raises:
        DataError: it lacks a column.
    """
    if not labels.files(labeler, table, pool)[0].is_file():
        return schema.empty_table()
    return labels.read(labeler, table, pool, made, schema.names)


def _of(table: pa.Table, uids: pa.ChunkedArray) -> pa.Table:
    """The rows of some captions, with `row` in place of `uid`, in the captions' order."""
    row = pc.index_in(table.column("uid"), value_set=uids.combine_chunks())
    found = table.drop(["uid"]).append_column("row", row).filter(pc.is_valid(row))
    order = np.argsort(found.column("row").to_numpy(), kind="stable")
    return found.take(order)


def _meanings(phrases: pa.Table, links: pa.Table, entities: pa.Table) -> pa.Table:
    """What phrases mean: synsets, concepts of other graphs, or else their own word."""
    own = _key(phrases)
    roles = phrases.column("kind")
    entities = entities.filter(pa.array(np.isin(_key(entities), own)))
    lemma = phrases.column("lemma").take(np.searchsorted(own, _key(entities)))
    linked = [links.column(name) for name in ("row", "node", "synset", "lemma")]
    named = [*(entities.column(name) for name in ("row", "node", "concept")), lemma]
    both = [pa.table(columns, _MEANING.names).cast(_MEANING) for columns in (linked, named)]
    known = pa.concat_tables(both)
    known = known.filter(pa.array(np.isin(_key(known), own)))
    known = known.append_column("role", roles.take(np.searchsorted(own, _key(known))))
    meaning = pa.array(np.isin(own, _key(known)))
    words = phrases.filter(pc.or_(pc.not_equal(roles, OBJECT), pc.invert(meaning)))
    lemma = pc.utf8_lower(words.column("lemma"))
    spoken = pc.binary_join_element_wise(WORD, lemma, "")
    columns = [words.column("row"), words.column("node"), spoken, lemma, words.column("kind")]
    return pa.concat_tables([known, pa.table(columns, known.column_names).cast(known.schema)])


def _key(table: pa.Table) -> np.ndarray:
    """One number for caption and phrase, in the order of captions and phrases."""
    return table.column("row").to_numpy().astype(np.int64) * _MOST + table.column("node").to_numpy()
