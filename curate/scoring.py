"""A scorer and a pool in; the scorer's table out, made in the way of the scorer's form.

`FORMS`, at the end, has the forms that a file `curate/scorers/<kind>.py` may have; `curate.score`
says what each function takes and gives.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate import embeddings as vectors
from curate import recordings, together
from curate.columns import Rows
from curate.dataset import tables
from curate.dataset.errors import ParamsError, PluginError
from curate.dataset.memory import Memory
from curate.dataset.sets import distinct_images
from curate.scorer import Scorer
from curate.stage import remembered

GROUP = 512  # rows scored at once
_PLACE = ("set", "shard", "offset", "uid")  # so sorted, rows have shards read from end to end
_HASH = pa.field("hash", pa.string(), nullable=False)  # hash of the one that was judged
_HASHED = 4096  # vectors that are hashed at once


class Pool(NamedTuple):
    """What is scored, and where what is known of it lies."""

    pairs: pa.Table  # of schema `sets.LOCATED`
    embeddings: Path | None = None  # folder for the scorer's own, or of those that it judges by
    scores: Path | None = None  # folder of the tables of others
    params_file: Path = together.FILE  # names the scorers that share a decode


class Form(NamedTuple):
    """A form of scorers' files."""

    mark: str  # what a file of this form has, and of no form above it
    needs: tuple[str, ...]  # what it then also has
    make: Callable[[Scorer, pa.Table, Pool], pa.Table]  # its table of rows, one for each key


def table_of(scorer: Scorer, pool: Pool) -> pa.Table:
    """A scorer's table of a pool, its rows in any order.

    Raises:
        PluginError: the scorer's file has no form.
        ParamsError: the scorer judges by what is not given.
    """
    make = form_of(scorer.module).make
    return make(scorer, _distinct(pool.pairs, scorer.module.KEY), pool)


def form_of(module: ModuleType) -> Form:
    """The form of a scorer's file.

    Raises:
        PluginError: it has none, or lacks what its form needs.
    """
    file = f"{module.__name__.replace('.', '/')}.py"
    found = [form for form in FORMS if getattr(module, form.mark, None)]
    if not found:
        marks = ", ".join(form.mark for form in FORMS)
        raise PluginError(f"{file} is no scorer, it has none of {marks}; see curate/score.py")
    form = found[0]
    if other := [f.mark for f in found[1:] if f.mark not in ("score", *form.needs)]:
        raise PluginError(f"{file} has the marks {form.mark} and {other[0]} of two forms")
    needs = ("KEY", "SCHEMA", "Params", *form.needs)
    if lacking := [name for name in needs if not hasattr(module, name)]:
        raise PluginError(f"{file} has {form.mark} but no {', '.join(lacking)}")
    return form


def _distinct(pairs: pa.Table, key: str) -> pa.Table:
    """A row for each key."""
    return distinct_images(pairs) if key == "image" else pairs


def _by_row(scorer: Scorer, rows: pa.Table, pool: Pool) -> pa.Table:
    _left_empty(pool.embeddings)
    return _fill(scorer.memory(), rows, scorer, "score", _PLACE)


def _by_small_picture(scorer: Scorer, rows: pa.Table, pool: Pool) -> pa.Table:
    _left_empty(pool.embeddings)
    others = together.beside(scorer, rows, pool.params_file)
    found = remembered.fill(
        scorer.memory(), rows, together.score, scorer, others,
        group=GROUP, label=f"score {scorer.name}",
    )  # fmt: skip
    for _, memory in others:
        memory.gather()
    return found


def _by_own_embeddings(scorer: Scorer, rows: pa.Table, pool: Pool) -> pa.Table:
    """Each image and each caption is encoded once."""
    captions = pa.table({"caption": pc.unique(rows.column("caption")).sort()})
    found = []
    for part, some in (("images", distinct_images(rows)), ("texts", captions)):
        memory = scorer.memory(f"{scorer.kind}-{part}", vectors.remembered_schema(part))
        found.append(_fill(memory, some, scorer, f"embed_{part}"))
    own = vectors.Embeddings(*found)
    if pool.embeddings is not None:
        vectors.write(own, pool.embeddings)
    return _called(scorer, "score", rows, own)


def _by_vector(scorer: Scorer, rows: pa.Table, pool: Pool) -> pa.Table:
    """Each vector is judged once; of an image without one nothing is said."""
    schema = scorer.module.SCHEMA
    images = tables.read(_given(pool.embeddings, "embeddings") / "images.parquet")
    images = images.filter(pc.is_in(images.column("image"), rows.column("image").combine_chunks()))
    hashes = _hashes(images)
    keyed = pa.table({_HASH.name: hashes, "vector": images.column("vector")})
    _, first = np.unique(hashes.to_numpy(zero_copy_only=False), return_index=True)
    found = remembered.fill(
        scorer.memory(schema=pa.schema([_HASH, *list(schema)[1:]])),
        keyed.take(np.sort(first)), judge, scorer,
        group=GROUP, label=f"score {scorer.name}", unit="vectors",
    ).combine_chunks()  # fmt: skip
    place = pc.index_in(rows.column("image"), images.column("image").combine_chunks())
    place = pc.index_in(hashes, found.column(_HASH.name).combine_chunks()).take(place)
    columns = [found.column(name).take(place) for name in schema.names[1:]]
    return pa.table([rows.column("image"), *columns], schema=schema)


def _by_recording(scorer: Scorer, rows: pa.Table, pool: Pool) -> pa.Table:
    """Each recording is heard once; of a caption that is not spoken nothing is said."""
    _left_empty(pool.embeddings)
    schema = scorer.module.SCHEMA
    spoken = recordings.spoken(rows)
    found = remembered.fill(
        scorer.memory(schema=pa.schema([recordings.KEY, *list(schema)[1:]])),
        tables.first(spoken, [recordings.KEY.name]), recordings.listen, scorer,
        group=GROUP, label=f"score {scorer.name}", unit="recordings", order=_PLACE[:3],
    ).combine_chunks()  # fmt: skip
    names = found.column(recordings.KEY.name).combine_chunks()
    heard = pc.index_in(spoken.column(recordings.KEY.name), value_set=names)
    place = pc.index_in(rows.column("uid"), value_set=spoken.column("uid").combine_chunks())
    place = heard.combine_chunks().take(place.combine_chunks())
    columns = [found.column(name).take(place) for name in schema.names[1:]]
    return pa.table([rows.column("uid"), *columns], schema=schema)


def _by_embeddings(scorer: Scorer, rows: pa.Table, pool: Pool) -> pa.Table:
    found = vectors.read(_given(pool.embeddings, "embeddings"))
    return _called(scorer, "score", rows, found)


def _by_pool(scorer: Scorer, rows: pa.Table, pool: Pool) -> pa.Table:
    known = Rows(pool.pairs, _given(pool.scores, "scores"))
    return _called(scorer, "score", rows, known, pool.embeddings)


def _called(scorer: Scorer, call: str, rows: pa.Table, *given: Any) -> pa.Table:
    found: pa.Table = getattr(scorer.module, call)(rows, scorer.params, *given)
    return found


def _fill(
    memory: Memory, rows: pa.Table, scorer: Scorer, call: str, order: Sequence[str] = ()
) -> pa.Table:
    return remembered.fill(
        memory, rows, call_group, scorer, call,
        group=GROUP, label=f"{call.replace('_', ' ')} {scorer.name}", order=order,
    )  # fmt: skip


def call_group(rows: pa.Table, scorer: Scorer, call: str) -> pa.Table:
    """Score or embed some rows, in a worker."""
    return _called(scorer, call, rows)


def judge(rows: pa.Table, scorer: Scorer) -> pa.Table:
    """Judge some vectors, in a worker."""
    unit = vectors.unit(vectors.matrix(rows))
    return pa.table(
        {_HASH.name: rows.column(_HASH.name), **scorer.module.judged(unit, scorer.params)}
    )


def _hashes(images: pa.Table) -> pa.Array:
    """A hash of each vector, (n,) of 32 hexadecimal digits."""
    found = []
    for start in range(0, images.num_rows, _HASHED):
        numbers = vectors.matrix(images.slice(start, _HASHED))
        found += [hashlib.blake2b(row.tobytes(), digest_size=16).hexdigest() for row in numbers]
    return pa.array(found, _HASH.type)


def _left_empty(folder: Path | None) -> None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)


def _given(folder: Path | None, flag: str) -> Path:
    if folder is None:
        raise ParamsError(f"this scorer judges by {flag}; name their folder by --{flag}")
    return folder


FORMS = (
    # pictures one by one: shared decode, remembered by image
    Form("measured", ("least",), _by_small_picture),
    # vectors of images and captions are remembered, and written out; pairs are scored by them
    Form("embed_images", ("embed_texts", "score"), _by_own_embeddings),
    # another's vectors of images one by one, remembered by vector
    Form("judged", (), _by_vector),
    # what speaks captions, one by one, remembered by the recording
    Form("listened", (), _by_recording),
    # the pool as a whole by another's embeddings: nothing is remembered
    Form("FROM_EMBEDDINGS", ("score",), _by_embeddings),
    # the pool as a whole by others' tables and embeddings: nothing is remembered
    Form("FROM_SCORES", ("score",), _by_pool),
    # rows one by one, remembered by their key
    Form("score", (), _by_row),
)
