"""Pictures in; features of a grid of cells, of the whole picture, and its joint embedding, out.

Works with any image tower that `open_clip` builds: timm's networks, its own ResNets and vision
transformers. Batches always have one shape, so a picture's features do not depend on what was
looked at beside it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import open_clip
import torch
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from curate.dataset.errors import WeightsError

BATCH = 32


class Tower:
    """An image tower and its two preprocessings.

    Args:
        model: open_clip architecture, `hf-hub:` or `local-dir:` name.
        weights: hub tag or checkpoint, or None.
        size: side of the squared pictures that cells are taken from, in pixels; None: the
            tower's own. Vision transformers allow no other than their own.
        grid: cells on each side, at most.

    Raises:
        WeightsError: open_clip cannot load it.
    """

    def __init__(self, model: str, weights: str | None, size: int | None, grid: int) -> None:
        torch.set_num_threads(1)  # there is a process for every core
        try:
            self._clip, self._whole = open_clip.create_model_from_pretrained(
                model, pretrained=weights
            )
        except Exception as error:  # whatever a hub, a file format or a config may raise
            raise WeightsError(
                f"label.regions.model {model!r} cannot be loaded: {error}"
            ) from error
        self._clip.eval()
        self._grid = grid
        own = self._clip.visual.preprocess_cfg
        changed = {**own, "size": size or own["size"], "resize_mode": "squash"}
        self._squared = image_transform_v2(PreprocessCfg(**changed), is_train=False)

    @torch.inference_mode()
    def see(
        self, pictures: Sequence[tuple[str, Image.Image]]
    ) -> Iterator[tuple[str, tuple[np.ndarray, np.ndarray, np.ndarray]]]:
        """Look at named pictures.

        Yields:
            name and three float16 vectors: features of the cells, row by row, `(G * G * F,)`;
            feature of the whole picture `(F,)`; joint embedding `(E,)`, unit length.
        """
        for start in range(0, len(pictures), BATCH):
            part = pictures[start : start + BATCH]
            squared = _filled([self._squared(picture) for _, picture in part])
            whole = _filled([self._whole(picture) for _, picture in part])
            cells = feature_map(self._clip.visual, squared)
            side = min(self._grid, cells.shape[-1])
            cells = F.adaptive_avg_pool2d(cells, side).flatten(2).transpose(1, 2)
            pooled = feature_map(self._clip.visual, whole).mean((2, 3))
            joint = F.normalize(self._clip.encode_image(whole).float(), dim=-1)
            vectors = [v.flatten(1).to(torch.float16).numpy() for v in (cells, pooled, joint)]
            for row, (name, _) in enumerate(part):
                yield name, (vectors[0][row], vectors[1][row], vectors[2][row])


def feature_map(visual: Any, pictures: Tensor) -> Tensor:
    """Last feature map of an image tower, before pooling and projection.

    Args:
        visual: open_clip's `model.visual`.
        pictures: `(B, 3, H, W)`, normalised.

    Returns:
        `(B, F, h, w)` float32.
    """
    trunk = getattr(visual, "trunk", None)
    if trunk is None:
        found = visual.forward_intermediates(pictures, indices=1, normalize_intermediates=True)
        return found["image_intermediates"][-1].float()
    found = trunk.forward_features(pictures).float()
    if found.ndim == 3:  # tokens
        found = found[:, getattr(trunk, "num_prefix_tokens", 0) :]
        side = round(found.shape[1] ** 0.5)
        return found.transpose(1, 2).unflatten(2, (side, side))
    if found.shape[1] != trunk.num_features and found.shape[-1] == trunk.num_features:
        return found.permute(0, 3, 1, 2)  # channels last, as in Swin
    return found


def _filled(tensors: list[Tensor]) -> Tensor:
    """Stacked, the last one repeated until there are `BATCH`."""
    return torch.stack(tensors + tensors[-1:] * (BATCH - len(tensors)))
