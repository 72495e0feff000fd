"""Nouns of scene graphs in; classes with text embeddings, and soft labels of regions by them, out.

A region's classes are the nouns whose text embeddings are nearest to it (CLIP, Radford et al.,
2021: softmax of the scaled cosines), so that they can be compared with what captions say.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import tables
from curate.dataset.errors import DataError

SOFT = 5  # classes of a region, at most
_BATCH = 256  # prompts at once
_ROWS = 65536  # regions at once


class Vocabulary(NamedTuple):
    """Classes of regions.

    Attributes:
        names: nouns, ascending.
        centres: their text embeddings, unit length, `(K, E)` float32.
        scale: what cosines are multiplied by before the softmax.
    """

    names: list[str]
    centres: np.ndarray
    scale: float


def nouns(pairs: pa.Table, nodes: Path, least: int, most: int) -> list[str]:
    """Lemmas of the objects that are in enough pictures, those in more pictures first to be kept.

    Args:
        pairs: of the pool.
        nodes: table of the labeler `scene`, of the same pairs.
        least: pictures that a noun is said of.
        most: nouns.

    Raises:
        DataError: none is said of so many.
    """
    found = tables.read(nodes, ["uid", "kind", "lemma"])
    objects = found.filter(pc.equal(found.column("kind"), "object")).select(["uid", "lemma"])
    owned = objects.join(pairs.select(["uid", "image"]), "uid", join_type="inner")
    counted = owned.group_by("lemma").aggregate([("image", "count_distinct")])
    often = counted.filter(pc.greater_equal(counted.column("image_count_distinct"), least))
    ranked = often.sort_by([("image_count_distinct", "descending"), ("lemma", "ascending")])
    names = sorted(ranked.column("lemma").to_pylist()[:most])
    if not names and pairs.num_rows:
        raise DataError(
            f"{nodes}: none of {counted.num_rows} nouns is said of {least} pictures; lower "
            "label_linked.regions.vocabulary.least, or set label_linked.regions.classes_of to "
            "codebook"
        )
    return names


def embed(names: list[str], model: str, weights: str | None, prompt: str) -> Vocabulary:
    """Text embeddings of nouns by a model that `align.regions.tower` could load, too.

    Args:
        names: the nouns.
        model: as a tower's.
        weights: as a tower's.
        prompt: with `{}` for the noun.
    """
    import open_clip
    import torch
    from torch.nn import functional as F

    clip: Any = open_clip.create_model_from_pretrained(model, pretrained=weights)[0]
    clip.eval()
    tokenizer = open_clip.get_tokenizer(model)
    parts = []
    with torch.inference_mode():
        for start in range(0, len(names), _BATCH):
            prompts = [prompt.format(name) for name in names[start : start + _BATCH]]
            parts.append(F.normalize(clip.encode_text(tokenizer(prompts)).float(), dim=-1).numpy())
        scale = float(clip.logit_scale.exp())
    centres = np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)
    return Vocabulary(names, centres, scale)


def assign(embeddings: np.ndarray, vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
    """The likeliest classes of regions.

    Args:
        embeddings: unit length, `(n, E)`.
        vocabulary: of at least one class, where there is a region.

    Returns:
        Classes `(n, S)` int32, the likeliest first, equal ones by number, and their
        probabilities `(n, S)` float32; S is 5, or the number of classes where there are fewer.
    """
    number = min(SOFT, len(vocabulary.names))
    classes = np.zeros((len(embeddings), number), np.int32)
    chances = np.zeros((len(embeddings), number), np.float32)
    for start in range(0, len(embeddings), _ROWS):
        part = slice(start, start + _ROWS)
        logits = vocabulary.scale * (embeddings[part].astype(np.float32) @ vocabulary.centres.T)
        best = np.argpartition(-logits, number - 1, axis=1)[:, :number] if number else classes[part]
        values = np.take_along_axis(logits, best, 1)
        order = np.lexsort((best, -values), axis=1)
        top = logits.max(1, keepdims=True)
        total = np.exp(logits - top).sum(1, keepdims=True)
        classes[part] = np.take_along_axis(best, order, 1)
        chances[part] = np.exp(np.take_along_axis(values, order, 1) - top) / total
    return classes, chances
