"""Photometric and geometric changes that keep captions true: pairs -> pictures by albumentations.

For each picture the caption rules say which transforms leave all its captions true; among
those a draw seeded by the picture's own name chooses some and their arguments. The recipe
holds every argument in albumentations' terms, so that albumentations alone makes it again. A large
picture is shrunk where they allow that, too: where captions tell of writing or detail, it stays.
Writing that no caption tells of is looked for on the picture itself, if `written` asks for it.

Where the pool's labels are there, the facts that English captions state come along, sides swapped
where the picture is mirrored; and of a transparent cut-out with one captioned object its box,
exactly: the bounds of where its pixels went.

No crop loses a mentioned object. A cut-out's is all that is not its ground. A picture that fills
its frame is cropped only where the labeler `grounding` knows a box of everything that all its
captions mention, and these stay inside; where one is not known, nothing is cut off.
"""

import dataclasses
import fnmatch
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from augment import layout
from augment.facts import Graph
from augment.facts import graphs as graphs_of
from augment.made import UNUSABLE, Batch, Context, Made, MadeCaption, MethodParams
from augment.transforms import caption_rules, mentioned, plan, rules, stated
from augment.transforms.apply import Drawn, apply
from augment.transforms.letters import Letters, Written
from augment.transforms.parent import Parent, read
from augment.words import caption_words
from curate.dataset import pixels, record, shards, truth
from curate.dataset.errors import DataError, ImageError, ParamsError
from curate.stage.params import parameters

METHOD = "photometric"
TABLES = {"facts": truth.FACTS, "mentions": truth.MENTIONS, "objects": truth.OBJECTS}
_LEAST_SIDE = 8  # pixels of the shorter side after shrinking; less is no picture


@parameters
class Params(MethodParams):
    """`make.photometric`; a transform without a caption rule or beyond its bounds is refused."""

    # albumentations name -> `p` (chance, where captions allow it) and the arguments that its
    # caption rule bounds, each a number or [least, greatest]; applied in this order
    transforms: Mapping[str, Mapping[str, Any]]
    # kind of words (augment.words.caption_words.KINDS) -> patterns of a url or page whose pictures
    # are treated as if a caption held such a word: writing on screenshots, an emblem among flags
    known: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    written: Written | None = None  # pictures that text is read on: `known` as writing

    def __post_init__(self) -> None:
        """Raise ParamsError for what no caption rule covers."""
        for name, spec in self.transforms.items():
            where = f"make.{METHOD}.transforms.{name}"
            arguments = {key: value for key, value in spec.items() if key != "p"}
            rules.check_arguments(name, arguments, where)
            chance = spec.get("p")
            if not isinstance(chance, int | float) or not 0 < chance <= 1:
                raise ParamsError(f"{where}.p is {chance!r}; it is a chance above 0, at most 1")
        if unknown := sorted(set(self.known) - set(caption_words.KINDS)):
            raise ParamsError(
                f"make.{METHOD}.known names {', '.join(unknown)}; "
                f"kinds of words are {', '.join(caption_words.KINDS)}"
            )


def make(rows: pa.Table, context: Context, params: Params) -> Batch:
    """Made pictures of every picture in `rows` (schema `sets.LOCATED`), with their captions."""
    batch = Batch(rows={name: [] for name in TABLES})
    graphs = graphs_of(context.labels, rows.column("uid").to_pylist())
    boxes = mentioned.boxes(context.labels, rows)
    letters = Letters(params.written, rows.column("image").to_pylist()) if params.written else None
    ordered = sorted(rows.to_pylist(), key=lambda row: (row["set"], row["image"], row["uid"]))
    for root, group in itertools.groupby(ordered, key=lambda row: row["set"]):
        with shards.ShardReader(root) as reader:
            for _, of_image in itertools.groupby(group, key=lambda row: row["image"]):
                pairs = list(of_image)
                first = pairs[0]
                try:
                    data = reader.read(first["shard"], first["offset"], first["size"])
                    _make_pictures(read(pairs, data, graphs, boxes), letters, params, batch)
                except ImageError as error:
                    batch.rejected += [(pair["uid"], UNUSABLE, str(error)) for pair in pairs]
    if letters:
        letters.remember()
    return batch


def remake(recipe: Mapping[str, Any], parents: Sequence[bytes], context: Context) -> bytes:  # noqa: ARG001
    """The made picture's bytes again, from its recipe and the parent's encoded bytes.

    Raises:
        ImageError: the bytes are no usable picture.
    """
    (data,) = parents
    return apply(recipe, np.asarray(pixels.decode(data))).encoded(recipe)


def recaption(recipe: Mapping[str, Any], captions: Sequence[str], lang: str) -> str:
    """The caption again: the parent's, as the rules of the recipe's transforms leave it.

    Raises:
        DataError: the rules forbid one of them, so that the caption may be false.
    """
    names = [step["name"] for step in recipe["transforms"]]
    verdict = caption_rules.judge(names, captions[0], lang)
    if verdict.effect == "forbidden":
        raise DataError(
            f"{captions[0]!r} forbids {', '.join(names)} ({verdict.reason}); `dvc repro` makes "
            "the pairs anew by the rules of now"
        )
    return verdict.caption


def _make_pictures(parent: Parent, letters: Letters | None, params: Params, batch: Batch) -> None:
    """Add to the batch what is made of one picture, or why nothing is.

    Raises:
        ImageError: it would become too narrow.
    """
    objections = _objections(parent, letters, params)
    shrunk = plan.shrink(parent.pixels.shape, params.longest_side)
    if all(objections[step["name"]] is None for step in shrunk):
        _check_size(parent.pixels, params.longest_side)
    for name, reason in objections.items():
        if reason is not None:
            batch.counts["forbidden", name, reason] += 1
    drawn = [_drawn(parent, index, objections, params) for index in range(params.per_image)]
    batch.made += [_pictured(*found, parent, batch) for found in drawn if found is not None]
    if not any(drawn):
        reasons = {objections[name] or parent.shown for name in params.transforms}
        detail = ", ".join(sorted(reasons))
        batch.rejected += [
            (pair["uid"], "every transform forbidden", detail) for pair in parent.pairs
        ]


def _objections(parent: Parent, letters: Letters | None, params: Params) -> dict[str, str | None]:
    """Transform -> the reason why it would make a caption of the picture false, or None.

    Asked about are those of the params, and the shrinking of a large picture.
    """
    pairs = parent.pairs
    captions = [(pair["caption"], pair["lang"]) for pair in pairs]
    places = {place for pair in pairs for place in (pair["url"], pair["page"]) if place}
    known = [
        kind
        for kind, patterns in params.known.items()
        if any(fnmatch.fnmatchcase(place, p) for place in places for p in patterns)
    ]
    shrunk = [step["name"] for step in plan.shrink(parent.pixels.shape, params.longest_side)]
    asked = (*params.transforms, *shrunk)
    found = caption_rules.objections(asked, captions, known)
    in_doubt = any(
        why is None and "writing" in rules.rule(n).forbidden_by for n, why in found.items()
    )
    if in_doubt and letters and letters.tell(parent.image, parent.pixels):
        found = caption_rules.objections(asked, captions, [*known, "writing"])
    crops = [n for n, why in found.items() if why is None and rules.rule(n).boxes == "cropped"]
    return found | dict.fromkeys(crops, parent.shown) if crops and parent.tight() else found


def _drawn(
    parent: Parent, index: int, objections: Mapping[str, str | None], params: Params
) -> tuple[dict[str, Any], Drawn] | None:
    """A recipe and what it draws: without the crops where they would cut into what it shows."""
    allowed = [name for name in params.transforms if objections[name] is None]
    shrunk = [
        step
        for step in plan.shrink(parent.pixels.shape, params.longest_side)
        if objections[step["name"]] is None
    ]
    while allowed:
        recipe = plan.plan(METHOD, parent.image, index, allowed, params.transforms, parent.layout)
        names = [step["name"] for step in recipe["transforms"]]
        recipe |= {"transforms": shrunk + recipe["transforms"], "quality": params.quality}
        crops = [name for name in names if rules.rule(name).boxes == "cropped"]
        drawn = apply(recipe, parent.pixels, parent.mask() if crops or parent.alone else None)
        if not crops or drawn.mask is None or not layout.cut_into(drawn.mask):
            return recipe, drawn
        allowed = [name for name in allowed if name not in crops]
    return None


def _pictured(recipe: dict[str, Any], drawn: Drawn, parent: Parent, batch: Batch) -> Made:
    """A drawn picture with the captions that stay true, and what is known of both."""
    names = [step["name"] for step in recipe["transforms"]]
    captions: list[MadeCaption] = []
    height, width = drawn.pixels.shape[:2]
    made = Made(drawn.encoded(recipe), "jpg", width, height, captions)
    object_row = _object(made.image, drawn, parent)
    mirrored = sum(rules.rule(name).mirrors for name in names) % 2 == 1
    told: dict[str, dict[str, Any]] = {}  # the recipe, by what becomes of a caption
    for pair in parent.pairs:
        verdict = caption_rules.judge(names, pair["caption"], pair["lang"])
        batch.counts["captions", verdict.effect] += 1
        if verdict.effect == "forbidden":
            continue
        own = told.setdefault(verdict.effect, {**recipe, "caption": verdict.effect})
        captions.append(MadeCaption(pair["uid"], verdict.caption, pair["lang"], own))
        if graph := parent.graphs.get(pair["uid"]):
            uid = record.pair_uid(made.image, pair["lang"], verdict.caption)
            facts = [stated.mirrored(fact) if mirrored else fact for fact in graph.facts()]
            batch.rows["facts"] += [
                {"uid": uid, "fact": number, **fact._asdict()} for number, fact in enumerate(facts)
            ]
            if object_row is not None:
                spans = _mentions(graph, pair["caption"], verdict.caption)
                batch.rows["mentions"] += [{"uid": uid, "object": 0, **span} for span in spans]
    if object_row is not None:
        batch.rows["objects"].append(object_row)
    for name in names:
        batch.counts["transforms", name] += 1
    return made


def _object(image: str, drawn: Drawn, parent: Parent) -> dict[str, Any] | None:
    """Row of a cut-out's one object: the bounds of where its pixels went."""
    bounds = layout.box(drawn.mask) if parent.alone and drawn.mask is not None else None
    if bounds is None:
        return None
    place = dict(zip(("x1", "y1", "x2", "y2"), bounds, strict=True))
    names = {"image": image, "object": 0, "name": parent.alone, "visible": 1.0}
    return {**names, **place, "parent": next(iter(parent.graphs))}


def _mentions(graph: Graph, before: str, after: str) -> list[dict[str, int]]:
    """Where the caption names its one object; none where an edit leaves that in doubt."""
    (node,) = graph.objects()
    start, end = node["start"], node["end"]
    if after != before:
        if before.count(node["text"]) != 1 or after.count(node["text"]) != 1:
            return []
        start = after.index(node["text"])
        end = start + len(node["text"])
    return [{"start": start, "end": end}]


def _check_size(parent: layout.Pixels, longest_side: int) -> None:
    height, width = parent.shape[:2]
    shorter = min(height, width) * min(1, longest_side / max(height, width))
    if shorter < _LEAST_SIDE:
        raise ImageError(
            f"{width} x {height} is {shorter:.0f} pixels narrow once shrunk to {longest_side}"
        )
