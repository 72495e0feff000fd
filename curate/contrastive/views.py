"""Pictures and captions in; random views of them, as a batch of training sees them, out.

Pictures: crop, flip, turn, stretch, brightness, contrast and saturation (after Chen et al., "A
Simple Framework for Contrastive Learning", ICML 2020, milder, since a name often tells the
colour). Captions: one of a picture's captions in a drawn language, spelled in drawn tokens.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

MEAN = (0.5, 0.5, 0.5)
DEVIATION = (0.3, 0.3, 0.3)


def pictures(
    stored: Tensor, side: int, draw: torch.Generator, zoom: float, jitter: float
) -> Tensor:
    """Random views.

    Args:
        stored: (B, 3, S, S) uint8, on white.
        side: pixels of a view's side.
        draw: where chance comes from.
        zoom: smallest share of the area that a view shows.
        jitter: largest change of brightness, contrast and saturation, as a share.

    Returns:
        (B, 3, side, side) float32, normalised, channels last.
    """
    batch = len(stored)

    def uniform(low: float, high: float) -> Tensor:
        return torch.empty(batch).uniform_(low, high, generator=draw)

    scale, stretch = uniform(zoom, 1.0).sqrt(), uniform(-0.1, 0.1).exp()
    turn = torch.empty(batch).normal_(0.0, 0.15, generator=draw)  # radians
    flip = uniform(-1.0, 1.0).sign()
    cosine, sine = turn.cos(), turn.sin()
    across, down = scale * stretch, scale / stretch
    room = 1.1 - scale  # how far the middle may lie off, a tenth beyond the edge
    rows = [
        torch.stack([flip * across * cosine, -down * sine, uniform(-1.0, 1.0) * room], 1),
        torch.stack([flip * across * sine, down * cosine, uniform(-1.0, 1.0) * room], 1),
    ]
    grid = F.affine_grid(torch.stack(rows, 1), [batch, 3, side, side], align_corners=False)
    ink = 1 - stored.float() / 255  # zero where white, so that the outside is white too
    seen = 1 - F.grid_sample(ink, grid, align_corners=False)
    seen = _scaled(seen, seen.new_zeros(()), uniform(1 - jitter, 1 + jitter))
    seen = _scaled(seen, seen.mean((1, 2, 3), True), uniform(1 - jitter, 1 + jitter))
    seen = _scaled(seen, seen.mean(1, keepdim=True), uniform(1 - jitter, 1 + jitter))
    return normalised(seen.clamp(0, 1))


def normalised(values: Tensor) -> Tensor:
    """Pictures (B, 3, H, W) of 0 to 1 as the tower takes them, channels last."""
    mean, deviation = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, DEVIATION))
    return ((values - mean) / deviation).contiguous(memory_format=torch.channels_last)


def _scaled(values: Tensor, centre: Tensor, factor: Tensor) -> Tensor:
    return centre + (values - centre) * factor.view(-1, 1, 1, 1)


class Captions:
    """The captions of one picture as token ids, of which one is drawn at a time.

    Args:
        main: captions in the main language as ids without special tokens; may be empty where
            `other` is not.
        other: captions in each further language.
    """

    def __init__(
        self, main: Sequence[Sequence[int]], other: Sequence[Sequence[Sequence[int]]]
    ) -> None:
        self._main, self._other = main, other

    def view(self, share: float, draw: np.random.Generator) -> Sequence[int]:
        """Token ids of one caption.

        Args:
            share: of the views that are in the main language, 0 to 1.
            draw: where chance comes from.
        """
        main = bool(self._main) and (not self._other or draw.random() < share)
        captions = self._main if main else self._other[int(draw.integers(len(self._other)))]
        return captions[int(draw.integers(len(captions)))]


def split(
    ids: Sequence[int],
    parts: Mapping[int, tuple[int, int]],
    chance: float,
    draw: np.random.Generator,
) -> list[int]:
    """The same text in smaller tokens, so that what words have in common is seen in all of them.

    As in Sims et al., "StochasTok: Improving Fine-Grained Subword Understanding in LLMs" (2025);
    but a token falls apart only as byte-pair encoding put it together, and its parts again.

    Args:
        ids: tokens.
        parts: of `vocabulary.parts`.
        chance: that a token is split, 0 to 1.
        draw: where chance comes from.
    """
    found, waiting = [], list(reversed(ids))
    while waiting:
        token = waiting.pop()
        if token in parts and draw.random() < chance:
            waiting.extend(reversed(parts[token]))
        else:
            found.append(token)
    return found
