"""Pictures in; whether an evaluation set holds the same one, or one that looks like it, out.

Perceptual hashes find copies that were resized, encoded again or mirrored. Crops are found both
ways, mirrored or not: a picture may be a crop of one that is held out (`cropped`), or hold one that
is a crop of it (`holding`), see `curate.crops`; one that is near as a whole is not asked for that.
Of a table of hashes no crops are known, as they need the pictures. For smaller crops and for
pictures of the same thing there is `leakage_semantic`; for captions, `leakage_caption`.

Measured on 200 pictures each of five packages (photographs of food, a manual's pictures, clip art,
stamps, emoji) and random crops of them: 40 to 90% of the area, shapes changed by up to 4:3, half
of them mirrored, all encoded again as JPEG. Named, with the right picture, were 92% of the crops
(98, 87, 86, 94 and 96) and 92% of what they were cut from (98, 88, 85, 95 and 96). Of 500 such
pictures held against 400 of the other four packages 1 was named, and 5 against crops of those 400.
Among drawings of one series (the other 200 pictures of a package) many more are: near-copies but
for a colour, a skin tone or a line, which hashes and grey levels do not tell; of clip art 6%, and
23% where crops are held out. Such pools want a smaller `distance`, a greater `alike`, or a rule
without `cropped` and `holding`. What misses is plain or symmetric, whose hash is chance, or a
strip shorter than half of a side. A picture costs about 9 ms of a processor's time against 2,000
held out (4.5 ms where crops were found one way), one that is held out 4 ms, once.
"""

from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

import numpy as np
import pyarrow as pa
from pydantic import Field

from curate import crops, evaluation, hamming, held_out, looks
from curate.dataset.memory import fingerprint as fingerprint_of
from curate.dataset.pictures import decoded
from curate.held_out import HeldOut
from curate.stage.params import parameters

KEY = "image"
SCHEMA = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("exact", pa.bool_()),  # an evaluation set holds the same bytes
        pa.field("near", pa.bool_()),  # one holds a picture within `distance`; null: no picture
        pa.field("mirrored", pa.bool_()),  # or its mirror image, whole or cropped
        pa.field("cropped", pa.bool_()),  # or one that it is a crop of
        pa.field("holding", pa.bool_()),  # or one that is a crop of it
        *evaluation.HIT,
    ]
)
WAYS = ("near", "mirrored", "cropped", "holding")  # of hits as near as each other the first counts
_WHERE = "score.leakage.sets"


@parameters
class Params:
    """Which evaluation sets, and how near a picture may come to theirs."""

    sets: evaluation.Sets  # the register
    distance: hamming.Distance = 6  # bits of 64 within which perceptual hashes are the same
    alike: Annotated[float, Field(gt=0, le=1)] = 0.97  # correlation of a crop with what it is of


class _Hits(NamedTuple):
    """Pictures that are like one that is held out, all in the same way."""

    kind: str  # of WAYS
    rows: np.ndarray  # (P,)
    owners: np.ndarray  # (P,)
    apart: np.ndarray  # (P,) bits, or of crops 1 - correlation
    mirrored: np.ndarray  # (P,) bool


def score(rows: pa.Table, params: Params) -> pa.Table:
    """Whether each picture leaks; all but `exact` is null where the bytes are no picture."""
    known = _known(params)
    images, small = [], []
    for image, picture in decoded(rows):
        images.append(image)
        small.append(None if picture is None else looks.small(picture))
    found: dict[str, set[int]] = {way: set() for way in WAYS}
    best: dict[int, tuple[float, int, int]] = {}  # row -> distance, place in WAYS, owner
    for kind, places, owners, apart, mirrored in _hits(small, known, params):
        found[kind].update(places.tolist())
        found["mirrored"].update(places[mirrored].tolist())
        for row, owner, distance in zip(
            places.tolist(), owners.tolist(), apart.tolist(), strict=True
        ):
            hit = (distance, WAYS.index(kind), owner)
            best[row] = min(best.get(row, hit), hit)
    nearest: list[evaluation.Hit | None] = []
    for row, image in enumerate(images):
        if image in known.exact:
            nearest.append((*known.owners[known.exact[image]], "exact", 0.0))
        elif row in best:
            distance, rank, owner = best[row]
            nearest.append((*known.owners[owner], WAYS[rank], distance))
        else:
            nearest.append(None)
    own: dict[str, list[Any]] = {
        "image": images,
        "exact": [image in known.exact for image in images],
    }
    for way in WAYS:
        own[way] = [None if one is None else row in found[way] for row, one in enumerate(small)]
    return pa.table(evaluation.hits(own, nearest), schema=SCHEMA)


def fingerprint(params: Params) -> str:
    """Of the evaluation sets' hashes and pictures."""
    known = _known(params)
    arrays = [part.tobytes() for part in (known.codes, known.of, known.pictures.small)]
    return fingerprint_of(known.owners, sorted(known.exact.items()), *arrays)


def told(params: Params) -> dict[str, str]:
    """Metadata of the table: the sets that were looked for."""
    return evaluation.told(params.sets, evaluation.registered(params.sets, "path", _WHERE))


def _known(params: Params) -> HeldOut:
    return held_out.read(evaluation.registered(params.sets, "path", _WHERE))


def _hits(small: list[np.ndarray | None], known: HeldOut, params: Params) -> Iterator[_Hits]:
    """All that is like something held out, of small copies of pictures; None: no picture."""
    shown = {row: one for row, one in enumerate(small) if one is not None}
    whole = list(_whole(shown, known, params.distance))
    yield from whole
    for row in {row for hits in whole for row in hits.rows.tolist()}:
        del shown[row]
    if len(known.shown) == 0:
        return
    rows, pictures = np.array(list(shown), np.int64), crops.seen(list(shown.values()))
    for kind, pair in (
        ("cropped", crops.found(known.pictures, pictures, params.alike)),
        ("holding", crops.found(pictures, known.pictures, params.alike)),
    ):
        ours, theirs = (pair.crop, pair.whole) if kind == "cropped" else (pair.whole, pair.crop)
        yield _Hits(kind, rows[ours], known.shown[theirs], pair.unlike, pair.mirrored)


def _whole(shown: dict[int, np.ndarray], known: HeldOut, distance: int) -> Iterator[_Hits]:
    """Pictures by their rows whose hash, or their mirror image's, is near to one held out."""
    rows = np.array(list(shown), np.int64)
    codes = np.array([looks.both(one) for one in shown.values()], np.uint64).reshape(-1, 2)
    for kind, own in zip(("near", "mirrored"), codes.T, strict=True):
        own = np.ascontiguousarray(own)
        for a, b in hamming.near(own, known.codes, distance):
            bits = np.bitwise_count(own[a] ^ known.codes[b]).astype(np.float64)
            yield _Hits(kind, rows[a], known.of[b], bits, np.full(len(a), kind == "mirrored"))
