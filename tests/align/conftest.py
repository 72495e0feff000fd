"""A lexicon over a small WordNet, what graphs say in short lines, and a snapshot's graph."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from align import build_graph, lexicon
from align.labelers import Context, knowledge, scene
from curate.dataset import parents, record, tables


@pytest.fixture(scope="session")
def words(database_folder: Path) -> lexicon.Lexicon:
    """Lexicon over the small WordNet."""
    return lexicon.of_folder(database_folder)


@pytest.fixture(scope="session")
def said() -> Callable[..., set[str]]:
    """What a graph says, as short lines: `dog`, `dog: brown`, `2 dog`, `dog wear hat`."""

    def lines(graph) -> set[str]:
        names = [node.lemma for node in graph.nodes]
        found = set()
        for node in graph.nodes:
            if node.parent is not None:
                found.add(f"{names[node.parent]}: {node.lemma}")
            else:
                found.add(f"{node.quantifier} {node.lemma}" if node.quantifier else node.lemma)
        return found | {f"{names[e.source]} {e.lemma} {names[e.target]}" for e in graph.edges}

    return lines


CAPTIONS = (  # picture, language, caption
    ("red", "en", "two big dogs on a table"),
    ("red", "de", "zwei Hunde"),
    ("green", "en", "a man wearing a hat"),
    ("blue", "en", "a dog and a cat"),
    ("black", "en", "a big hat"),
)
MADE = ("gold", "en", "a cat on a table")  # of the blue picture


@pytest.fixture
def graphed(packages: Path, project: Path, write_set, drawn) -> Callable[..., dict[str, str]]:
    """Writes a snapshot with labels and its graph, in parts of so many captions; uids by caption.

    The first picture has two regions, and its dogs are shown in the second.
    """
    pictures = {colour: drawn("circle", colour) for colour, *_ in (*CAPTIONS, MADE)}
    held = {}
    for kind, rows in (("pool", CAPTIONS), ("made", [MADE])):
        pairs = write_set(project / kind, [(pictures[c], *rest) for c, *rest in rows])
        held[kind] = pairs.add_column(1, "set", [[kind] * pairs.num_rows])
        folder = project / ("labels" if kind == "pool" else "labels_made")
        for module, name, of in ((scene, "scene", None), (knowledge, "knowledge", "scene")):
            context = Context(packages, of=folder / of if of else None)
            found = module.label(held[kind], context, module.Params())
            for table, (schema, key) in module.TABLES.items():
                tables.write(found[table], folder / f"{name}/{table}.parquet", key, schema)
    rows = pa.concat_tables(held.values()).append_column("split", [["train"] * 6])
    tables.write(rows, project / "snapshot/manifest.parquet", "uid", record.MANIFEST)
    uids = {row["caption"]: row["uid"] for row in rows.to_pylist()}
    dogs = {row["caption"]: row["image"] for row in rows.to_pylist()}["zwei Hunde"]
    descent = [{"uid": uids[MADE[2]], "parent": uids["a dog and a cat"], "position": 0}]
    table = pa.Table.from_pylist(descent, record.PARENTS)
    tables.write(table, project / "snapshot" / parents.FILE, parents.KEY, record.PARENTS)
    box = {"image": dogs, "x1": 0.0, "y1": 0.0, "x2": 0.5, "y2": 1.0, "label": "dog"}
    regions = pa.Table.from_pylist([{**box, "region": n} for n in range(2)])
    tables.write(regions, project / "labels/regions/regions.parquet", ("image", "region"))

    def write(captions: int = 100) -> dict[str, str]:
        build_graph.main(
            project / "snapshot",
            project / "labels",
            project / "graph",
            build_graph.GraphParams(captions=captions),
            labels_made=project / "labels_made",
        )
        return uids

    return write
