"""Captions translated there and back by two local models: pairs -> new captions, checked.

Both are text-to-text models of transformers by their folders, such as Marian's; without them
nothing is made (Sennrich et al., "Improving neural machine translation models with monolingual
data", 2016). What comes back is held against the caption (`augment.rewriting.caption_check`).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
from pydantic import Field

from augment.made import Batch, Context, Count, MethodParams
from augment.rewriting import rewording
from augment.rewriting.telling import TABLES
from curate.dataset.errors import ParamsError
from curate.stage.params import parameters

__all__ = ["TABLES", "Params", "make", "recaption"]
METHOD = "back_translation"


@parameters
class Params(MethodParams):
    """`make.back_translation`."""

    there: Path | None = None  # folder of a model from `lang` to another; null: nothing is made
    back: Path | None = None  # folder of a model from that language to `lang`
    prompts: tuple[str, str] = ("{caption}", "{caption}")  # what they are given
    lang: str = "en"  # primary BCP-47 subtag
    beams: Count = 4  # searched at once
    longest: Count = 64  # tokens of a translation, at most
    ratio: tuple[Annotated[float, Field(gt=0)], float] = (0.5, 2.0)  # words, to the caption's

    def __post_init__(self) -> None:
        """Raise ParamsError where one model is named without the other."""
        if (self.there is None) != (self.back is None):
            raise ParamsError(f"make.{METHOD} needs both `there` and `back`, or neither")


def make(rows: pa.Table, context: Context, params: Params) -> Batch:
    """New captions of the pictures in `rows` (schema `sets.LOCATED`).

    Raises:
        WeightsError: a model cannot be loaded.
    """
    if params.there is None or params.back is None:
        return Batch()
    from augment.rewriting.language_models import library

    asked = (params.prompts, params.beams, params.longest)
    folders = (params.there, params.back)
    models = _models(folders, f"make.{METHOD}")
    return rewording.reword(
        METHOD,
        rows,
        context,
        params.per_image,
        (params.lang,),
        params.ratio,
        lambda caption: _translated(caption, models, asked),
        {
            "models": [folder.as_posix() for folder in folders],
            "sha256": [model.sha256 for model in models],
            "library": library(),
            "asked": [list(params.prompts), params.beams, params.longest],
        },
    )


def recaption(recipe: Mapping[str, Any], captions: Sequence[str]) -> str:
    """The made caption again, by the models that the recipe names.

    Raises:
        WeightsError: a model is not there, or is another.
    """
    from augment.rewriting.language_models import same

    folders = [Path(folder) for folder in recipe["models"]]
    models = _models(folders, f"the recipe's {METHOD} models")
    for model, known, folder in zip(models, recipe["sha256"], folders, strict=True):
        same(model.sha256, known, folder)
    return _translated(captions[0], models, recipe["asked"])


def _models(folders: Sequence[Path], where: str) -> list[Any]:
    from augment.rewriting.language_models import text_model

    return [text_model(folder, where) for folder in folders]


def _translated(caption: str, models: Sequence[Any], asked: Sequence[Any]) -> str:
    prompts, beams, longest = asked
    text = caption
    for model, prompt in zip(models, prompts, strict=True):
        text = model.tell(text, prompt, beams, longest)
    return text
