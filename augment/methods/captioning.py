"""Captions by a local captioner that looks at the picture: pairs -> new captions, checked.

The model is any image-to-text model of transformers by its folder; without one nothing is made. It
may claim no number, colour or side that the picture's captions do not, and must name something
that they name; how well it fits the picture is for the scorers to say.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from augment.made import UNUSABLE, Batch, Context, Count, MethodParams
from augment.rewriting import caption_check, telling
from augment.rewriting.telling import TABLES, Proposal
from augment.words import caption_words
from curate.dataset import pixels, shards
from curate.dataset.errors import DataError, ImageError, ParamsError
from curate.dataset.languages import primary
from curate.stage.params import parameters

__all__ = ["TABLES", "Params", "make", "recaption"]
METHOD = "captioning"


@parameters
class Params(MethodParams):
    """`make.captioning`."""

    model: Path | None = None  # folder of a transformers model; null: nothing is made
    lang: str = "en"  # BCP-47 tag of what it says
    beams: Count = 4  # searched at once
    longest: Count = 32  # tokens of a caption, at most

    def __post_init__(self) -> None:
        """Raise ParamsError for a language whose captions cannot be held against others."""
        if not caption_words.covered(self.lang):
            known = ", ".join(caption_words.languages())
            raise ParamsError(
                f"make.{METHOD}.lang is {self.lang!r}: there are no words to check it by (known: "
                f"{known}); add augment/words/lexicon/{primary(self.lang)}.toml or name another"
            )


def make(rows: pa.Table, context: Context, params: Params) -> Batch:  # noqa: ARG001
    """New captions of the pictures in `rows` (schema `sets.LOCATED`).

    Raises:
        WeightsError: the model cannot be loaded.
    """
    batch = Batch()
    if params.model is None:
        return batch
    from augment.rewriting.language_models import captioner, library

    model = captioner(params.model, f"make.{METHOD}.model")
    asked = (params.beams, params.longest)
    recipe = {
        "model": params.model.as_posix(),
        "sha256": model.sha256,
        "library": library(),
        "asked": list(asked),
    }
    for pairs in telling.pictures(rows):
        spoken = [pair for pair in pairs if primary(pair["lang"]) == primary(params.lang)]
        if not spoken:
            continue
        first = spoken[0]
        try:
            with shards.ShardReader(first["set"]) as reader:
                data = reader.read(first["shard"], first["offset"], first["size"])
            text = model.tell(pixels.decode(data), *asked)
        except ImageError as error:
            batch.rejected += [(pair["uid"], UNUSABLE, str(error)) for pair in spoken]
            continue
        captions = [pair["caption"] for pair in spoken]
        if refusal := caption_check.description(captions, text, params.lang):
            batch.rejected.append((first["uid"], *refusal))
            continue

        def propose(_: telling.Row, text: str = text) -> Iterable[Proposal]:
            return [Proposal(METHOD, text, params.lang, recipe)]

        telling.tell(METHOD, [first], propose, params.per_image, {METHOD: 1.0}, batch)
    return batch


def recaption(
    recipe: Mapping[str, Any],
    captions: Sequence[str],  # noqa: ARG001
    picture: bytes | None = None,
) -> str:
    """The made caption again, by the model that the recipe names, of the encoded picture.

    Raises:
        DataError: there is no picture.
        ImageError: the bytes are no usable picture.
        WeightsError: the model is not there, or is another.
    """
    from augment.rewriting.language_models import captioner, same

    if picture is None:
        raise DataError(f"a caption by {METHOD} is told of a picture; give its encoded bytes")
    folder = Path(recipe["model"])
    model = captioner(folder, f"the recipe's {METHOD} model")
    same(model.sha256, recipe["sha256"], folder)
    return model.tell(pixels.decode(picture), *recipe["asked"])
