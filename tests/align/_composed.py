"""Composed pictures in a few words in; a made set with all that is known of them out."""

import json
from pathlib import Path

import pyarrow as pa

from curate.dataset import record, sets, tables, truth

CONVERSE = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}
PLAIN = {"ground": [255, 255, 255]}
EMPTY = {f.name: "" if pa.types.is_string(f.type) else 0 for f in record.PAIRS}


def beside(image, one, relation, other, **more):
    """A picture of two things, told by one caption `uid` of its name."""
    said = {"left of": "to left of", "right of": "to right of", "below": "under"}
    facts = [("object", one), ("object", other)]
    facts.append(("relation", one, said.get(relation, relation), other))
    found = {
        "image": image,
        "captions": [f"a {one} {relation} a {other}"],
        "objects": [one, other],
        "relations": [(0, relation, 1), (1, CONVERSE[relation], 0)],
        "facts": facts,
    }
    return found | more


def counted(image, number, words, name, **more):
    """A picture of several things, and of what else `more` says."""
    caption = f"{words} {name}s"
    found = {
        "image": image,
        "captions": [caption],
        "objects": [name] * number,
        "mentions": [(0, len(caption), at) for at in range(number)],
        "facts": [("object", name), ("count", name, str(number))],
    }
    return found | more


def write(folder: Path, *scenes, twins=()) -> pa.Table:
    """Write a set of scenes; `twins` are (uid, other, kind); gives its located pairs."""
    pairs, known = [], {name: [] for name in ("objects", "relations", "mentions", "facts")}
    for scene in scenes:
        image = scene["image"]
        for number, caption in enumerate(scene["captions"]):
            uid = f"{image}-{number}"
            pair = {"uid": uid, "image": image, "caption": caption, "lang": "en"}
            recipe = json.dumps(scene.get("recipe", PLAIN))
            pairs.append(EMPTY | pair | {"source": "compose", "parent": "p", "recipe": recipe})
            for start, end, at in scene.get("mentions", ()):
                known["mentions"].append({"uid": uid, "start": start, "end": end, "object": at})
            for at, fact in enumerate(scene.get("facts", ())):
                names = dict(zip(truth.Fact._fields, (*fact, None, None)[:4], strict=True))
                known["facts"].append({"uid": uid, "fact": at, **names})
        box = {"x1": 0.0, "y1": 0.0, "x2": 0.1, "y2": 0.1, "visible": 1.0, "parent": "p"}
        for at, name in enumerate(scene["objects"]):
            known["objects"].append({"image": image, "object": at, "name": name, **box})
        for source, relation, target in scene.get("relations", ()):
            ends = {"source": source, "relation": relation, "target": target}
            known["relations"].append({"image": image, **ends})
    table = pa.Table.from_pylist(pairs, record.PAIRS)
    tables.write(table, folder / sets.PAIRS_FILE, "uid", record.PAIRS)
    rows = [
        {"uid": uid, "other": other, "kind": kind, "was": "", "becomes": ""}
        for one, two, kind in twins
        for uid, other in ((one, two), (two, one))
    ]
    for name, (schema, key), found in (
        *((name, getattr(truth, name.upper()), found) for name, found in known.items()),
        ("counterfactuals", truth.COUNTERFACTUALS, rows),
    ):
        tables.write(pa.Table.from_pylist(found, schema), folder / f"{name}.parquet", key, schema)
    return sets.located([folder])
