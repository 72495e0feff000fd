"""A number of pairs in; everything that the stages leave of so many, as of a crawl of the web, out.

Tables are whole: pool, scores, clusters, embeddings, decisions by the real filter, splits, made
pairs, scene graphs, links, and the real snapshot. Pictures are references to a few that are drawn.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml
from PIL import Image

from align.labelers import grounding, knowledge, negatives, regions, scene
from benchmarks._curate import _pools
from curate import filter as deciding
from curate.columns import Rows
from curate.dataset import record, sets, shards, tables
from curate.scorers import duplicates
from curate.stage import params as parameter_file

_RULES = {
    "size": {"column": "image.shortest_side", "at_least": 24},
    "aspect": {"column": "image.aspect", "at_most": 6},
    "blank": {"column": "image.blank", "at_most": 0.7},
    "words": {"column": "caption.words", "at_least": 1},
    "sharp": {"column": "image.sharpness", "at_least": 10},
    "clip": {"column": "clip.similarity", "at_least": 0.15},
    "shared": {"shared_by": 6},
    "duplicates": {"near_duplicates": 3, "colours": 4},
}
_DRAWN = 300  # pictures
_SIDES = (320, 240)  # pixels
_DIMENSIONS = 64  # of an embedding
_LABELLED = 3  # words of an English caption that become objects, at most
_LEXFILES = ("noun.animal", "noun.artifact", "noun.food", "noun.person", "noun.plant")


def write(count: int) -> None:
    """Write a project of so many pairs into the working directory."""
    random = np.random.default_rng(count)
    _pools.write(Path(), count)
    places = _draw(Path("data/pool"), "web", _DRAWN, random)
    pairs = _placed(tables.read(Path("data/pool/pairs.parquet")), places)
    tables.write(pairs, Path("data/pool/pairs.parquet"), "uid", record.PAIRS)
    located = sets.located([Path("data/pool")])
    images = sets.distinct_images(located)
    shape = duplicates.Params(exact=False)
    found = duplicates.score(images, shape, Rows(located, Path("data/scores")), None)
    tables.write(found, Path("data/scores/duplicates.parquet"), "image", duplicates.SCHEMA)
    _embed(images.column("image"), random)
    split = random.choice(("train", "validation", "test"), images.num_rows, p=(0.9, 0.05, 0.05))
    names = images.column("image")
    splits = pa.table({"image": names, "split": split, "group": names})
    tables.write(splits, Path("data/split.parquet"), "image", record.SPLITS)
    Path("params.yaml").write_text(yaml.safe_dump({"filter": {"rules": _RULES}}, sort_keys=False))
    rules = parameter_file.build(deciding.FilterParams, {"rules": _RULES}, "filter")
    deciding.main(
        sets=Path("data/pool"),
        scores=Path("data/scores"),
        out=Path("data/decisions/pool.parquet"),
        params=rules,
    )
    _make(located, splits, count // 20, random)
    _label(pairs, random)


def _draw(
    root: Path, shard: str, count: int, random: np.random.Generator
) -> list[tuple[str, int, int]]:
    """Photograph-like pictures in a tar; gives shard, offset and size of each."""
    import io

    members = []
    for number in range(count):
        coarse = random.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize(_SIDES, Image.Resampling.BICUBIC)
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=80)
        members.append((f"{number:032x}", "jpg", out.getvalue()))
    placed = shards.write(root, shard, members, per_shard=count)
    return [(p.shard, p.offset, p.size) for p in (placed[name] for name, *_ in members)]


def _placed(pairs: pa.Table, places: list[tuple[str, int, int]]) -> pa.Table:
    """The pairs, each pointing to a drawn picture that its image's name chooses."""
    which = np.array([int(name[:6], 16) % len(places) for name in pairs["image"].to_pylist()])
    for name, values in zip(("shard", "offset", "size"), zip(*places, strict=True), strict=True):
        column = pa.array(values).take(pa.array(which))
        pairs = pairs.set_column(pairs.column_names.index(name), name, column)
    return pairs


def _embed(images: pa.ChunkedArray, random: np.random.Generator) -> None:
    """Vectors around a hundred centres."""
    centres = random.normal(size=(100, _DIMENSIONS)).astype(np.float32)
    vectors = centres[random.integers(0, 100, len(images))]
    vectors += random.normal(size=vectors.shape).astype(np.float32) * 0.7
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    flat = pa.FixedSizeListArray.from_arrays(vectors.astype(np.float16).ravel(), _DIMENSIONS)
    file = Path("data/embeddings/clip/images.parquet")
    tables.write(pa.table({"image": images, "vector": flat}), file, "image")


def _make(pool: pa.Table, splits: pa.Table, count: int, random: np.random.Generator) -> None:
    """Made pairs of kept training pairs, four in five of them kept."""
    kept = sets.kept([Path("data/pool")], [Path("data/decisions/pool.parquet")])
    train = splits.filter(pc.equal(splits["split"], "train"))["image"]
    kept = kept.filter(pc.is_in(kept["image"], value_set=train.combine_chunks()))
    chosen = np.sort(random.choice(kept.num_rows, min(count, kept.num_rows), replace=False))
    parents = kept.take(pa.array(chosen))
    root = Path("data/made/photometric")
    places = _draw(root, "made", _DRAWN, random)
    digits = random.bytes(32 * len(chosen)).hex()
    names = [digits[start : start + 64] for start in range(0, len(digits), 64)]
    recipe = '{"transforms": [{"name": "HorizontalFlip"}, {"name": "GaussianBlur", "sigma": 0.7}]}'
    changed = {
        "uid": [name[:32] for name in names],
        "image": [name[32:] for name in names],
        "source": ["photometric"] * len(names),
        "parent": parents["uid"],
        "recipe": [recipe] * len(names),
    }
    made = parents.select(record.PAIRS.names)
    for name, values in changed.items():
        made = made.set_column(
            made.column_names.index(name),
            name,
            pa.chunked_array([values]) if isinstance(values, list) else values,
        )
    made = tables.conform(_placed(made, places), record.PAIRS, root)
    tables.write(made, root / sets.PAIRS_FILE, "uid", record.PAIRS)
    margins = random.normal(0.1, 0.12, len(names))
    rows = [
        {
            "uid": name[:32],
            "kept": margin >= 0,
            "reason": "clip",
            "margin": margin,
            "failed": [] if margin >= 0 else ["clip"],
            "margins": [("clip", margin)],
        }
        for name, margin in zip(names, margins.tolist(), strict=True)
    ]
    table = pa.Table.from_pylist(rows, record.DECISIONS)
    tables.write(table, Path("data/decisions/made.parquet"), "uid", record.DECISIONS)


def _label(pairs: pa.Table, random: np.random.Generator) -> None:
    """Graphs of English captions: some words are objects, linked, with a relation between two."""
    english = pairs.filter(pc.equal(pairs["lang"], "en")).select(["uid", "caption"]).to_pylist()
    nodes, edges, links = [], [], []
    senses: dict[str, str] = {}
    for row in english:
        place = 0
        for node, word in enumerate(row["caption"].split(" ")[:_LABELLED]):
            end = place + len(word)
            nodes.append((row["uid"], node, "object", word, word, place, end, None, None, 1.0))
            sense = senses.setdefault(word, f"n{len(senses):08}")
            links.append((row["uid"], node, sense, word, 1, "first", None))
            place = end + 1
        if node:
            edges.append((row["uid"], 0, 0, 1, "on", "on", 0, 1, 1.0))
    fields = random.choice(_LEXFILES, len(senses)).tolist()
    known = [
        (sense, f"{word}.n.01", f"a kind of {word}", field)
        for (word, sense), field in zip(senses.items(), fields, strict=True)
    ]
    for labeler, name, schema, key, rows in (
        ("scene", "nodes", scene.NODES, ("uid", "node"), nodes),
        ("scene", "edges", scene.EDGES, ("uid", "edge"), edges),
        ("knowledge", "links", knowledge.LINKS, ("uid", "node"), links),
        ("knowledge", "synsets", knowledge.SYNSETS, ("synset",), known),
        ("knowledge", "hypernyms", knowledge.HYPERNYMS, ("synset", "hypernym"), []),
    ):
        _write(labeler, name, schema, key, rows)
    _align(nodes, pc.unique(pairs["image"]).to_pylist())


def _align(nodes: list[tuple[Any, ...]], images: list[str]) -> None:
    """A first object names the one region of its picture and has a negative, the others neither."""
    phrases, links, false = [], [], []
    for uid, node, _, word, _, start, end, *_ in nodes:
        phrases.append((uid, node, start, end, word, 1, int(node == 0), 0.8))
        if node == 0:
            links.append((uid, node, 0, start, end, 0.8))
            edit = ([start], [end], ["other"], word, "other", "drawn so")
            said = ("en", "object", "noun", "other")
            false.append((uid, 0, *said, *edit, f"a {word}", "an other", "frame"))
    corners = (0.0, 0.0, 0.5, 1.0)
    seen = [(image, 0, *corners, 1.0, 0, 1.0, [0], [1.0], None) for image in images]
    attacked = ("en", "object", "caption", "length", len(false), 0.5, len(false), 0.5)
    written: tuple[tuple[str, Any, dict[str, list[Any]]], ...] = (
        ("grounding", grounding, {"phrases": phrases, "alignments": links, "relations": []}),
        ("regions", regions, {"regions": seen}),
        ("negatives", negatives, {"negatives": false, "attackers": [attacked]}),
        (
            "knowledge",
            knowledge,
            {name: [] for name in ("entities", "depicted", "concepts", "branches")},
        ),
    )
    for labeler, module, found in written:
        for name, rows in found.items():
            _write(labeler, name, *module.TABLES[name], rows)


def _write(labeler: str, name: str, schema: pa.Schema, key: Any, rows: list[Any]) -> None:
    columns = list(zip(*rows, strict=True)) or [[] for _ in schema]
    arrays = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
    table = pa.Table.from_arrays(arrays, schema=schema)
    tables.write(table, Path(f"data/labels/{labeler}/{name}.parquet"), key, schema)
