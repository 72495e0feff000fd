"""Phrases in, their unit vectors in the joint space of an open_clip model out."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from curate.dataset.errors import WeightsError

_BATCH = 64  # always as many at once, so that none depends on what is beside it


def encode(phrases: Sequence[str], model: str, weights: str | None, where: str) -> np.ndarray:
    """Vectors of some phrases, `(n, E)` float32.

    Args:
        phrases: in any language that the model knows.
        model: open_clip architecture, `hf-hub:` or `local-dir:` name: that of the regions.
        weights: hub tag or checkpoint, or None.
        where: parameter that names the model, for the error.

    Raises:
        WeightsError: open_clip cannot load it.
    """
    import open_clip
    import torch
    from torch.nn import functional as F

    try:
        clip: Any = open_clip.create_model_from_pretrained(model, pretrained=weights)[0]
        tokenizer = open_clip.get_tokenizer(model)
    except Exception as error:  # whatever a hub, a file format or a config may raise
        raise WeightsError(f"{where} {model!r} cannot be loaded: {error}") from error
    clip.eval()
    parts = [np.zeros((0, 1), np.float32)]
    with torch.inference_mode():
        for start in range(0, len(phrases), _BATCH):
            part = list(phrases[start : start + _BATCH])
            tokens = tokenizer(part + part[-1:] * (_BATCH - len(part)))
            parts.append(F.normalize(clip.encode_text(tokens).float(), dim=-1)[: len(part)].numpy())
    return np.concatenate(parts[1:] or parts)
