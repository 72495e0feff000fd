"""Captions as rows with their scene graphs and senses, read by the labelers themselves."""

import pyarrow as pa

from align import labelers
from align.labelers import knowledge, scene
from augment.facts import graphs
from augment.rewriting import meanings
from curate.dataset import record, sets, tables


def located(captions, **columns):
    """Rows of schema `sets.LOCATED`: (image, language, caption) each."""
    rows = [
        {
            "uid": record.pair_uid(image, lang, caption),
            "set": "pool",
            "image": image,
            "caption": caption,
            "lang": lang,
            "source": "drawn",
            "url": None,
            "page": None,
            "licence": "CC0-1.0",
            "width": 8,
            "height": 8,
            "shard": "images/a.tar",
            "offset": 0,
            "size": 1,
            "parent": None,
            "recipe": None,
            **columns,
        }
        for image, lang, caption in captions
    ]
    return pa.Table.from_pylist(rows, sets.LOCATED)


def label(pairs, packages, folder):
    """Write the labels of scene and knowledge for some pairs."""
    place = folder / "scene"
    found = scene.label(pairs, labelers.Context(packages, None), scene.Params())
    for name, (schema, key) in scene.TABLES.items():
        tables.write(found[name], place / f"{name}.parquet", key, schema)
    context = labelers.Context(packages, of=place)
    linked = knowledge.label(pairs, context, knowledge.Params())
    for name, (schema, key) in knowledge.TABLES.items():
        tables.write(linked[name], folder / "knowledge" / f"{name}.parquet", key, schema)
    return folder


def understood(caption, packages, folder):
    """The graph and the senses of one English caption."""
    pairs = located([("i", "en", caption)])
    (uid,) = pairs["uid"].to_pylist()
    label(pairs, packages, folder)
    graph = graphs(folder, [uid]).get(uid)
    return graph, meanings.links(folder, [uid]).get(uid, {})
