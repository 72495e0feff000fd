"""A medium beside words and pictures in, tokens of the joint encoder and what it reads of them out.

What is heard or watched is cut into patches. These are projected; a place, the medium's segment
and, before all, a learnt vector that stands for the whole are added. Layers then see words,
regions and every further medium as one sequence, of which each may be missing.

In a batch a medium `m` has these notes: `m`, as its file in `train/notes/` gives it; `m_frames`
`(B,)` int64, how many there are, 0 where a pair has none; and, where tasks set them, `m_muted`,
`m_hidden` and `m_pairs`.
"""

from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train.batch import Batch
from train.encoder import EPSILON
from train.plan import Plan


class Embedded(NamedTuple):
    """A batch's pairs in one medium, as tokens.

    Attributes:
        tokens: `(B, 1 + P, D)`, the first of the whole.
        there: which of them there are, `(B, 1 + P)` bool; none of a pair that lacks the medium.
        shown: which of them words, regions and other media see, `(B, 1 + P)` bool.
        patches: standardised patches, nothing hidden, `(B, P, F)`.
    """

    tokens: Tensor
    there: Tensor
    shown: Tensor
    patches: Tensor


class Read(NamedTuple):
    """What the encoder makes of a batch's pairs in one medium.

    Attributes:
        together: hidden states of the patches, read with all that is beside them, `(B, P, D)`.
        patches: as in `Embedded`.
        there: which patches there are, `(B, P)` bool.
        alone: hidden states of the patches, read by themselves, `(B, P, D)`, where a task asks.
        pairs: of those read with one thing of another kind alone, that of the whole, `(H, D)`,
            where a task asks.
    """

    together: Tensor
    patches: Tensor
    there: Tensor
    alone: Tensor | None = None
    pairs: Tensor | None = None


class Medium(nn.Module):
    """Embeds a medium: LN(projected patch + place + segment).

    A kind of it says what a patch is and where it stands.

    Args:
        plan: width and dropout.
    """

    NAME: ClassVar[str]  # of its notes, of the plan's field, and what its tasks' names begin with
    OF: ClassVar[str]  # what it belongs to: `said`, the caption, or `shown`, the picture
    DOES: ClassVar[str]  # what a model does that has it, for messages
    FEATURES: ClassVar[int]  # length of a patch
    DISTORTED: ClassVar[str]  # field of the plan: share that is distorted in training

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.inner = nn.Linear(self.FEATURES, plan.width)
        self.project = nn.Linear(plan.width, plan.width)
        self.build(plan)
        self.segment = nn.Parameter(torch.zeros(plan.width))
        self.whole = nn.Parameter(torch.zeros(plan.width))
        self.mask = nn.Parameter(torch.zeros(self.FEATURES))
        self.norm = nn.LayerNorm(plan.width, EPSILON)
        self.drop = nn.Dropout(plan.dropout)

    def build(self, plan: Plan) -> None:
        """Make the weights of places."""
        raise NotImplementedError

    def places(self, batch: Batch) -> Tensor:
        """What is added to the whole's token and to those of the patches, `(1 + P, D)` or by pair.

        Args:
            batch: has the medium.
        """
        raise NotImplementedError

    @staticmethod
    def patched(given: Tensor) -> Tensor:
        """The note of the medium as standardised patches, `(B, P, F)`."""
        raise NotImplementedError

    @staticmethod
    def present(batch: Batch) -> Tensor:
        """Which patches there are of a batch's pairs, `(B, P)` bool."""
        raise NotImplementedError

    @staticmethod
    def distort(batch: Batch, share: float, *purpose: int | str) -> None:
        """Distort a share of a batch's pairs in the medium; changes its notes."""
        raise NotImplementedError

    def forward(self, batch: Batch) -> Embedded:
        """Embed a batch that has the medium."""
        patches, there = self.patched(batch.notes[self.NAME]), self.present(batch)
        read = patches
        if (hidden := batch.notes.get(f"{self.NAME}_hidden")) is not None:
            read = torch.where(hidden[..., None], self.mask, patches)
        tokens = self.project(F.gelu(self.inner(read)))
        tokens = torch.cat([self.whole.expand(len(tokens), 1, -1).to(tokens), tokens], 1)
        tokens = tokens + self.places(batch) + self.segment
        there = F.pad(there, (1, 0), value=True) & there.any(1, keepdim=True)
        muted = batch.notes.get(f"{self.NAME}_muted")
        shown = there if muted is None else there & ~muted[:, None]
        return Embedded(self.drop(self.norm(tokens)), there, shown, patches)
