"""A pool and its split in; a small CLIP, trained on the trusted sources, and its retrieval, out.

A data filtering network (Fang et al., "Data Filtering Networks", ICLR 2024): trained on few pairs
that are known to be right, it judges the many that are not. It trains on pictures of the split
`train` alone, and is asked about the others: one picture of each group, whose names and look it
has never met.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import regex

from curate.contrastive.recipe import Network, Training
from curate.dataset import sets, tables
from curate.dataset.errors import EmptySetError
from curate.dataset.languages import primary
from curate.dataset.pictures import decoded
from curate.stage import cluster
from curate.stage.params import parameters
from curate.stage.run import run

TRAIN = "train"
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")


@parameters
class FilterNetworkParams:
    """Whom it trusts, what it is made of, how it is trained."""

    sources: tuple[str, ...]  # keys under crawl.sources that are trusted
    main: str  # BCP-47 language that the words are guessed in and that counts most
    network: Network  # see curate/contrastive/recipe.py
    training: Training  # see curate/contrastive/recipe.py


def main(pool: Path, split: Path, out: Path, params: FilterNetworkParams) -> dict[str, Any]:
    """Train a small CLIP on trusted pairs and measure it on those it has not seen."""
    from curate.contrastive import network, training, vocabulary

    pairs = _trusted(pool, params.sources)
    captions = _captions(pairs)
    images = sets.distinct_images(pairs).sort_by("image")
    splits, groups = _splits(split, images.column("image").to_pylist())
    names = [name for name in images.column("image").to_pylist() if splits[name] == TRAIN]
    if not names:
        raise EmptySetError(f"{split}: no image of {', '.join(params.sources)} is in {TRAIN}")
    with training.repeatable(params.training.seed):
        texts = [text for name in names for _, text in captions[name]]
        tokenizer = vocabulary.learn(texts, params.network.vocabulary)
        config = network.config(params.network, tokenizer.get_vocab_size())
        model = network.build(config)
        shown = _pictures(images, set(names), params.network.size * 3 // 2)
        examples = _examples(shown, captions, groups, tokenizer, params.main)
        figures = training.train(model, examples, params.training)
        network.save(out, model, config, tokenizer)
        asked = _one_of_each(sorted(set(splits) - set(names)), groups)
        retrieval = _retrieval(model, config, tokenizer, _rows(images, asked), captions)
    order = sorted(retrieval, key=lambda lang: (lang != params.main, lang))
    return {
        "images": len(shown),
        "unreadable": len(names) - len(shown),
        "groups": len(set(examples.groups.tolist())),
        "vocabulary": tokenizer.get_vocab_size(),
        "parameters": sum(value.numel() for value in model.parameters()),
        **figures,
        "retrieval": {lang: retrieval[lang] for lang in order},
    }


def _trusted(pool: Path, sources: Sequence[str]) -> pa.Table:
    pairs = sets.located([pool])
    trusted = tables.rows_with(pairs, "source", sources)
    if trusted.num_rows == 0:
        known = ", ".join(sorted(set(pairs.column("source").to_pylist())))
        raise EmptySetError(
            f"{pool} has no pair of {', '.join(sources)} (filter_network.sources); it has {known}"
        )
    return trusted


def _captions(pairs: pa.Table) -> dict[str, list[tuple[str, str]]]:
    """Image -> its (language without region, caption), sorted."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    columns = (pairs.column(name).to_pylist() for name in ("image", "lang", "caption"))
    for image, lang, caption in zip(*columns, strict=True):
        found[image].add((primary(lang), caption))
    return {image: sorted(captions) for image, captions in found.items()}


def _splits(split: Path, images: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Split and group of each image; an image that the table lacks is an error."""
    rows = tables.rows_with(tables.read(split, ["image", "split", "group"]), "image", images)
    columns = {name: rows.column(name).to_pylist() for name in rows.column_names}
    splits = dict(zip(columns["image"], columns["split"], strict=True))
    if missing := sorted(set(images) - set(splits)):
        raise EmptySetError(
            f"{split} says nothing of {len(missing)} images, e.g. {missing[0]}; "
            "it was made from another pool (dvc repro split)"
        )
    return splits, dict(zip(columns["image"], columns["group"], strict=True))


def _rows(images: pa.Table, names: Sequence[str]) -> pa.Table:
    return tables.rows_with(images, "image", names)


def _one_of_each(names: Sequence[str], groups: dict[str, str]) -> list[str]:
    """The first image of each group."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(groups[name], name)
    return sorted(first.values())


def _decoded(images: pa.Table, label: str) -> Any:
    """Name and picture of each row whose bytes can be read."""
    rows = images.sort_by([(key, "ascending") for key in ("set", "shard", "offset")])
    with cluster.progress(rows.num_rows, label, "images") as bar:
        for name, picture in decoded(rows):
            bar.update(1)
            if picture is not None:
                yield name, picture


def _pictures(images: pa.Table, wanted: set[str], side: int) -> dict[str, np.ndarray]:
    """Image -> (side, side, 3) uint8, its longest side scaled to `side`, the rest white."""
    from PIL import Image, ImageOps

    found = {}
    for name, picture in _decoded(_rows(images, sorted(wanted)), "decode"):
        scaled = ImageOps.pad(picture, (side, side), Image.Resampling.BICUBIC, color="white")
        found[name] = np.asarray(scaled)
    return dict(sorted(found.items()))


def _examples(
    shown: dict[str, np.ndarray],
    captions: dict[str, list[tuple[str, str]]],
    groups: dict[str, str],
    tokenizer: Any,
    lang: str,
) -> Any:
    import torch

    from curate.contrastive import batches, views, vocabulary

    if not shown:
        raise EmptySetError("no picture to train on could be read")

    def ids(text: str) -> list[int]:
        return list(tokenizer.encode(text, add_special_tokens=False).ids)

    texts, words = [], []
    numbers: dict[str, int] = {}
    for name in shown:
        by_language: dict[str, list[list[int]]] = defaultdict(list)
        for language, caption in captions[name]:
            by_language[language].append(ids(caption))
        texts.append(views.Captions(by_language.pop(lang, []), list(by_language.values())))
        found = _words(captions[name], lang)
        words.append([numbers.setdefault(word, len(numbers)) for word in found])
    pictures = torch.from_numpy(np.stack(list(shown.values()))).permute(0, 3, 1, 2).contiguous()
    spelled = [ids(word) for word in numbers]
    units = _units(shown, captions, groups, lang)
    parts = vocabulary.parts(tokenizer)
    return batches.Examples(pictures, texts, words, spelled, units, parts)


def _words(captions: list[tuple[str, str]], lang: str) -> list[str]:
    """Words of the captions in a language, without case; all captions where there are none."""
    own = [caption for language, caption in captions if language == lang]
    words = {word for caption in own for word in _WORD.findall(caption.casefold())}
    return sorted(words or {caption for _, caption in captions})


def _units(
    names: Iterable[str],
    captions: dict[str, list[tuple[str, str]]],
    groups: dict[str, str],
    lang: str,
) -> np.ndarray:
    """A number for each picture: the same for one group, and for groups of the same name."""
    first: dict[str | None, str] = {}
    found = [
        first.setdefault(_name(captions[name], lang) or groups[name], groups[name])
        for name in names
    ]
    return np.unique(found, return_inverse=True)[1].astype(np.int64)


def _retrieval(
    model: Any,
    config: dict[str, Any],
    tokenizer: Any,
    images: pa.Table,
    captions: dict[str, list[tuple[str, str]]],
) -> dict[str, Any]:
    """Recall in each language among the pictures that have a name in it, one of each name."""
    import torch

    from curate.contrastive import network, retrieval, vocabulary

    seen = {n: network.prepared(picture, config) for n, picture in _decoded(images, "retrieve")}
    context = config["model_cfg"]["text_cfg"]["context_length"]
    found = {}
    for lang in sorted({lang for name in seen for lang, _ in captions[name]}):
        first: dict[str, str] = {}
        for name in sorted(seen):
            if (text := _name(captions[name], lang)) is not None:
                first.setdefault(text, name)
        bodies = [tokenizer.encode(text, add_special_tokens=False).ids for text in first]
        tokens = torch.from_numpy(vocabulary.framed(bodies, context))
        pictures = torch.stack([seen[name] for name in first.values()])
        found[lang] = retrieval.recalls(*network.embed(model, pictures, tokens))
    return found


def _name(captions: list[tuple[str, str]], lang: str) -> str | None:
    """The shortest caption in a language."""
    own = [caption for language, caption in captions if language == lang]
    return min(own, key=lambda caption: (len(caption), caption)) if own else None


if __name__ == "__main__":
    run("curate.filter_network", section="filter_network")
