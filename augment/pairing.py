"""What a method made in, rows of pairs with their parents out; none of them is there already."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from augment.made import Made, MadeCaption, Told, recipe_text
from curate.dataset import record, shards

Row = dict[str, Any]
Formed = tuple[Row, Sequence[str]]
"""A row of schema `record.PAIRS` and the uids of all its parents."""


def pictured(
    name: str, made: Made, given: Mapping[str, Row], place: shards.Location
) -> Iterator[Formed]:
    """Pairs of a made picture.

    Args:
        name: of the method.
        made: the picture and its captions.
        given: uid -> row of schema `sets.LOCATED`, of first parents.
        place: of the picture in a tar of the made set.
    """
    sizes = {"width": made.width, "height": made.height}
    held = {"image": made.image, **sizes, **place._asdict()}
    texts = _recipe_texts(made.captions)
    for caption in made.captions:
        yield _formed(name, caption, texts, given[caption.parent], held)


def told(name: str, new: Told, given: Mapping[str, Row], out: Path) -> Iterator[Formed]:
    """Pairs of new captions with a picture that there is; their bytes stay where they lie.

    Args:
        name: of the method.
        new: the picture's name and the captions.
        given: uid -> row of schema `sets.LOCATED`, of first parents; one of each picture.
        out: folder of the made set, from which `shard` points to the picture's own set.
    """
    texts = _recipe_texts(new.captions)
    for caption in new.captions:
        parent = given[caption.parent]
        keys = ("image", "width", "height", "offset", "size")
        shard = os.path.relpath(Path(parent["set"], parent["shard"]), out)
        held = {**{key: parent[key] for key in keys}, "shard": shard}
        yield _formed(name, caption, texts, parent, held)


def distinct(found: Sequence[Row], crawled: pa.ChunkedArray) -> tuple[pa.Table, list[Row]]:
    """Made pairs, each once and none of them in the pool; and rows of those that were refused.

    Args:
        found: rows of schema `record.PAIRS`.
        crawled: uids of the pool.
    """
    there = set(crawled.to_pylist())
    pairs: dict[str, Row] = {}
    refused = []
    for pair in found:
        if pair["uid"] in there:
            refused.append(_refused(pair, "in the pool", "the pool holds the same pair"))
        elif pair["uid"] in pairs:
            first = pairs[pair["uid"]]["parent"]
            refused.append(_refused(pair, "made twice", f"the same pair as from {first}"))
        else:
            pairs[pair["uid"]] = pair
    return pa.Table.from_pylist(list(pairs.values()), record.PAIRS), refused


def _recipe_texts(captions: Sequence[MadeCaption]) -> Mapping[int, str]:
    """The recipes as texts, by their places in memory: captions of a picture often share one."""
    recipes = {id(caption.recipe): caption.recipe for caption in captions}
    return {place: recipe_text(recipe) for place, recipe in recipes.items()}


def _formed(
    name: str, caption: MadeCaption, texts: Mapping[int, str], parent: Row, held: Row
) -> Formed:
    row = {
        **{key: parent[key] for key in ("url", "page")},
        "licence": caption.licence or parent["licence"],
        **held,
        "uid": record.pair_uid(held["image"], caption.lang, caption.caption),
        "caption": caption.caption,
        "lang": caption.lang,
        "source": name,
        "parent": caption.parent,
        "recipe": texts[id(caption.recipe)],
    }
    return row, (caption.parent, *caption.others)


def _refused(pair: Row, reason: str, detail: str) -> Row:
    return {"source": pair["source"], "item": pair["parent"], "reason": reason, "detail": detail}
