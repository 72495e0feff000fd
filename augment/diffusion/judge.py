"""Pictures and texts in; the cosine of each with each, by a CLIP that open_clip loads, out."""

import functools
from collections.abc import Sequence
from typing import Annotated, Any

import torch
from PIL import Image
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from curate.dataset.errors import WeightsError
from curate.dataset.read_once import read_once
from curate.stage.params import parameters

_AT_ONCE = 64  # texts that are encoded at a time


@parameters
class JudgeParams:
    """The CLIP that chooses among candidates."""

    model: str | None = "local-dir:models/filter_network"  # as score.clip.model; null: the first
    weights: str | None = None
    least: Annotated[float, Field(ge=-1, le=1)] = -1.0  # cosine below which none is kept


class Judge:
    """A CLIP that says how well a picture fits a text.

    Args:
        model: open_clip architecture, `hf-hub:` or `local-dir:` name.
        weights: hub tag or checkpoint, or None.
        section: of params.yaml that names it, for messages.

    Raises:
        WeightsError: open_clip cannot load it.
    """

    def __init__(self, model: str, weights: str | None, section: str = "make.diffusion") -> None:
        import open_clip

        try:
            self._clip, self._prepare = open_clip.create_model_from_pretrained(
                model, pretrained=weights
            )
            self._tokenize: Any = open_clip.get_tokenizer(model)
        except Exception as error:  # whatever a hub, a file format or a config may raise
            raise WeightsError(
                f"{section}.judge.model {model!r} cannot be loaded: {error}; our own is "
                "local-dir:models/filter_network, made by `dvc repro filter_network`; "
                "with null make.diffusion judges nothing"
            ) from error
        self._clip.eval()
        self._words = functools.lru_cache(maxsize=2)(self._encoded)  # the bank's, over and over

    @torch.inference_mode()
    def similarities(self, pictures: Sequence[Image.Image], texts: Sequence[str]) -> Tensor:
        """Cosines `(pictures, texts)`."""
        seen = torch.stack([self._prepare(picture) for picture in pictures])
        images = functional.normalize(self._clip.encode_image(seen).float(), dim=-1)
        return images @ self._words(tuple(texts)).T

    def _encoded(self, texts: tuple[str, ...]) -> Tensor:
        parts = [
            self._clip.encode_text(self._tokenize(list(texts[start : start + _AT_ONCE])))
            for start in range(0, len(texts), _AT_ONCE)
        ]
        return functional.normalize(torch.cat(parts).float(), dim=-1)


@read_once(lambda model, *_: [model.removeprefix("local-dir:")], keep=1)
def judge(model: str, weights: str | None, section: str) -> Judge:
    """The same judge again within a process."""
    return Judge(model, weights, section)
