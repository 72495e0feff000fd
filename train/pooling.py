"""Hidden states of a pair in, one vector for the two together out: what matching is read from."""

import torch
from torch import Tensor, nn

from train.plan import Plan


class First(nn.Module):
    """The hidden state of [CLS] as it is (ImageBERT)."""

    def __init__(self, plan: Plan) -> None:  # noqa: ARG002
        super().__init__()

    def forward(self, text: Tensor, vision: Tensor) -> Tensor:  # noqa: ARG002
        """Hidden states `(B, T, D)` and `(B, R, E)` to `(B, D)`."""
        return text[:, 0]


class Tanh(nn.Module):
    """BERT's pooler on [CLS]: a fully connected layer and tanh."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.dense = nn.Linear(plan.width, plan.width)

    def forward(self, text: Tensor, vision: Tensor) -> Tensor:  # noqa: ARG002
        """Hidden states `(B, T, D)` and `(B, R, E)` to `(B, D)`."""
        return torch.tanh(self.dense(text[:, 0]))


class Product(nn.Module):
    """ViLBERT's: [CLS] and the whole-image region, each through a layer and ReLU, multiplied."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.text = nn.Linear(plan.width, plan.vision_width)
        self.vision = nn.Linear(plan.vision_width, plan.vision_width)
        self.drop = nn.Dropout(plan.dropout)

    def forward(self, text: Tensor, vision: Tensor) -> Tensor:
        """Hidden states `(B, T, D)` and `(B, R, E)` to `(B, E)`."""
        words, picture = torch.relu(self.text(text[:, 0])), torch.relu(self.vision(vision[:, 0]))
        return self.drop(words * picture)


POOLS: dict[str, type[nn.Module]] = {"first": First, "tanh": Tanh, "product": Product}
"""How a pair becomes one vector: name -> module."""
