"""A few words in; a snapshot of composed pictures, really drawn, and all that is known of them out.

Each thing is a rectangle in a colour of its own, so that boxes can be held against pixels.
"""

import hashlib
import io
import json

import pyarrow as pa
from PIL import Image, ImageDraw

from curate.dataset import parents, record, sets, shards, tables, truth

_SIDE = 200
_PLACES = {  # of the first and of the second thing, in hundredths of the picture
    "left of": ((5, 30, 35, 70), (60, 30, 95, 70)),
    "right of": ((60, 30, 95, 70), (5, 30, 35, 70)),
    "above": ((30, 5, 70, 35), (30, 60, 70, 95)),
    "below": ((30, 60, 70, 95), (30, 5, 70, 35)),
}
_WORDS = {"left of": "to the left of", "right of": "to the right of"}
_TURNED = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}
_NUMBERS = {2: "two", 3: "three", 4: "four"}
_EMPTY = {f.name: "" if pa.types.is_string(f.type) else 0 for f in record.PAIRS}


def colour(name):
    """The colour that things of a name are drawn in."""
    return tuple(40 + byte % 180 for byte in hashlib.sha256(name.encode()).digest()[:3])


def beside(one, relation, other, made_of, said=()):
    """A picture of two things; `said` are the words for them, if not their names."""
    phrases = [*said] or [f"a {one}", f"a {other}"]
    told = []
    for order, how in (((0, 1), relation), ((1, 0), _TURNED[relation])):
        first, second = (phrases[at] for at in order)
        text = f"{first} {_WORDS.get(how, how)} {second}"
        spans = (0, len(first)), (len(text) - len(second), len(text))
        told.append((text, [(span, [at]) for span, at in zip(spans, order, strict=True)]))
    return {
        "things": list(zip((one, other), _PLACES[relation], strict=True)),
        "relations": [(0, relation, 1), (1, _TURNED[relation], 0)],
        "captions": told,
        "made_of": made_of,
    }


def counted(name, number, made_of):
    """A picture of several things of a name, in a row that falls to the right."""
    boxes = [(5 + 24 * at, 5 + 15 * at, 20 + 24 * at, 20 + 15 * at) for at in range(number)]
    text = f"{_NUMBERS[number]} {name}s"
    return {
        "things": [(name, box) for box in boxes],
        "relations": [],
        "captions": [(text, [((0, len(text)), [*range(number)])])],
        "made_of": made_of,
    }


def write(project, composed, twins=()):
    """A snapshot of composed pictures, and of pairs of them that differ in one fact.

    Args:
        project: the working directory.
        composed: pictures by name.
        twins: (kind, picture, picture).
    """
    known = {name: [] for name in ("objects", "relations", "mentions", "facts", "counterfactuals")}
    twin_of = {name: (kind, pair) for kind, *pair in twins for name in pair}
    uids, rows, parent_rows, members = {}, [], [], {}
    for name, scene in composed.items():
        data = _drawn(scene, name)
        image = record.image_name(data)
        members[image] = (image, "png", data)
        for text, spans in scene["captions"]:
            uid = record.pair_uid(image, "en", text)
            uids.setdefault(name, []).append(uid)
            recipe = json.dumps({"ground": scene.get("ground", [255, 255, 255])})
            pair = {"uid": uid, "image": image, "caption": text, "lang": "en", "recipe": recipe}
            rows.append(_EMPTY | pair | {"parent": _named(scene["made_of"][0])})
            parent_rows += [
                {"uid": uid, "parent": _named(one), "position": at}
                for at, one in enumerate(scene["made_of"])
            ]
            known["mentions"] += [
                {"uid": uid, "start": start, "end": end, "object": at}
                for (start, end), numbers in spans
                for at in numbers
            ]
        known["objects"] += [
            {"image": image, "object": at, "name": thing, "visible": 1.0, "parent": "p"}
            | dict(zip(("x1", "y1", "x2", "y2"), (side / 100 for side in box), strict=True))
            for at, (thing, box) in enumerate(scene["things"])
        ]
        known["relations"] += [
            {"image": image, "source": source, "relation": relation, "target": target}
            for source, relation, target in scene["relations"]
        ]
    for name, (kind, pair) in twin_of.items():
        (other,) = {*pair} - {name}
        known["counterfactuals"] += [
            {"uid": uid, "other": differing, "kind": kind, "was": "", "becomes": ""}
            for uid, differing in zip(uids[name], uids[other], strict=True)
        ]
    _store(project, members, rows, parent_rows, known)
    return project / "data/snapshot"


def _named(name):
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def _drawn(scene, name):
    picture = Image.new("RGB", (_SIDE, _SIDE), "white")
    draw = ImageDraw.Draw(picture)
    for thing, box in scene["things"]:
        draw.rectangle([side * _SIDE // 100 for side in box], fill=colour(thing))
    written = io.BytesIO()
    told = Image.Exif()
    told[0x010E] = name  # two pictures of the same things are two all the same
    picture.save(written, "PNG", exif=told)
    return written.getvalue()


def _store(project, members, rows, parent_rows, known):
    folder = project / "data/made/compose"
    places = shards.write(folder, "compose", [members[image] for image in sorted(members)], 100)
    rows = [row | places[row["image"]]._asdict() for row in rows]
    pairs = pa.Table.from_pylist(rows, record.PAIRS)
    tables.write(pairs, folder / sets.PAIRS_FILE, "uid", record.PAIRS)
    made = pa.Table.from_pylist(parent_rows, record.PARENTS)
    tables.write(made, folder / parents.FILE, parents.KEY, record.PARENTS)
    for name, found in known.items():
        schema, key = getattr(truth, name.upper())
        tables.write(pa.Table.from_pylist(found, schema), folder / f"{name}.parquet", key, schema)
    crawled = [
        _EMPTY | {"uid": uid, "image": f"{uid[:31]}0"}
        for uid in sorted({row["parent"] for row in parent_rows})
    ]
    frozen = [row | {"set": "data/made/compose", "split": "train"} for row in rows]
    frozen += [row | {"set": "data/pool", "split": "train"} for row in crawled]
    snapshot = project / "data/snapshot"
    manifest = pa.Table.from_pylist(frozen, record.MANIFEST)
    tables.write(manifest, snapshot / record.MANIFEST_FILE, "uid", record.MANIFEST)
    tables.write(made, snapshot / parents.FILE, parents.KEY, record.PARENTS)
