"""Captions reworded by a local language model: pairs -> new captions, checked one by one.

The model is any text-to-text or causal model of transformers by its folder; without one nothing is
made. What it makes is held against the caption (`augment.rewriting.caption_check`), and the facts
of the parent's graph are stated of it, for the verifier to find in its words.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
from pydantic import Field

from augment.made import Batch, Context, Count, MethodParams
from augment.rewriting import rewording
from augment.rewriting.telling import TABLES
from curate.stage.params import parameters

__all__ = ["TABLES", "Params", "make", "recaption"]
METHOD = "paraphrase"


@parameters
class Params(MethodParams):
    """`make.paraphrase`."""

    model: Path | None = None  # folder of a transformers model; null: nothing is made
    prompt: str = "{caption}"  # what it is given: "paraphrase: {caption}"
    languages: tuple[str, ...] = ("en",)  # primary BCP-47 subtags of captions that it rewords
    beams: Count = 4  # searched at once
    longest: Count = 48  # tokens of an answer, at most
    ratio: tuple[Annotated[float, Field(gt=0)], float] = (0.5, 2.0)  # words, to the caption's


def make(rows: pa.Table, context: Context, params: Params) -> Batch:
    """New captions of the pictures in `rows` (schema `sets.LOCATED`).

    Raises:
        WeightsError: the model cannot be loaded.
    """
    if params.model is None:
        return Batch()
    from augment.rewriting.language_models import library, text_model

    model = text_model(params.model, f"make.{METHOD}.model")
    asked = (params.prompt, params.beams, params.longest)
    return rewording.reword(
        METHOD,
        rows,
        context,
        params.per_image,
        params.languages,
        params.ratio,
        lambda caption: model.tell(caption, *asked),
        {
            "model": params.model.as_posix(),
            "sha256": model.sha256,
            "library": library(),
            "asked": list(asked),
        },
    )


def recaption(recipe: Mapping[str, Any], captions: Sequence[str]) -> str:
    """The made caption again, by the model that the recipe names.

    Raises:
        WeightsError: the model is not there, or is another.
    """
    from augment.rewriting.language_models import same, text_model

    folder = Path(recipe["model"])
    model = text_model(folder, f"the recipe's {METHOD} model")
    same(model.sha256, recipe["sha256"], folder)
    return model.tell(captions[0], *recipe["asked"])
