"""A snapshot's split as arrays: manifest and label tables in, captions and regions by row out.

What training sees of a picture are the features, boxes and pseudo-labels that the labeler
`regions` found of it, and where the plan asks for them its pixels, which are read from the shards
batch by batch (`train/pictures.py`).
"""

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import parents, record, tables
from curate.dataset.errors import DataError, EmptySetError
from curate.dataset.labels import read as read_labels
from curate.dataset.overlay import with_originals
from curate.stage import plugin
from train import draws, twins
from train.encoded import COLUMNS
from train.notes import Note
from train.pictures import Pictures
from train.text import Spans, Tokens, Words

LABELER = "regions"  # the labeler whose tables are read
_BOX = ("x1", "y1", "x2", "y2")


@dataclass(frozen=True)
class Regions:
    """The regions of some pictures, each picture padded to the longest.

    Attributes:
        names: image names, ascending, `(m,)`.
        features: `(m, R, F)` float16.
        boxes: x1, y1, x2, y2 in [0, 1], `(m, R, 4)` float32.
        labels: class of each region, `(m, R)` int64; -1 where there is no region.
        present: whether there is a region, `(m, R)` bool.
        embedding: the whole picture in the image tower's joint space, unit length,
            `(m, E)` float32.
    """

    names: pa.StringArray
    features: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray
    present: np.ndarray
    embedding: np.ndarray


@dataclass(frozen=True)
class Corpus:
    """Pairs of one split, or of several, sorted by uid.

    Attributes:
        uids: names of the pairs.
        keys: the same as numbers for draws, `(n,)` uint64.
        originals: names of their pictures as the split has them, before any was blurred.
        captions: the captions.
        tokens: the captions as token ids.
        spans: gives where these come from in the captions; found once, when first asked.
        languages: BCP-47 tag of each caption, `(n,)`.
        image: row in `regions` of each pair's picture, `(n,)`.
        family: numbers of the pictures that the pair's picture is or was made from, -1 after the
            last, `(n, P)`; pairs that share one are never each other's negatives.
        twins: rows of the pairs that differ from the pair in one proven fact, -1 after the last,
            `(n, T)`; see `train.twins`.
        wording: number of the caption, letter case aside, `(n,)`.
        regions: what is known of the pictures.
        dropped: pairs of the split whose picture has no regions.
        notes: what the tasks need besides; see `train/notes/`.
        pictures: the pixels of `regions.names`, where they are wanted.
        examples: of a task, of which the rows are, see `train.tasks.corpus`; None: they are pairs.
        sets: folders or URLs of the sets that the pairs are of; none of a task.
    """

    uids: list[str]
    keys: np.ndarray
    originals: list[str]
    captions: list[str]
    tokens: Tokens
    spans: Callable[[], Spans]
    languages: np.ndarray
    image: np.ndarray
    family: np.ndarray
    twins: np.ndarray
    wording: np.ndarray
    regions: Regions
    dropped: int
    notes: tuple[Note, ...] = ()
    pictures: Pictures | None = None
    examples: pa.Table | None = None
    sets: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.keys)

    def related(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Whether the pairs of some rows and those of others share a family, `(B,)` bool."""
        ours, theirs = self.family[left][:, :, None], self.family[right][:, None, :]
        return ((ours == theirs) & (ours >= 0)).any((1, 2))


def load(
    snapshot: Path,
    labels: Path,
    split: str | None,
    words: Words,
    text_tokens: int,
    regions: int,
    labels_made: Path | None = None,
    made: Path | None = None,
    needs: Sequence[str] = (),
    pixels: int = 0,
    held: int = 0,
) -> Corpus:
    """Read one split of a snapshot, or all of it.

    Args:
        snapshot: folder with `manifest.parquet`.
        labels: folder of all labelers' tables of the pool.
        split: train, validation or test; None: all of them.
        words: the model's tokenizer.
        text_tokens: captions are cut to so many tokens.
        regions: only a picture's first so many regions are read.
        labels_made: folder of the tables of made pairs.
        made: folder of the made sets, for their counterfactual pairs; None: no pair has a twin.
        needs: files of `train/notes/` that the tasks read.
        pixels: side of the squares that pictures are read as; 0: none is read.
        held: bytes of such squares that stay in memory.

    Raises:
        DataError: a table is missing or lacks a column.
        EmptySetError: the split has no pair with regions.
    """
    manifest = tables.read(
        snapshot / record.MANIFEST_FILE,
        ["uid", "image", "caption", "lang", "recipe", "split", *(COLUMNS if pixels else ("set",))],
    )
    rows = manifest if split is None else tables.rows_with(manifest, "split", [split])
    rows = rows.sort_by("uid")
    found = read_regions(labels, rows.column("image"), regions, labels_made)
    kept = rows.filter(pc.is_in(rows.column("image"), value_set=found.names))
    if kept.num_rows == 0:
        there = pc.value_counts(manifest.column("split")).to_pylist()
        raise EmptySetError(
            f"{snapshot} has no {split or 'such'} pair with regions in {labels / LABELER} "
            f"(pairs by split: {there or 'none'})"
        )
    uids, captions = kept.column("uid").to_pylist(), kept.column("caption").to_pylist()
    found_pairs = Corpus(
        uids=uids,
        keys=draws.keys(uids),
        originals=with_originals(kept).column("image").to_pylist(),
        captions=captions,
        tokens=words.encode(captions, text_tokens),
        spans=functools.cache(lambda: words.spans(captions, text_tokens)),
        languages=np.array(kept.column("lang").to_pylist()),
        image=pc.index_in(kept.column("image"), value_set=found.names).to_numpy().astype(np.int64),
        family=_families(manifest, parents.by_pair(parents.of_snapshot(snapshot)), uids),
        twins=twins.of_pairs(made, uids),
        wording=np.unique([c.casefold() for c in captions], return_inverse=True)[1],
        regions=found,
        dropped=rows.num_rows - kept.num_rows,
        pictures=Pictures(kept, found.names, pixels).holding(held) if pixels else None,
        sets=tuple(sorted(set(kept.column("set").to_pylist()))),
    )
    read = [plugin.load("train.notes", name).read for name in needs]
    notes = tuple(one(found_pairs, words, text_tokens, labels, labels_made) for one in read)
    return dataclasses.replace(found_pairs, notes=notes)


def _families(
    manifest: pa.Table, of: Mapping[str, Sequence[str]], uids: Sequence[str]
) -> np.ndarray:
    """For each pair the pictures, or missing pairs, that its picture goes back to, as numbers."""
    columns = (manifest.column(name).to_pylist() for name in ("uid", "image"))
    image = dict(zip(*columns, strict=True))
    roots = [
        [image.get(one, one) for one in (uid, *parents.line(uid, of)) if one not in of]
        for uid in uids
    ]
    number: dict[str, int] = {}
    found = np.full((len(roots), max(map(len, roots), default=0)), -1)
    for row, names in enumerate(roots):
        found[row, : len(names)] = [number.setdefault(name, len(number)) for name in names]
    return found


def read_regions(
    labels: Path, images: pa.ChunkedArray, limit: int, made: Path | None = None
) -> Regions:
    """The label tables of some pictures as arrays; pictures without regions are left out.

    Raises:
        DataError: a table is missing, lacks a column, or its features differ in length.
    """
    folder = labels / LABELER
    wanted = pc.unique(images)
    order = [("image", "ascending"), ("region", "ascending")]
    columns = ["image", "region", *_BOX, "label"]
    rows = read_labels(LABELER, "regions", labels, made, columns, wanted).sort_by(order)
    seen = read_labels(LABELER, "features", labels, made, [*columns[:2], "feature"], wanted)
    seen = seen.sort_by(order)
    if not rows.select(columns[:2]).equals(seen.select(columns[:2])):
        raise DataError(f"{folder}: the tables regions and features name different regions")
    rows = rows.append_column("feature", seen.column("feature")).combine_chunks()
    whole = read_labels(LABELER, "images", labels, made, ["image", "embedding"], wanted)
    whole = whole.sort_by("image").combine_chunks()
    names, first, count = np.unique(
        np.array(rows.column("image").to_pylist(), object), return_index=True, return_counts=True
    )
    if list(names) != whole.column("image").to_pylist():
        raise DataError(f"{folder}: regions.parquet and images.parquet name different pictures")
    most = min(limit, int(count.max(initial=0)))
    present = np.arange(most)[None, :] < count[:, None]
    where = np.where(present, first[:, None] + np.arange(most)[None, :], 0)
    vectors = _vectors(rows.column("feature"), folder)
    boxes = np.stack([rows.column(c).to_numpy() for c in _BOX], 1).astype(np.float32)
    classes = rows.column("label").to_numpy().astype(np.int64)
    return Regions(
        names=pa.array(list(names), pa.string()),
        features=np.where(present[:, :, None], vectors[where], np.float16(0)),
        boxes=np.where(present[:, :, None], boxes[where], np.float32(0)),
        labels=np.where(present, classes[where], -1),
        present=present,
        embedding=_vectors(whole.column("embedding"), folder).astype(np.float32),
    )


def _vectors(column: pa.ChunkedArray, where: Path) -> np.ndarray:
    """A column of equally long lists as a matrix `(rows, length)`."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    lengths = pc.unique(pc.list_value_length(array)).to_pylist()
    if not lengths:
        return np.zeros((0, 0), np.float16)
    if len(lengths) != 1 or lengths[0] is None:
        raise DataError(f"{where}: vectors of lengths {lengths}; all must be equally long")
    return array.flatten().to_numpy(zero_copy_only=False).reshape(-1, lengths[0])
