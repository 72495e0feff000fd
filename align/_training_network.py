"""The network of `align.network` as a module of torch, whose loss training makes small."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from align import features
from align._training_set import IGNORED, Vocabulary
from align.network import DILATIONS, LABELS, NO_RELATION, OF

_WORD, _ENDING, _HIDDEN, _PAIR, _KEY = 64, 24, 128, 128, 48
_DROPOUT = 0.2


class Trained(nn.Module):
    """Names and shapes of the weights are those that `align.network.Network` reads.

    Args:
        known: words, endings and classes.
    """

    def __init__(self, known: Vocabulary) -> None:
        super().__init__()
        self.words = nn.Embedding(len(known.words) + 1, _WORD)
        self.endings = nn.Embedding(len(known.endings) + 1, _ENDING)
        self.enter = nn.Linear(_WORD + _ENDING + features.WIDTH, _HIDDEN)
        self.layers = nn.ModuleList(nn.Linear(3 * _HIDDEN, _HIDDEN) for _ in DILATIONS)
        self.norms = nn.ModuleList(nn.LayerNorm(_HIDDEN) for _ in DILATIONS)
        self.label = nn.Linear(_HIDDEN, len(LABELS))
        self.source = nn.Linear(_HIDDEN, _PAIR)
        self.target = nn.Linear(_HIDDEN, _PAIR, bias=False)
        self.between = nn.Linear(_HIDDEN, _PAIR, bias=False)
        self.known = nn.Linear(features.PAIR_WIDTH, _PAIR, bias=False)
        self.apart = nn.Embedding(features.DISTANCES, _PAIR)
        self.relation = nn.Linear(_PAIR, len(known.classes) + 2)
        self.key = nn.Linear(_HIDDEN, _KEY)
        self.query = nn.Linear(_PAIR, _KEY)
        self.no_verb = nn.Linear(_PAIR, 1)
        self.from_source = nn.Embedding(features.DISTANCES, 1)
        self.from_target = nn.Embedding(features.DISTANCES, 1)
        for table in (self.words, self.endings, self.apart):
            nn.init.normal_(table.weight, std=0.1)
        for table in (self.from_source, self.from_target):
            nn.init.zeros_(table.weight)

    def loss(self, batch: dict[str, Tensor], forget: float, forget_all: float) -> Tensor:
        """Cross-entropy of labels, relations and verbs, summed, each by the number of captions.

        Args:
            batch: as `align.train_parser` makes it.
            forget: share of the words that are taken for unknown, with their endings.
            forget_all: share of the captions of which all words are.
        """
        lost = torch.rand(batch["words"].shape) < forget
        lost |= torch.rand(len(lost), 1) < forget_all
        states = self._states(batch, lost)
        captions = len(states)
        labels = functional.cross_entropy(
            self.label(states).flatten(0, 1), batch["labels"].flatten(),
            ignore_index=IGNORED, reduction="sum",
        )  # fmt: skip
        if not len(batch["found"]):
            return labels / captions
        hidden = self._pairs(states, batch)
        relations = functional.cross_entropy(
            self.relation(hidden), batch["classes"], ignore_index=IGNORED, reduction="sum"
        )
        related = (batch["classes"] != NO_RELATION) & (batch["classes"] != OF)
        verbs = functional.cross_entropy(
            self._verbs(states, hidden[related], {k: batch[k][related] for k in ("row", "found")},
                        batch["mask"]),
            batch["verbs"][related], reduction="sum",
        )  # fmt: skip
        return (labels + relations + verbs) / captions

    def _states(self, batch: dict[str, Tensor], lost: Tensor) -> Tensor:
        """B x n x hidden; padding stays zero, as the network has zeros around a caption."""
        words, endings = (batch[name].masked_fill(lost, 0) for name in ("words", "endings"))
        joined = torch.cat([self.words(words), self.endings(endings), batch["dense"]], dim=-1)
        mask = batch["mask"][..., None].to(joined.dtype)
        states = functional.dropout(functional.relu(self.enter(joined)), _DROPOUT) * mask
        for layer, norm, dilation in zip(self.layers, self.norms, DILATIONS, strict=True):
            around = functional.pad(states, (0, 0, dilation, dilation))
            n = states.shape[1]
            sides = [around[:, :n], states, around[:, 2 * dilation :]]
            change = functional.relu(layer(torch.cat(sides, dim=-1)))
            states = norm(states + functional.dropout(change, _DROPOUT)) * mask
        return states

    def _pairs(self, states: Tensor, batch: dict[str, Tensor]) -> Tensor:
        row, (first, second) = batch["row"], batch["found"].unbind(1)
        total = functional.pad(states.cumsum(1), (0, 0, 1, 0))
        low, high = torch.minimum(first, second), torch.maximum(first, second) + 1
        between = (total[row, high] - total[row, low]) / (high - low)[:, None]
        hidden = (
            self.source(states[row, first])
            + self.target(states[row, second])
            + self.between(between)
            + self.known(batch["known"])
            + self.apart(batch["apart"])
        )
        return functional.dropout(functional.relu(hidden), _DROPOUT)

    def _verbs(
        self, states: Tensor, hidden: Tensor, pairs: dict[str, Tensor], mask: Tensor
    ) -> Tensor:
        row, (first, second) = pairs["row"], pairs["found"].unbind(1)
        keys = self.key(states)[row]
        scores = torch.einsum("pk,pnk->pn", self.query(hidden), keys) / math.sqrt(_KEY)
        places = torch.arange(states.shape[1])[None]
        for table, head in ((self.from_source, first), (self.from_target, second)):
            steps = (places - head[:, None]).clamp(-features.FARTHEST, features.FARTHEST)
            scores = scores + table(steps + features.FARTHEST)[..., 0]
        scores = scores.masked_fill(~mask[row], -1e4)
        return torch.cat([scores, self.no_verb(hidden)], dim=1)
