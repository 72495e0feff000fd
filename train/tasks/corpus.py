"""A task's examples and the region labels of their pictures in; a corpus to train on, out.

Its rows are examples in the place of pairs: the text is the caption, the first picture the picture.
What else an example tells is read by those files of `train/notes/` that take it from
`Corpus.examples`.
"""

import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import sets
from curate.dataset.errors import DataError, EmptySetError
from curate.stage import plugin
from train import draws, twins
from train.corpus import Corpus, read_regions
from train.pictures import Pictures
from train.plan import Sizes
from train.tasks import examples
from train.text import Words


def load(
    task: Path,
    labels: Path,
    split: str,
    words: Words,
    text_tokens: int,
    regions: int,
    needs: Sequence[str] = (),
    pixels: int = 0,
    held: int = 0,
) -> Corpus:
    """Read one split of a task.

    Args:
        task: folder that `train.task_set` wrote.
        labels: folder of the labelers' tables of its pictures.
        split: train, validation or test.
        words: the model's tokenizer.
        text_tokens: texts are cut to so many tokens.
        regions: only a picture's first so many regions are read.
        needs: files of `train/notes/` that the objective reads.
        pixels: side of the squares that pictures are read as; 0: none is read.
        held: bytes of such squares that stay in memory.

    Raises:
        DataError: a table is missing or lacks a column.
        EmptySetError: the split has no example with regions.
    """
    rows = examples.read(task, split)
    named = rows.column("images").combine_chunks()
    found = read_regions(labels, pa.chunked_array([named.flatten()]), regions)
    known = pc.is_in(named.flatten(), value_set=found.names).to_numpy(zero_copy_only=False)
    whole = np.logical_and.reduceat(known, named.offsets.to_numpy()[:-1]) if len(known) else known
    kept = rows.filter(pa.array(whole))
    if kept.num_rows == 0:
        raise EmptySetError(
            f"{task} has no {split} example with regions in {labels} (examples: {rows.num_rows})"
        )
    first = pc.list_element(kept.column("images"), 0)
    names, texts = kept.column("example").to_pylist(), kept.column("text").to_pylist()
    corpus = Corpus(
        uids=names,
        keys=np.array([draws.number("example", name) for name in names], np.uint64),
        originals=first.to_pylist(),
        captions=texts,
        tokens=words.encode(texts, text_tokens),
        spans=functools.cache(lambda: words.spans(texts, text_tokens)),
        languages=np.array(kept.column("lang").to_pylist()),
        image=pc.index_in(first, value_set=found.names).to_numpy().astype(np.int64),
        family=np.full((len(names), 0), -1),
        twins=twins.of_pairs(None, names),
        wording=np.unique([text.casefold() for text in texts], return_inverse=True)[1],
        regions=found,
        dropped=rows.num_rows - kept.num_rows,
        pictures=_pixels(task, found.names, pixels, held) if pixels else None,
        examples=kept,
    )
    read = [plugin.load("train.notes", name).read for name in needs]
    notes = tuple(one(corpus, words, text_tokens, labels, None) for one in read)
    return dataclasses.replace(corpus, notes=notes)


def _pixels(task: Path, names: pa.StringArray, side: int, held: int) -> Pictures:
    pairs = sets.located([task / examples.SET])
    return Pictures(pairs, names, side).holding(held)


def fitting(corpus: Corpus, sizes: Sizes, labels: Path) -> None:
    """Refuse pictures whose regions are not described as those that a model was trained with.

    Raises:
        DataError: their features are of another length.
    """
    if (length := corpus.regions.features.shape[-1]) != sizes.features:
        raise DataError(
            f"features in {labels} have {length} numbers, and the model reads {sizes.features}; "
            "label the task with the model and params of `label_linked.regions` that it had"
        )
