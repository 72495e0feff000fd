"""Vectors of questions in; a logit for each answer of the training split out."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train.encoder import EPSILON
from train.notes.questions import key
from train.plan import Plan, Sizes


class Choosing(nn.Module):
    """LXMERT's: a layer twice as wide as the plan's vector, GELU and norm, one to the answers.

    Args:
        plan: says how wide its vector is.
        sizes: the answers, at least one.
        vectors: that are read of a question, end to end.
        width: of each; 0: of the plan's vector.

    Attributes:
        keys: of the answers, `(A,)`, see `train.notes.questions.key`.
    """

    keys: Tensor

    def __init__(self, plan: Plan, sizes: Sizes, vectors: int = 1, width: int = 0) -> None:
        super().__init__()
        own = width or plan.pooled_width
        wide = 2 * own
        self.dense = nn.Linear(vectors * own, wide)
        self.norm = nn.LayerNorm(wide, EPSILON)
        self.choose = nn.Linear(wide, len(sizes.answers))
        known = torch.tensor([key(answer) for answer in sizes.answers])
        self.register_buffer("keys", known, persistent=False)

    def chosen(self, vectors: Tensor) -> Tensor:
        """Logits of the answers, `(Q, A)` float32, given `(Q, vectors * P)`."""
        return self.choose(self.norm(F.gelu(self.dense(vectors)))).float()
