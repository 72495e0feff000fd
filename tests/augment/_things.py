"""A training table of cut-out objects with names, and the labels that a pool of them has."""

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageDraw

from augment.made import Context
from curate.dataset import sets, tables

COLOURS = {"red": (220, 30, 30), "green": (30, 150, 60), "blue": (40, 60, 200)}
KINDS = {"lemon": "food", "apple": "food", "horse": "animal", "cat": "animal", "sheep": "animal"}
KINDS |= {"hut": "artifact", "judge": "person"}


def cut_out(colour, size=(90, 70), shape="ellipse", image_size=(110, 100)):
    """Encoded PNG of a shape on transparent ground."""
    picture = Image.new("RGBA", image_size, (0, 0, 0, 0))
    left, top = (image_size[0] - size[0]) // 2, (image_size[1] - size[1]) // 2
    box = (left, top, left + size[0] - 1, top + size[1] - 1)
    pen = ImageDraw.Draw(picture)
    (pen.ellipse if shape == "ellipse" else pen.rectangle)(box, fill=(*colour, 255))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def pool(project: Path, write_set, named, licence=None):
    """Write a training table and its labels; gives the rows and the context of a method.

    Args:
        project: folder for all of it.
        write_set: the fixture.
        named: (bytes, {language: caption}); an English caption ends with its object, a word of
            `KINDS`, with or without skin tone behind it.
        licence: (row) -> licence, where not the same for all.
    """
    rows = [(data, lang, text) for data, told in named for lang, text in told.items()]
    table = write_set(project / "pool", rows)
    place = pa.array(["pool"] * table.num_rows, pa.string())
    table = table.add_column(1, sets.LOCATED.field("set"), place)
    if licence is not None:
        column = pa.array([licence(row) for row in table.to_pylist()], pa.string())
        at = table.column_names.index("licence")
        table = table.set_column(at, sets.LOCATED.field("licence"), column)
    tables.write(table, project / "training.parquet", ["image", "uid"], sets.LOCATED)
    nodes, edges, links = [], [], []
    for row in table.to_pylist():
        if row["lang"] == "en":
            _parse(row["uid"], row["caption"], nodes, edges, links)
    labels = project / "labels"
    for folder in ("scene", "knowledge"):
        (labels / folder).mkdir(parents=True, exist_ok=True)
    senses = [
        {"synset": f"n-{lemma}", "lexfile": f"noun.{field}"} for lemma, field in KINDS.items()
    ]
    above = [{"synset": f"n-{lemma}", "hypernym": f"n-{field}"} for lemma, field in KINDS.items()]
    for name, found in (
        ("scene/nodes", nodes),
        ("scene/edges", edges or [{"uid": "", "edge": 0}]),
        ("knowledge/links", links),
        ("knowledge/synsets", senses),
        ("knowledge/hypernyms", above),
    ):
        pq.write_table(pa.Table.from_pylist(found), labels / f"{name}.parquet")
    context = Context(project / "training.parquet", project / "packages", labels, None)
    return tables.read(project / "training.parquet"), context


def _parse(uid, caption, nodes, edges, links):
    """Nodes of "A red apple." or "cat: dark skin tone", as the labeler scene gives them."""
    name, _, tone = caption.rstrip(".").partition(": ")
    start, number = 0, 0
    for word in name.split(" "):
        if word.lower() not in ("a", "an", "the"):
            kind = "object" if word in KINDS or word.rstrip("s") in KINDS else "attribute"
            node = {"uid": uid, "node": number, "kind": kind, "text": word, "quantifier": None}
            node |= {"lemma": word.rstrip("s") if kind == "object" else word}
            node |= {"start": start, "end": start + len(word), "parent": None}
            nodes.append(node)
            if kind == "object":
                links.append(
                    {"uid": uid, "node": number, "synset": f"n-{node['lemma']}", "rank": 1}
                )
            number += 1
        start += len(word) + 1
    if tone:
        end = len(caption)
        first = len(name) + 2
        shade = tone.split()[0]
        for text, kind in ((shade, "attribute"), ("skin tone", "object")):
            at = caption.index(text, first)
            place = {"start": at, "end": min(end, at + len(text)), "parent": None}
            node = {"uid": uid, "node": number, "kind": kind, "text": text, "quantifier": None}
            nodes.append(node | {"lemma": text} | place)
            number += 1
        edge = {"uid": uid, "edge": 0, "source": 0, "target": number - 1}
        edges.append(edge | {"relation": ":", "lemma": "with", "start": 0, "end": 1})


def differing(picture, ground):
    """Box (left, top, right, bottom) of all that is far from a ground, in (H, W, 3) pixels."""
    far = np.abs(np.asarray(picture).astype(int) - np.asarray(ground)).max(axis=2) > 60
    rows, columns = np.flatnonzero(far.any(axis=1)), np.flatnonzero(far.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
