"""Photometric and geometric changes that keep captions true: pairs -> pictures by albumentations.

For each picture the caption rules say which transforms leave all its captions true; among
those a draw seeded by the picture's own name chooses some and their arguments. The recipe
holds every argument in albumentations' terms, so that albumentations alone makes it again.
"""

import dataclasses
import fnmatch
import itertools
import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from augment import caption_rules, caption_words
from augment.apply import apply, library_version
from augment.layout import Layout, layout
from augment.made import UNUSABLE, Batch, Context, Made, MadeCaption, MethodParams, seed
from curate.dataset import pixels, shards
from curate.dataset.errors import ImageError, ParamsError
from curate.stage.params import parameters

METHOD = "photometric"
_LEAST_SIDE = 8  # pixels of the shorter side after shrinking; less is no picture
_CONSTANT, _REFLECT_101, _AREA = 0, 4, 3  # OpenCV's border modes and interpolation
_UNCOVERED = ("Rotate", "SafeRotate", "Perspective")  # they leave corners to fill
_DECIMALS = 4  # of a drawn argument, so that the recipe says exactly what was done


@parameters
class Params(MethodParams):
    """`make.photometric`; a transform without a caption rule or beyond its bounds is refused."""

    # albumentations name -> `p` (chance, where captions allow it) and the arguments that its
    # caption rule bounds, each a number or [least, greatest]; applied in this order
    transforms: Mapping[str, Mapping[str, Any]]
    # kind of words (augment.caption_words.KINDS) -> patterns of a url or page whose pictures are
    # treated as if a caption held such a word: writing on screenshots, an emblem among flags
    known: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise ParamsError for what no caption rule covers."""
        for name, spec in self.transforms.items():
            where = f"make.{METHOD}.transforms.{name}"
            arguments = {key: value for key, value in spec.items() if key != "p"}
            caption_rules.check_arguments(name, arguments, where)
            chance = spec.get("p")
            if not isinstance(chance, int | float) or not 0 < chance <= 1:
                raise ParamsError(f"{where}.p is {chance!r}; it is a chance above 0, at most 1")
        if unknown := sorted(set(self.known) - set(caption_words.KINDS)):
            raise ParamsError(
                f"make.{METHOD}.known names {', '.join(unknown)}; "
                f"kinds of words are {', '.join(caption_words.KINDS)}"
            )


def make(rows: pa.Table, context: Context, params: Params) -> Batch:  # noqa: ARG001
    """Made pictures of every picture in `rows` (schema `sets.LOCATED`), with their captions."""
    batch = Batch()
    ordered = sorted(rows.to_pylist(), key=lambda row: (row["set"], row["image"], row["uid"]))
    for root, group in itertools.groupby(ordered, key=lambda row: row["set"]):
        with shards.ShardReader(root) as reader:
            for _, pairs in itertools.groupby(group, key=lambda row: row["image"]):
                _make_picture(list(pairs), reader, params, batch)
    return batch


def remake(recipe: Mapping[str, Any], parents: Sequence[bytes], context: Context) -> bytes:  # noqa: ARG001
    """The made picture's bytes again, from its recipe and the parent's encoded bytes.

    Raises:
        ImageError: the bytes are no usable picture.
    """
    return apply(recipe, np.asarray(pixels.decode(parents[0])))[0]


def _make_picture(
    pairs: list[dict[str, Any]], reader: shards.ShardReader, params: Params, batch: Batch
) -> None:
    """Add to the batch what is made of one picture, or why nothing is."""
    first = pairs[0]
    try:
        parent = np.asarray(
            pixels.decode(reader.read(first["shard"], first["offset"], first["size"]))
        )
        _check_size(parent, params.longest_side)
    except ImageError as error:
        batch.rejected += [(pair["uid"], UNUSABLE, str(error)) for pair in pairs]
        return
    seen = layout(parent)
    objections = _objections(pairs, seen, params)
    for name, reason in objections.items():
        if reason is not None:
            batch.counts["forbidden", name, reason] += 1
    if all(objections.values()):
        detail = ", ".join(sorted(set(filter(None, objections.values()))))
        batch.rejected += [(pair["uid"], "every transform forbidden", detail) for pair in pairs]
        return
    for index in range(params.per_image):
        recipe = _plan(first["image"], index, parent.shape, seen, objections, params)
        batch.made.append(_picture(recipe, parent, pairs, batch))


def _objections(pairs: list[dict[str, Any]], seen: Layout, params: Params) -> dict[str, str | None]:
    """Transform -> the reason why it would make a caption of the picture false, or None."""
    captions = [(pair["caption"], pair["lang"]) for pair in pairs]
    places = {place for pair in pairs for place in (pair["url"], pair["page"]) if place}
    known = [
        kind
        for kind, patterns in params.known.items()
        if any(fnmatch.fnmatchcase(place, p) for place in places for p in patterns)
    ]
    found = {name: caption_rules.objection(name, captions, known) for name in params.transforms}
    for name, spec in params.transforms.items():
        if found[name] is None and caption_rules.rule(name).crops and _cuts(spec, seen):
            found[name] = "cut-out"
    return found


def _cuts(spec: Mapping[str, Any], seen: Layout) -> bool:
    """Whether a crop could reach the object of a cut-out: its margins are too small."""
    values = [value for name, value in spec.items() if name != "p"]
    most = max(max(value) if isinstance(value, list | tuple) else value for value in values)
    return seen.ground is not None and seen.margin < most


def _plan(
    image: str,
    index: int,
    shape: tuple[int, ...],
    seen: Layout,
    objections: Mapping[str, str | None],
    params: Params,
) -> dict[str, Any]:
    """The recipe: which of the allowed transforms, with which arguments.

    Each transform has a draw of its own, so that adding one leaves the others as they were.
    """
    draws = {
        name: random.Random(seed(METHOD, image, index, name))
        for name, reason in objections.items()
        if reason is None
    }
    # at or below 1: drawn; the closest is taken where none was
    surprise = {name: draw.random() / params.transforms[name]["p"] for name, draw in draws.items()}
    limit = max(1.0, min(surprise.values()))
    transforms = [
        {"name": name, **_arguments(params.transforms[name], draws[name]), **_filling(name, seen)}
        for name in draws
        if surprise[name] <= limit
    ]
    if max(shape[:2]) > params.longest_side:
        shrink = {
            "name": "LongestMaxSize",
            "max_size": params.longest_side,
            "interpolation": _AREA,
        }
        transforms.insert(0, shrink)
    return {
        "method": METHOD,
        "library": library_version(),
        "image": image,
        "seed": seed(METHOD, image, index),
        "transforms": transforms,
        "quality": params.quality,
    }


def _arguments(spec: Mapping[str, Any], draw: random.Random) -> dict[str, Any]:
    """One value for each argument; a range becomes [value, value], albumentations' exact form."""
    values: dict[str, Any] = {}
    for name, value in spec.items():
        if name == "p":
            continue
        if isinstance(value, list | tuple):
            low, high = value
            if isinstance(low, int) and isinstance(high, int):
                drawn: float = low + int(draw.random() * (high - low + 1))
            else:
                drawn = round(low + draw.random() * (high - low), _DECIMALS)
            value = [drawn, drawn]
        values[name] = value
    return values


def _filling(name: str, seen: Layout) -> dict[str, Any]:
    """What fills uncovered corners: a cut-out's ground, else the picture itself, mirrored."""
    if name not in _UNCOVERED:
        return {}
    if seen.ground is None:
        return {"border_mode": _REFLECT_101}
    return {"border_mode": _CONSTANT, "fill": list(seen.ground)}


def _picture(
    recipe: dict[str, Any], parent: NDArray[np.uint8], pairs: list[dict[str, Any]], batch: Batch
) -> Made:
    """Draw a planned picture and give it the captions that stay true."""
    names = [step["name"] for step in recipe["transforms"]]
    captions = []
    for pair in pairs:
        verdict = caption_rules.judge(names, pair["caption"], pair["lang"])
        batch.counts["captions", verdict.effect] += 1
        if verdict.effect != "forbidden":
            told = {**recipe, "caption": verdict.effect}
            captions.append(MadeCaption(pair["uid"], verdict.caption, pair["lang"], told))
    for name in names:
        batch.counts["transforms", name] += 1
    data, width, height = apply(recipe, parent)
    return Made(data, "jpg", width, height, captions)


def _check_size(parent: NDArray[np.uint8], longest_side: int) -> None:
    height, width = parent.shape[:2]
    shorter = min(height, width) * min(1, longest_side / max(height, width))
    if shorter < _LEAST_SIDE:
        raise ImageError(
            f"{width} x {height} is {shorter:.0f} pixels narrow once shrunk to {longest_side}"
        )
