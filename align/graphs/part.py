"""Captions of a part of the pictures, and what they say, in; its nodes, edges and mentions out."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from align.graphs import layout, sights
from align.graphs.phrases import Said
from curate.dataset import tables

_ENDS = ("source", "target")


def tables_of(
    pairs: pa.Table, said: Said, descent: pa.Table, seen: sights.Sights, part: int
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Nodes, edges and mentions of a part.

    Args:
        pairs: its captions.
        said: what they say.
        descent: what each made pair was made from.
        seen: regions, and which phrases they show.
        part: its number.
    """
    uids, images = pairs.column("uid"), pairs.column("image").unique()
    phrase, relation, meaning = (
        (table, uids.take(table.column("row")), pairs.column("image").take(table.column("row")))
        for table in (said.phrases, said.relations, said.meanings)
    )
    phrase_ids = layout.numbered(phrase[1], phrase[0].column("node"))
    regions = seen.regions(part, images)
    region_ids = layout.numbered(regions.column("image"), regions.column("region"))
    nodes = [
        nodes_of(layout.IMAGE, node=images),
        nodes_of(
            layout.CAPTION, node=uids, text=pairs.column("caption"), lang=pairs.column("lang"),
            source=pairs.column("source"), split=pairs.column("split"),
        ),
        nodes_of(
            layout.PHRASE, node=phrase_ids, role=phrase[0].column("kind"),
            **{n: phrase[0].column(n) for n in ("text", "lemma", "quantifier", "start", "end")},
        ),
        nodes_of(
            layout.REGION, node=region_ids,
            **{name: regions.column(name) for name in ("text", "x1", "y1", "x2", "y2")},
        ),
    ]  # fmt: skip
    owned = pc.is_valid(phrase[0].column("parent"))
    attributes = phrase[0].filter(owned)
    owners = layout.numbered(phrase[1].filter(owned), attributes.column("parent"))
    source, target = (layout.numbered(relation[1], relation[0].column(n)) for n in _ENDS)
    carried = said.carried
    depicted = seen.depicted(images)
    made = tables.rows_with(descent, "uid", uids)
    shown = seen.shown(uids, pairs.column("image"))
    edges = [
        edges_of(uids, pairs.column("image"), layout.DESCRIBES),
        edges_of(phrase_ids, phrase[1], layout.IN),
        edges_of(region_ids, regions.column("image"), layout.IN),
        edges_of(owners, pc.filter(phrase_ids, owned), layout.ATTRIBUTE),
        edges_of(source, target, layout.RELATION, relation[0].column("lemma")),
        edges_of(made.column("uid"), made.column("parent"), layout.MADE),
        edges_of(uids.take(carried.column("row")), carried.column("of"), layout.CARRIED),
        edges_of(depicted.column("image"), depicted.column("concept"), layout.DEPICTS),
        edges_of(
            shown.column("phrase"), shown.column("region"), layout.SHOWN,
            score=shown.column("score"),
        ),
    ]  # fmt: skip
    mentions = pa.table(
        [
            meaning[0].column("concept"),
            layout.numbered(meaning[1], meaning[0].column("node")),
            *meaning[1:],
            meaning[0].column("role"),
        ],
        schema=layout.MENTIONS,
    )
    return pa.concat_tables(nodes), pa.concat_tables(edges), mentions


def nodes_of(kind: str, **columns: Any) -> pa.Table:
    """Nodes of a kind, with some of their columns."""
    return _filled({"kind": kind, **columns}, len(columns["node"]), layout.NODES)


def edges_of(
    source: Any,
    target: Any,
    kind: Any,
    label: Any = None,
    score: Any = None,
) -> pa.Table:
    """Edges, of one kind or each of its own."""
    columns = {"source": source, "target": target, "kind": kind, "label": label, "score": score}
    return _filled(columns, len(source), layout.EDGES)


def _filled(columns: dict[str, Any], rows: int, schema: pa.Schema) -> pa.Table:
    """A table of a schema: one value fills a column, and what is not given is null."""
    filled = []
    for field in schema:
        values = columns.get(field.name)
        if values is None:
            filled.append(pa.nulls(rows, field.type))
        elif isinstance(values, str):
            filled.append(pa.repeat(values, rows))
        else:
            filled.append(pc.cast(values, field.type))
    return pa.table(filled, schema=schema)
