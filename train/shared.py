"""Models that begin alike in; one model of all their heads, which share embeddings and layers, out.

What one of them learns of words, pictures and layers all of them know, as in "12-in-1" (Lu et al.,
2020). Each stays a model that is used, and saved, as any other.
"""

from collections.abc import Mapping
from typing import Self

from torch import nn

from train.model import Model

_OWN = "heads"  # the part of a model that is not shared


class Shared(nn.Module):
    """The parts of the first model, and the heads of each.

    Its weights have the names of a model's own, but for the heads: `heads.<name>.<task>.…`.

    Args:
        models: by name, equal but for tasks and heads; all but the first give their own parts up.

    Attributes:
        models: as given.
        name, plan: of the first.
    """

    def __init__(self, models: Mapping[str, Model]) -> None:
        super().__init__()
        self.models = dict(models)
        first, *others = self.models.values()
        self.name, self.plan = first.name, first.plan
        for name, part in first.named_children():
            if name != _OWN:
                self.add_module(name, part)
                for other in others:
                    other.add_module(name, part)
        self.heads = nn.ModuleDict({name: model.heads for name, model in self.models.items()})

    def train(self, mode: bool = True) -> Self:
        """Let all models train, or none."""
        for model in self.models.values():
            model.train(mode)
        return super().train(mode)
