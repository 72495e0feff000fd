"""Pictures with boxes in; features and joint embeddings of the boxes and of the pictures, out.

Works with any image tower that `open_clip` builds: timm's networks, its own ResNets and vision
transformers. A box is looked at by itself (`crops`), or its place in the feature map of the whole
picture is (`map`: RoIAlign, He et al., "Mask R-CNN", 2017, and the tower's own projection of it,
as in Zhou et al., "Extract free dense labels from CLIP", 2022). Batches always have one shape, so
a picture's features do not depend on what was looked at beside it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import numpy as np
import open_clip
import torch
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image
from torch import Tensor
from torch.nn import functional as F
from torchvision.ops import roi_align

from align.regions.projection import project
from curate.dataset.errors import WeightsError

T = TypeVar("T")

BATCH = 32
_MARGIN = 0.04  # of a box's longer side, around it


class View(NamedTuple):
    """A picture and where it is looked at."""

    picture: Image.Image  # RGB
    shown: Image.Image  # of any size; what boxes are cut from
    boxes: np.ndarray  # x1, y1, x2, y2, relative, (n, 4)


class Seen(NamedTuple):
    """What is seen in a picture; all float16."""

    features: np.ndarray  # of the boxes, (n, F)
    embeddings: np.ndarray  # of the boxes, in the joint space, unit length, (n, E)
    feature: np.ndarray  # of the whole picture, (F,)
    embedding: np.ndarray  # (E,), unit length


class Tower:
    """An image tower and its preprocessings.

    Args:
        model: open_clip architecture, `hf-hub:` or `local-dir:` name.
        weights: hub tag or checkpoint, or None.
        size: side of the pictures that boxes are seen in, in pixels; None: the tower's own.
            Vision transformers allow no other than their own.
        look: `crops` or `map`.
        filled: whether every batch has one shape; else it has as many pictures as there are, which
            takes less time for few and changes the last bits of what is seen.

    Raises:
        WeightsError: open_clip cannot load it.
    """

    def __init__(
        self, model: str, weights: str | None, size: int | None, look: str, filled: bool = True
    ) -> None:
        torch.set_num_threads(1)  # there is a process for every core
        try:
            self._clip, self._whole = open_clip.create_model_from_pretrained(
                model, pretrained=weights
            )
        except Exception as error:  # whatever a hub, a file format or a config may raise
            raise WeightsError(
                f"label_linked.regions.model {model!r} cannot be loaded: {error}"
            ) from error
        self._clip.eval()
        self._crops = look == "crops"
        self._room = BATCH if filled else 0
        own = self._clip.visual.preprocess_cfg
        # a crop keeps its shape; a map must not lose what is at a picture's ends
        mode = "longest" if self._crops else "squash"
        changed = {**own, "size": size or own["size"], "resize_mode": mode}
        self._inner = image_transform_v2(PreprocessCfg(**changed), is_train=False)

    @torch.inference_mode()
    def see(self, views: Sequence[View]) -> list[Seen]:
        """Look at pictures and at their boxes."""
        whole = list(self._each(self._whole(view.picture) for view in views))
        look = self._cut if self._crops else self._mapped
        return [Seen(*inner, *own) for inner, own in zip(look(views), whole, strict=True)]

    def _each(self, tensors: Iterable[Tensor]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Feature and embedding of each prepared picture."""
        for part in _parts(tensors):
            maps, joint = look(self._clip.visual, self._stacked(part))
            rows = (_half(values)[: len(part)] for values in (maps.mean((2, 3)), joint))
            yield from zip(*rows, strict=True)

    def _stacked(self, tensors: list[Tensor]) -> Tensor:
        """Stacked, the last one repeated until the batch is as large as all are."""
        return torch.stack(tensors + tensors[-1:] * (self._room - len(tensors)))

    def _cut(self, views: Sequence[View]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        cut = (self._inner(crop(v.shown, box)) for v in views for box in v.boxes)
        seen = self._each(cut)
        for view in views:
            mine = [next(seen) for _ in view.boxes]
            yield np.stack([f for f, _ in mine]), np.stack([e for _, e in mine])

    def _mapped(self, views: Sequence[View]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for part in _parts(views):
            maps, _ = look(self._clip.visual, self._stacked([self._inner(v.picture) for v in part]))
            high, wide = maps.shape[2:]
            for row, view in enumerate(part):
                places = torch.from_numpy(view.boxes).float() * torch.tensor([wide, high] * 2)
                cells = roi_align(maps[row : row + 1], [places], 1, aligned=True).flatten(1)
                yield _half(cells), _half(F.normalize(project(self._clip.visual, cells), dim=-1))


def crop(picture: Image.Image, box: np.ndarray) -> Image.Image:
    """What is in a box, with a small margin where the picture has one."""
    x1, y1, x2, y2 = (box * np.array([picture.width, picture.height] * 2)).tolist()
    more = _MARGIN * max(x2 - x1, y2 - y1)
    left, top = max(0, int(x1 - more)), max(0, int(y1 - more))
    right = min(picture.width, max(left + 1, int(np.ceil(x2 + more))))
    bottom = min(picture.height, max(top + 1, int(np.ceil(y2 + more))))
    return picture.crop((min(left, right - 1), min(top, bottom - 1), right, bottom))


def look(visual: Any, pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Feature maps and joint embeddings, in one pass where the tower allows it.

    Args:
        visual: open_clip's `model.visual`.
        pictures: `(B, 3, H, W)`, normalised.

    Returns:
        `(B, F, h, w)` float32 and `(B, E)` float32, unit length.
    """
    trunk = getattr(visual, "trunk", None)
    if trunk is None:
        return feature_map(visual, pictures), F.normalize(visual(pictures).float(), dim=-1)
    found = trunk.forward_features(pictures)
    joint = visual.head(trunk.forward_head(found))
    return _as_map(trunk, found.float()), F.normalize(joint.float(), dim=-1)


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
    return _as_map(trunk, trunk.forward_features(pictures).float())


def _as_map(trunk: Any, found: Tensor) -> Tensor:
    """Features of one of timm's networks as `(B, F, h, w)`."""
    if found.ndim == 3:  # tokens
        found = found[:, getattr(trunk, "num_prefix_tokens", 0) :]
        side = round(found.shape[1] ** 0.5)
        return found.transpose(1, 2).unflatten(2, (side, side))
    if found.shape[1] != trunk.num_features and found.shape[-1] == trunk.num_features:
        return found.permute(0, 3, 1, 2)  # channels last, as in Swin
    return found


def _parts(items: Iterable[T]) -> Iterator[list[T]]:
    """Batches, the last one perhaps smaller."""
    left = iter(items)
    while part := list(islice(left, BATCH)):
        yield part


def _half(values: Tensor) -> np.ndarray:
    return values.to(torch.float16).numpy()
