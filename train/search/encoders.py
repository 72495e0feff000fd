"""A folder of a model that compares by vectors in; unit vectors of texts and of pictures, out.

Two kinds of models look at pictures of any origin: open_clip's (the filter network, or whatever
open_clip saved), and this project's that learnt by contrast (`itc`) from pixels: CLIP, or another
with `visual: patches` or `grid`. Models of regions know the pictures that were labelled and no
others; they look again at what these find, see `train.search.rerank`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from curate.dataset import pixels
from curate.dataset.errors import ParamsError, WeightsError
from curate.dataset.memory import fingerprint
from curate.stage import machine
from train import initial, model
from train.batch import Batch
from train.pictures import square
from train.text import Words


class Encoder(Protocol):
    """A model that gives texts and pictures a place in one space."""

    def texts(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors of texts, `(B, D)` float32."""

    def prepared(self, data: bytes) -> Tensor:
        """An encoded picture as the model takes it, `(3, S, S)`.

        Raises:
            ImageError: the bytes are no picture that can be read.
        """

    def pictures(self, prepared: Sequence[Tensor]) -> np.ndarray:
        """Unit vectors of prepared pictures, `(B, D)` float32."""


def load(folder: Path) -> Encoder:
    """The model of a folder.

    Raises:
        WeightsError: there is none, or it is damaged.
        ParamsError: it is one that does not compare by vectors of pixels.
    """
    if (folder / initial.CONFIG_FILE).is_file():
        return OpenClip(folder)
    if (folder / model.CONFIG_FILE).is_file():
        return Contrastive(folder)
    raise WeightsError(
        f"{folder} holds neither {initial.CONFIG_FILE} nor {model.CONFIG_FILE}: name a folder that "
        "open_clip saved (after `dvc repro filter_network`: models/filter_network), or a model of "
        "this project that learnt by contrast from pixels (models/clip)"
    )


def named(folder: Path) -> str:
    """Hash of a model's files, wherever they lie; what was written about it does not count."""
    kinds = (".json", ".safetensors", ".bin", ".pt")
    return fingerprint(*sorted(file for file in folder.iterdir() if file.suffix in kinds))


class OpenClip:
    """A model in open_clip's files."""

    def __init__(self, folder: Path) -> None:
        import open_clip

        name = f"local-dir:{folder}"
        try:
            self._model, self._preprocess = open_clip.create_model_from_pretrained(name)
            self._tokenizer: Any = open_clip.get_tokenizer(name)
        except Exception as error:  # whatever a file format or a configuration may raise
            raise WeightsError(f"{folder}: open_clip cannot load it: {error}") from error
        self._device = machine.device()
        self._model.to(self._device).eval()

    @torch.inference_mode()
    def texts(self, texts: Sequence[str]) -> np.ndarray:
        """See `Encoder`."""
        return _unit(self._model.encode_text(self._tokenizer(list(texts)).to(self._device)))

    def prepared(self, data: bytes) -> Tensor:
        """See `Encoder`."""
        found: Tensor = self._preprocess(pixels.decode(data))
        return found

    @torch.inference_mode()
    def pictures(self, prepared: Sequence[Tensor]) -> np.ndarray:
        """See `Encoder`."""
        return _unit(self._model.encode_image(torch.stack(list(prepared)).to(self._device)))


class Contrastive:
    """A model of this project that has the task `itc` and reads pixels."""

    def __init__(self, folder: Path) -> None:
        self._model = model.load(folder).to(machine.device())
        self._words, self._plan = Words(folder), self._model.plan
        if not self._plan.pixels or "itc" not in self._model.heads:
            raise ParamsError(
                f"{folder}: {self._model.name} of {self._plan.visual} gives no vectors of pictures "
                "that were not labelled; take models/filter_network, clip, or a model pretrained "
                "with `change: {visual: patches, …}` and `objectives: {itc: {}}` to find with, and "
                "let this one look again (--rerank)"
            )

    @torch.inference_mode()
    def texts(self, texts: Sequence[str]) -> np.ndarray:
        """See `Encoder`."""
        tokens = self._words.encode(texts, self._plan.text_tokens)
        ids = torch.from_numpy(tokens.padded(np.arange(len(texts)), self._words.pad))
        side = self._plan.pixels
        return _unit(self._model.vectors(self._batch(ids, torch.zeros(len(ids), 3, side, side)))[0])

    def prepared(self, data: bytes) -> Tensor:
        """See `Encoder`."""
        return square(data, self._plan.pixels).float() / 255

    @torch.inference_mode()
    def pictures(self, prepared: Sequence[Tensor]) -> np.ndarray:
        """See `Encoder`."""
        empty = torch.tensor([[self._words.start, self._words.end]]).expand(len(prepared), 2)
        return _unit(self._model.vectors(self._batch(empty, torch.stack(list(prepared))))[1])

    def _batch(self, tokens: Tensor, seen: Tensor) -> Batch:
        """Texts and pictures side by side, which do not look at each other, with no regions."""
        number = len(tokens)
        nothing = torch.zeros(number, 1, dtype=torch.bool)
        return Batch(
            keys=np.zeros(number, np.uint64),
            tokens=tokens,
            words=tokens != self._words.pad,
            features=torch.zeros(number, 1, self._model.sizes.features),
            boxes=torch.zeros(number, 1, 4),
            regions=nothing,
            hidden=nothing,
            labels=torch.full((number, 1), -1),
            matched=torch.ones(number, dtype=torch.bool),
            maskable=torch.zeros(number, 2, dtype=torch.bool),
            pixels=seen,
        ).to(machine.device())


def _unit(vectors: Tensor) -> np.ndarray:
    found: np.ndarray = F.normalize(vectors.float(), dim=-1).cpu().numpy()
    return found
