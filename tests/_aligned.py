"""A drawn project in; labels of the red circle as the labelers leave them, written, out.

Its caption `a red circle` has one phrase, which names the region of its left half, a noun that is
not used in its commonest sense, and a negative; the blue circle's phrase is unsure.
"""

from pathlib import Path

import pyarrow as pa

from align.labelers import grounding, knowledge, negatives, regions
from curate.dataset import tables

CORNERS = {"x1": 0.0, "y1": 0.25, "x2": 0.5, "y2": 0.75}


def label(project):
    """Write the tables; `scene` is there."""
    red, blue = (project.circles[name] for name in ("red", "blue"))
    span = {"start": 2, "end": 12, "things": 1}
    named = {**span, "uid": red["uid"], "node": 1, "words": "red circle", "regions": 1}
    unsure = {
        **span,
        "end": 13,
        "uid": blue["uid"],
        "node": 1,
        "words": "blue circle",
        "regions": 0,
    }
    write("grounding", grounding, "phrases", [{**named, "best": 0.75}, {**unsure, "best": 0.3}])
    link = {"uid": red["uid"], "node": 1, "region": 0, "start": 2, "end": 12, "score": 0.75}
    write("grounding", grounding, "alignments", [link])
    write("grounding", grounding, "relations", [])
    seen = {"image": red["image"], "region": 0, **CORNERS, "score": 1.0, "label": 0}
    seen |= {"confidence": 1.0, "soft_labels": [0], "probabilities": [1.0], "detected": None}
    write("regions", regions, "regions", [seen])
    write("negatives", negatives, "negatives", [negative(red["uid"])])
    attacked = {"lang": "en", "kind": "attribute", "said": "caption", "attacker": "length"}
    figures = {"found": 9, "before": 0.875, "kept": 1, "after": 0.5}
    write("negatives", negatives, "attackers", [{**attacked, **figures}])
    linked = {"uid": red["uid"], "node": 1, "synset": "n1", "lemma": "circle", "rank": 3}
    write("knowledge", knowledge, "links", [{**linked, "method": "picture", "margin": 1.5}])
    entity = {"uid": red["uid"], "node": 1, "concept": "mine:round", "method": "name"}
    write("knowledge", knowledge, "entities", [entity])
    write("knowledge", knowledge, "depicted", [{"image": red["image"], "concept": "mine:round"}])
    about = {"concept": "mine:round", "name": "round thing", "description": "", "synset": None}
    write("knowledge", knowledge, "concepts", [about])
    told = {"uid": red["uid"], "node": 1, "branch": 0, "start": 6, "end": 12}
    told |= {"text": "is a shape", "relation": "kind_of", "target": "n2"}
    write("knowledge", knowledge, "branches", [told])


def negative(uid):
    """A row: the circle's colour is another."""
    return {
        **{"uid": uid, "negative": 0, "lang": "en", "kind": "attribute", "how": "colour"},
        **{"caption": "a navy circle", "starts": [2], "ends": [5], "texts": ["navy"]},
        **{"was": "red circle", "becomes": "navy circle", "twin_by": "word"},
        "proof": "of colour, one excludes the other",
        **{"twin": "a red disc", "twin_negative": "a navy disc"},
    }


def write(labeler, module, name, rows):
    """Write rows as a table of a labeler, in its form."""
    schema, key = module.TABLES[name]
    table = pa.Table.from_pylist(rows, schema)
    tables.write(table, Path(f"data/labels/{labeler}/{name}.parquet"), key, schema)
