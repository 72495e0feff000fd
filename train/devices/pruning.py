"""A trained model in; the same without what matters least, as an ordinary smaller model, out.

Whole layers, attention heads and neurons of the feed-forward layers go by structure: what is left
is smaller and faster on any machine. Single weights are only set to zero: what is left takes less
room where it is packed, and is faster where zeros are skipped.

A head, or a neuron, matters as much as the loss would change without it, to first order: the
absolute value of the gradient by a factor of 1 that is thought to stand at its output, summed over
batches (Michel et al., 2019; Molchanov et al., 2017). That gradient is the sum of weight times
gradient over its column of the layer that follows. Each layer keeps as many as every other.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import prune

from train import examine
from train.attention import Attention, CrossAttention
from train.batch import Batch
from train.encoder import Layer
from train.model import Model, make
from train.plan import Plan, parse

_Attends = Attention | CrossAttention
_NUMBER = "layers."  # stands before a layer's number in the name of a weight


def thinned(model: Model, share: float) -> Model:
    """A model with a share of each part's layers, evenly spaced, the last among them.

    Layers that are left begin as those that they were (DistilBERT: Sanh et al., 2019).
    """
    parts = parse(model.plan.streams)
    kept = [_spaced(number, max(1, round(share * number))) for _, number in parts]
    named = zip(parts, kept, strict=True)
    streams = " | ".join(f"{kind} {len(some)}" for (kind, _), some in named)
    found = make(model.name, dataclasses.replace(model.plan, streams=streams), model.sizes)
    state = model.state_dict()
    found.load_state_dict({name: state[_before(name, kept)] for name in found.state_dict()})
    return found.eval()


def _spaced(number: int, kept: int) -> list[int]:
    """Some of `number` layers, from 0, as far apart as can be, and the last."""
    return [round((at + 1) * number / kept) - 1 for at in range(kept)]


def _before(name: str, kept: Sequence[Sequence[int]]) -> str:
    """What a weight was called before some layers went."""
    if not name.startswith("encoder.parts.") or f".{_NUMBER}" not in name:
        return name
    _, _, part, _, layer, *rest = name.split(".")
    return ".".join(["encoder", "parts", part, "layers", str(kept[int(part)][int(layer)]), *rest])


def importance(model: Model, batches: Iterable[Batch]) -> dict[str, Tensor]:
    """How much each head of attention, and each neuron of feed-forward layers, matters.

    Args:
        model: is left as it was, but for gradients, which are cleared.
        batches: ready for its tasks.

    Returns:
        Of each module of attention `(H,)` and of each layer `(inner,)`, by its name in the model.
    """
    found: dict[str, Tensor] = {}
    weights = {task.name: task.params.weight for task in examine.tasks(model.plan.objectives)}
    for batch in batches:
        model.zero_grad()
        scores = model(batch)
        losses = [weights[t] * s.loss / max(1, batch.counts[t]) for t, s in scores.items()]
        torch.stack(losses).sum().backward()
        for name, module in model.named_modules():
            told = _matters(module)
            if told is not None:
                found[name] = found.get(name, 0) + told.abs()
    model.zero_grad()
    return found


def _matters(module: nn.Module) -> Tensor | None:
    """The gradients by factors at a module's heads or neurons; None: it has none."""
    if isinstance(module, _Attends):
        return _by_column(module.output).view(module.heads, -1).sum(1)
    return _by_column(module.down) if isinstance(module, Layer) else None


def _by_column(layer: nn.Linear) -> Tensor:
    grad = layer.weight.grad
    assert grad is not None  # every layer is learnt
    return (layer.weight.detach() * grad).sum(0)


def narrowed(model: Model, matters: Mapping[str, Tensor], heads: float, inner: float) -> Model:
    """A model with a share of each layer's heads and neurons, those that matter most.

    Args:
        model: is left as it is.
        matters: what `importance` says.
        heads: share of the heads, at least one of each layer.
        inner: share of the neurons of feed-forward layers.
    """
    found = make(model.name, _narrow(model.plan, heads, inner), model.sizes)
    state = dict(model.state_dict())
    for name, module in found.named_modules():
        if isinstance(module, _Attends):
            _keep_heads(state, name, module, _best(matters[name], module.heads))
        elif isinstance(module, Layer):
            kept = _best(matters[name], module.up.out_features)
            for part, dim in (("up.weight", 0), ("up.bias", 0), ("down.weight", 1)):
                state[f"{name}.{part}"] = state[f"{name}.{part}"].index_select(dim, kept)
    found.load_state_dict(state)
    return found.eval()


def _narrow(plan: Plan, heads: float, inner: float) -> Plan:
    """A plan with a share of the heads, each as wide as before, and of the neurons."""
    changed: dict[str, Any] = {}
    for side in ("", "vision_"):
        before, attended = (getattr(plan, f"{side}{name}") for name in ("heads", "attended"))
        left = max(1, round(heads * before))
        changed[f"{side}heads"] = left
        changed[f"{side}attended"] = left * attended // before
        changed[f"{side}inner"] = max(1, round(inner * getattr(plan, f"{side}inner")))
    return dataclasses.replace(plan, **changed)


def _best(matters: Tensor, number: int) -> Tensor:
    """Places of those that matter most, in their order."""
    return matters.topk(number).indices.sort().values


def _keep_heads(state: dict[str, Tensor], name: str, module: _Attends, kept: Tensor) -> None:
    """Cut a module's weights down to some heads."""
    width = module.output.in_features // module.heads  # of a head
    columns = (kept[:, None] * width + torch.arange(width)).flatten()
    whole = state[f"{name}.output.weight"].shape[1]  # of all heads before
    parts = (
        {"query_key_value": 3} if isinstance(module, Attention) else {"query": 1, "key_value": 2}
    )
    for part, several in parts.items():
        rows = (torch.arange(several)[:, None] * whole + columns).flatten()
        for kind in ("weight", "bias"):
            state[f"{name}.{part}.{kind}"] = state[f"{name}.{part}.{kind}"][rows]
    state[f"{name}.output.weight"] = state[f"{name}.output.weight"][:, columns]


def sparsified(model: Model, share: float) -> None:
    """Set a share of the weights of all layers' matrices to zero, the smallest of all.

    By torch's `global_unstructured`; changes the model.
    """
    named = [(layer, "weight") for layer in matrices(model)]
    prune.global_unstructured(named, pruning_method=prune.L1Unstructured, amount=share)
    for layer, name in named:
        prune.remove(layer, name)


def matrices(model: Model) -> list[nn.Linear]:
    """What holds the matrices of all layers, in the model's order."""
    return [module for module in model.encoder.modules() if isinstance(module, nn.Linear)]
