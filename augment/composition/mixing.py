"""Two pictures and their captions in, one picture and captions that hold of it out.

What mixing methods share: whom a picture is mixed with, which captions may be joined, and the
fitting of a whole picture into a box, so that nothing of it is cut or covered. A caption is joined
only where both pictures have one of the language, and only where it tells nothing that the mixing
could make false: no counts and groups (there is more to see now), no edges, no word of how the
picture was processed, and what else a method forbids (`augment.words.caption_words`). A mixture in
which either picture would hardly show is not made.
"""

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import PIL
import pyarrow as pa
from PIL import Image

from augment import facts
from augment.composition import partners
from augment.composition.composing import encoded
from augment.composition.partners import Picture, Row
from augment.layout import layout
from augment.made import UNUSABLE, Batch, Context, Made, MadeCaption, MethodParams
from augment.words import caption_words, phrasing
from curate.dataset import pixels, record, truth
from curate.dataset.errors import ImageError
from curate.dataset.shards import ShardReader
from curate.stage.params import parameters

FORBIDDEN = ("number", "several", "extent", "process")  # to every mixing
TABLES = {"facts": truth.FACTS}
_TRIED = 24  # candidates for a partner
_LEAST_SIDE = 24  # pixels of a picture; a smaller one shows nothing once mixed
_WHITE = (255, 255, 255)
_NO_PARTNER = "no partner"
_NO_CAPTION = "no caption to join"
_NOT_ASKED = "of no source that is mixed"
_FAINT = "too faint to be seen in the mixture"
_SEEN = 20  # of 255: a pixel this far from its picture's ground is seen in a mixture
_SHOWN = 0.05  # of the mixture's pixels, that either picture must show in


Draw = Callable[[Image.Image, Image.Image, Mapping[str, Any]], Image.Image]


@parameters
class MixingParams(MethodParams):
    """What every mixing is asked for."""

    sources: tuple[str, ...] = ()  # of the pictures that are mixed; none: of every source


class Method(NamedTuple):
    """What makes one mixing unlike another.

    Attributes:
        name: its key under `make`.
        forbidden: kinds of words that a caption must not hold.
        plan: (image, partner, number) -> what the recipe says besides the usual.
        draw: two RGB pictures and the recipe -> the mixed picture.
        opaque: (recipe) -> share of its own contrast that either picture keeps.
        join: two captions and their language -> the caption.
    """

    name: str
    forbidden: tuple[str, ...]
    plan: Callable[[str, str, int], dict[str, Any]]
    draw: Draw
    opaque: Callable[[Mapping[str, Any]], tuple[float, float]]
    join: Callable[[str, str, str], str]


def make(rows: pa.Table, context: Context, params: MixingParams, method: Method) -> Batch:
    """Mix every picture of `rows` with its partners."""
    batch = Batch()
    readers: dict[str, ShardReader] = {}
    pool = partners.training(context.training)
    graphs = facts.all_graphs(context.labels) if context.labels is not None else {}
    for picture in partners.grouped(rows.to_pylist()):
        if params.sources and picture.pairs[0]["source"] not in params.sources:
            _refuse(batch, picture, _NOT_ASKED, picture.pairs[0]["source"])
            continue
        tellable = _tellable(picture, method.forbidden)
        if not tellable:
            _refuse(batch, picture, _NO_CAPTION, "none is one plain phrase without forbidden words")
            continue
        try:
            own = _decoded(read(picture, readers))
        except ImageError as error:
            _refuse(batch, picture, UNUSABLE, str(error))
            continue
        for number in range(params.per_image):
            partners_of = _partners(picture, tellable, pool, params, method, number)
            found = next(_usable(partners_of, readers), None)
            if found is None:
                _refuse(batch, picture, _NO_PARTNER, "none with a caption to join in a language")
                break
            partner, other = found
            recipe = {
                "method": method.name,
                "library": f"pillow {PIL.__version__}",
                "images": [picture.image, partner.image],
                "longest_side": params.longest_side,
                "quality": params.quality,
                **method.plan(picture.image, partner.image, number),
            }
            if faint := _faint([own, other], method.opaque(recipe)):
                _refuse(batch, picture, _FAINT, f"{faint} with {partner.image}")
                continue
            data = encoded(method.draw(own, other, recipe), recipe)
            made = _told(data, recipe, tellable, _tellable(partner, method.forbidden), method)
            batch.made.append(made)
            batch.rows.setdefault("facts", []).extend(_facts(made, graphs))
    for reader in readers.values():
        reader.close()
    return batch


def remake(recipe: Mapping[str, Any], parents: Sequence[bytes], draw: Draw) -> bytes:
    """The mixed picture's bytes from its recipe and its parents', in the recipe's order.

    Raises:
        ImageError: bytes are no picture, or of one too small to be seen in a mixture.
    """
    first, second = (_decoded(data) for data in parents)
    return encoded(draw(first, second, recipe), recipe)


def read(picture: Picture, readers: dict[str, ShardReader]) -> bytes:
    """A picture's encoded bytes; opened sets stay in `readers`."""
    row = picture.pairs[0]
    reader = readers.setdefault(row["set"], ShardReader(row["set"]))
    return reader.read(row["shard"], row["offset"], row["size"])


def _decoded(data: bytes) -> Image.Image:
    image = pixels.decode(data)
    if min(image.size) < _LEAST_SIDE:
        raise ImageError(f"{image.width} x {image.height} is too small to be mixed")
    return image


def _faint(images: Sequence[Image.Image], opaque: Sequence[float]) -> str | None:
    """Which of two pictures would hardly show: too few pixels that differ from its ground."""
    for which, image, share in zip(("the first", "the second"), images, opaque, strict=True):
        small = np.asarray(fitted(image, 64, 64)).astype(np.int16)
        far = np.abs(small - np.asarray(_ground(image), np.int16)).max(axis=2) * share > _SEEN
        if far.mean() < _SHOWN:
            return which
    return None


def fitted(image: Image.Image, width: int, height: int) -> Image.Image:
    """A whole picture scaled into a box, centred; around it its own ground, or white."""
    scale = min(width / image.width, height / image.height)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    around = Image.new("RGB", (width, height), _ground(image))
    scaled = image.resize(size, Image.Resampling.LANCZOS)
    around.paste(scaled, ((width - size[0]) // 2, (height - size[1]) // 2))
    return around


def _ground(image: Image.Image) -> tuple[int, int, int]:
    """Colour of a cut-out's ground; white around a picture that fills its frame, as on a page."""
    ground = layout(np.asarray(image)).ground
    return _WHITE if ground is None else ground


def _tellable(picture: Picture, forbidden: Sequence[str]) -> dict[str, Row]:
    """Language -> a pair (the first by uid) whose caption may be joined, with its phrase."""
    found: dict[str, Row] = {}
    for pair in picture.pairs:
        lang, caption = pair["lang"], pair["caption"]
        known = phrasing.covered(lang) and caption_words.covered(lang)
        if lang in found or not known or (text := phrasing.phrase(caption, lang)) is None:
            continue
        if not any(caption_words.mention(caption, lang, kind) for kind in forbidden):
            found[lang] = {**pair, "phrase": text}
    return found


def _partners(
    picture: Picture,
    tellable: Mapping[str, Row],
    pool: partners.Training,
    params: MixingParams,
    method: Method,
    number: int,
) -> Iterator[Picture]:
    """Candidates that can say something else in a language of the picture's."""
    around = partners.following(
        pool.names[picture.licence], picture.image, method.name, str(number)
    )
    for name in itertools.islice(around, _TRIED):
        candidate = pool.picture(name)
        if params.sources and candidate.pairs[0]["source"] not in params.sources:
            continue
        other = _tellable(candidate, method.forbidden)
        shared = [lang for lang in tellable if lang in other]
        same = any(
            tellable[lang]["phrase"].casefold() == other[lang]["phrase"].casefold()
            for lang in shared
        )
        if shared and not same:
            yield candidate


def _usable(
    candidates: Iterator[Picture], readers: dict[str, ShardReader]
) -> Iterator[tuple[Picture, Image.Image]]:
    """Those that can be decoded, decoded; a bad one is no fault of the picture it would join."""
    for candidate in candidates:
        with contextlib.suppress(ImageError):
            yield candidate, _decoded(read(candidate, readers))


def _told(
    data: bytes,
    recipe: dict[str, Any],
    first: Mapping[str, Row],
    second: Mapping[str, Row],
    method: Method,
) -> Made:
    """The picture with a caption in each language that both parents have."""
    captions = [
        MadeCaption(
            first[lang]["uid"],
            method.join(first[lang]["caption"], second[lang]["caption"], lang),
            lang,
            recipe,
            (second[lang]["uid"],),
        )
        for lang in sorted(first)
        if lang in second
    ]
    _, width, height = pixels.probe(data)
    return Made(data, "jpg", width, height, captions)


def _facts(made: Made, graphs: Mapping[str, facts.Graph]) -> list[dict[str, Any]]:
    """What the English captions state: what both parents' do, where both were understood."""
    image = made.image
    found = []
    for caption in made.captions:
        own = [graphs.get(uid) for uid in (caption.parent, *caption.others)]
        if all(graph is not None for graph in own):
            stated = [fact for graph in own if graph is not None for fact in graph.facts()]
            found += facts.rows(record.pair_uid(image, caption.lang, caption.caption), stated)
    return found


def _refuse(batch: Batch, picture: Picture, reason: str, detail: str) -> None:
    batch.rejected += [(pair["uid"], reason, detail) for pair in picture.pairs]


def joined(a: str, b: str, lang: str) -> str:
    """Two captions as one phrase, the shorter first, so that no word of it seems to go on."""
    parts = [phrasing.phrase(text, lang) or text for text in (a, b)]
    first, second = sorted(parts, key=lambda part: (len(part.split()), part))
    return phrasing.join(first, second, lang).text
