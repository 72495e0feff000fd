"""The media that a plan has beside words and pictures: embedded, read together, alone, in pairs."""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from train.batch import Batch
from train.encoder import Encoder
from train.hearing import Hearing
from train.medium import Embedded, Medium, Read
from train.plan import Plan
from train.watching import Watching

MEDIA: dict[str, type[Medium]] = {kind.NAME: kind for kind in (Hearing, Watching)}
"""Embeddings of media by their names."""
SIDES = ("text", "image", *MEDIA)
"""All kinds there are; a medium is set against those before it, so that each two meet once."""


def embeddings(plan: Plan) -> nn.ModuleDict:
    """The embeddings of the media that a plan has."""
    wanted = [(name, kind) for name, kind in MEDIA.items() if getattr(plan, name)]
    return nn.ModuleDict({name: kind(plan) for name, kind in wanted})


@torch.no_grad()
def as_loud_as(media: nn.ModuleDict, some: Iterable[str], norm: nn.LayerNorm) -> None:
    """Let some media begin with tokens as large as those of another norm."""
    for name in some:
        kind: Any = media[name]
        kind.norm.weight.fill_(norm.weight.mean())


def embedded(media: nn.ModuleDict, batch: Batch) -> dict[str, Embedded]:
    """A batch's pairs in each medium that model and batch have."""
    return {name: media[name](batch) for name in media if name in batch.notes}


def beside(seen: Tensor, there: Tensor, found: Mapping[str, Embedded]) -> tuple[Tensor, Tensor]:
    """Visual tokens `(B, R, D)`, and which are there, with those of media behind them."""
    if not found:
        return seen, there
    tokens = [one.tokens for one in found.values()]
    return torch.cat([seen, *tokens], 1), torch.cat([there, *(o.shown for o in found.values())], 1)


def read(
    encoder: Encoder,
    batch: Batch,
    found: Mapping[str, Embedded],
    said: tuple[Tensor, Tensor],
    seen: tuple[Tensor, Tensor],
    together: Tensor,
) -> dict[str, Read]:
    """What is read of a batch's pairs in each medium.

    Args:
        encoder: reads them.
        batch: says by its targets and notes what its tasks ask for.
        found: embedded.
        said: embedded words, and which are there.
        seen: embedded visual tokens, and which are there.
        together: hidden states of the media's tokens, one medium after another, read with both.
    """
    sides = {"text": said, "image": seen} | {n: (o.tokens, o.there) for n, o in found.items()}
    states = together.split([one.tokens.shape[1] for one in found.values()], 1)
    contrasted = any(f"{name}_contrast" in batch.targets for name in found)
    return {
        name: Read(
            state[:, 1:],
            one.patches,
            one.there[:, 1:],
            alone(encoder, one) if contrasted else None,
            _pairs(encoder, batch.notes[f"{name}_pairs"], one, sides)
            if f"{name}_pairs" in batch.notes
            else None,
        )
        for (name, one), state in zip(found.items(), states, strict=True)
    }


def alone(encoder: Encoder, one: Embedded) -> Tensor:
    """Hidden states of the patches of each pair, read by themselves, `(B, P, D)`."""
    tokens, there = one.tokens, one.there
    return encoder(tokens[:, :0], tokens, there[:, :0], there)[1][:, 1:]


def _pairs(
    encoder: Encoder, pairs: Tensor, one: Embedded, sides: Mapping[str, tuple[Tensor, Tensor]]
) -> Tensor:
    """States of the whole, each read with one thing of another kind alone, `(H, D)`.

    Args:
        encoder: reads them.
        pairs: kind of the other, its place in `SIDES`; row of the one; row of the other, `(H, 3)`;
            sorted by kind.
        one: embedded.
        sides: tokens of each kind, and which are there.
    """
    states = []
    for kind, side in enumerate(SIDES):
        if side not in sides:
            continue
        (tokens, there), (own, other) = sides[side], pairs[pairs[:, 0] == kind, 1:].T
        both = torch.cat([one.tokens[own], tokens[other]], 1)
        visible = torch.cat([one.there[own], there[other]], 1)
        none = slice(0, 0)
        states.append(encoder(both[:, none], both, visible[:, none], visible)[1][:, 0])
    return torch.cat(states)
