"""Frames of sound in, tokens of the joint encoder out; and what it reads of them.

A patch is some frames of the log-mel spectrogram with all their bands (AST, Gong et al., 2021, has
squares; words follow each other in time alone). It is projected; a position, the sound's segment
and, before all, a learnt vector that stands for the whole sound are added. Layers then see words,
regions and sound as one sequence, of which each may be missing.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train import mel
from train.batch import Batch
from train.encoder import EPSILON, Encoder
from train.notes.sound import PATCH
from train.plan import Plan

PATCHES = mel.FRAMES // PATCH  # of the longest sound
FEATURES = PATCH * mel.BANDS


class Sounds(NamedTuple):
    """A batch's sounds as tokens.

    Attributes:
        tokens: `(B, 1 + P, D)`, the first of the whole sound.
        there: which of them there are, `(B, 1 + P)` bool; none of a pair without sound.
        shown: which of them words and regions see, `(B, 1 + P)` bool.
        patches: standardised patches, nothing hidden, `(B, P, F)`.
    """

    tokens: Tensor
    there: Tensor
    shown: Tensor
    patches: Tensor

    def beside(self, seen: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """Visual tokens `(B, R, D)`, and which are there, with the sound's behind them."""
        return torch.cat([seen, self.tokens], 1), torch.cat([there, self.shown], 1)


class Heard(NamedTuple):
    """What the encoder makes of a batch's sounds.

    Attributes:
        together: hidden states of the patches, read with words and regions, `(B, P, D)`.
        patches: as in `Sounds`.
        there: which patches there are, `(B, P)` bool.
        alone: hidden states of the patches, read by themselves, `(B, P, D)`, where a task asks.
        pairs: of sounds read with one caption or one picture, that of the whole sound, `(H, D)`,
            where a task asks.
    """

    together: Tensor
    patches: Tensor
    there: Tensor
    alone: Tensor | None = None
    pairs: Tensor | None = None


class Hearing(nn.Module):
    """Embeds sound: LN(projected patch + position + segment).

    Args:
        plan: width and dropout.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.inner = nn.Linear(FEATURES, plan.width)
        self.project = nn.Linear(plan.width, plan.width)
        self.place = nn.Embedding(1 + PATCHES, plan.width)
        self.segment = nn.Parameter(torch.zeros(plan.width))
        self.whole = nn.Parameter(torch.zeros(plan.width))
        self.mask = nn.Parameter(torch.zeros(FEATURES))
        self.norm = nn.LayerNorm(plan.width, EPSILON)
        self.drop = nn.Dropout(plan.dropout)

    @torch.no_grad()
    def as_loud_as(self, norm: nn.LayerNorm) -> None:
        """Begin with tokens as large as those of another norm."""
        self.norm.weight.fill_(norm.weight.mean())

    def forward(self, batch: Batch) -> Sounds:
        """Embed the sounds of a batch; those of the note `sound`."""
        patches, there = patched(batch.notes["sound"]), present(batch)
        heard = patches
        if "sound_hidden" in batch.notes:
            heard = torch.where(batch.notes["sound_hidden"][..., None], self.mask, patches)
        tokens = self.project(F.gelu(self.inner(heard)))
        tokens = torch.cat([self.whole.expand(len(tokens), 1, -1).to(tokens), tokens], 1)
        tokens = tokens + self.place.weight[: tokens.shape[1]] + self.segment
        there = F.pad(there, (1, 0), value=True) & there.any(1, keepdim=True)
        shown = there & ~batch.notes["muted"][:, None] if "muted" in batch.notes else there
        return Sounds(self.drop(self.norm(tokens)), there, shown, patches)


def patched(sound: Tensor) -> Tensor:
    """Frames `(B, T, M)`, T a multiple of a patch, to `(B, P, F)`."""
    return sound.unflatten(1, (-1, PATCH)).flatten(2)


def present(batch: Batch) -> Tensor:
    """Which patches of a batch's sounds there are, `(B, P)` bool; of each the last may be short."""
    sound, frames = batch.notes["sound"], batch.notes["sound_frames"]
    at = torch.arange(0, sound.shape[1], PATCH, device=sound.device)
    return at < frames[:, None]


def read(
    encoder: Encoder,
    batch: Batch,
    sounds: Sounds,
    said: tuple[Tensor, Tensor],
    seen: tuple[Tensor, Tensor],
    together: Tensor,
) -> Heard:
    """What is read of a batch's sounds.

    Args:
        encoder: reads them.
        batch: says by its targets and notes what its tasks ask for.
        sounds: embedded.
        said: embedded words, and which are there.
        seen: embedded visual tokens, and which are there.
        together: hidden states of the sounds' tokens, read with both, `(B, 1 + P, D)`.
    """
    return Heard(
        together[:, 1:],
        sounds.patches,
        sounds.there[:, 1:],
        alone(encoder, sounds) if "sound_contrast" in batch.targets else None,
        _pairs(encoder, batch.notes["sound_pairs"], sounds, said, seen)
        if "sound_pairs" in batch.notes
        else None,
    )


def alone(encoder: Encoder, sounds: Sounds) -> Tensor:
    """Hidden states of the patches of each sound, read by itself, `(B, P, D)`."""
    tokens, there = sounds.tokens, sounds.there
    return encoder(tokens[:, :0], tokens, there[:, :0], there)[1][:, 1:]


def _pairs(
    encoder: Encoder,
    pairs: Tensor,
    sounds: Sounds,
    said: tuple[Tensor, Tensor],
    seen: tuple[Tensor, Tensor],
) -> Tensor:
    """States of whole sounds, each read with one caption or one picture, `(H, D)`.

    Args:
        encoder: reads them.
        pairs: 0 for a caption or 1 for a picture, row of the sound, row of the other, `(H, 3)`;
            those with captions first.
        sounds: embedded.
        said: embedded words, and which are there.
        seen: embedded visual tokens, and which are there.
    """
    found = []
    for kind, (tokens, there) in enumerate((said, seen)):
        sound, other = pairs[pairs[:, 0] == kind, 1:].T
        beside = torch.cat([sounds.tokens[sound], tokens[other]], 1)
        visible = torch.cat([sounds.there[sound], there[other]], 1)
        none = slice(0, 0)
        found.append(encoder(beside[:, none], beside, visible[:, none], visible)[1][:, 0])
    return torch.cat(found)
