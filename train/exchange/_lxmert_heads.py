"""Heads for regions and for questions to and from transformers' `LxmertForPreTraining`.

Theirs for regions share one layer: of ours those go along that share it, else the first that has
one, classes before attributes before features. Features come out as the labeler gives them: the
standardising of ours becomes a part of the last layer. Attributes are words here, whose embeddings
predict them; those of the authors' release are no words, and stay behind. The labels of the config
name the answers; where it has none, numbers do. The weight of the losses of regions is their
`visual_loss_normalizer`, over all regions.
"""

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from curate.stage.params import build
from train.exchange import _layers
from train.model import Model, objective

_REGIONS = {"moc": "obj", "attributes": "attr", "mrfr": "feat"}
TASKS = (*_REGIONS, "vqa")
_SHARED = "obj_predict_head.transform."
_LAST = "obj_predict_head.decoder_dict."
_OWN = {"moc": "classes", "mrfr": "feature"}
_ANSWERS = {
    "heads.vqa.dense": "answer_head.logit_fc.0",
    "heads.vqa.norm": "answer_head.logit_fc.2",
    "heads.vqa.choose": "answer_head.logit_fc.3",
}
_UNNAMED = "LABEL_"  # what transformers calls a label that has no name


def config(model: Model) -> dict[str, Any]:
    """What their config says of the heads that go along; stderr tells of those that do not."""
    carried = _carried(model.state_dict())
    if left := sorted({*_REGIONS} & {*model.plan.objectives} - {*carried}):
        print(
            f"left behind are the heads of {', '.join(left)}: transformers' LXMERT has one layer "
            f"before all that regions predict, here that of {', '.join(carried) or 'none'}",
            file=sys.stderr,
        )
    answers = model.sizes.answers if "vqa" in model.plan.objectives else ()
    return {
        "task_obj_predict": bool(carried),
        **{f"visual_{their}_loss": task in carried for task, their in _REGIONS.items()},
        **({"visual_loss_normalizer": _weight(model, carried[0])} if carried else {}),
        "num_object_labels": model.sizes.classes,
        "num_attr_labels": model.sizes.vocabulary,
        "task_qa": bool(answers),
        "num_qa_labels": len(answers),
        **({"id2label": dict(enumerate(answers))} if answers else {}),
    }


def _weight(model: Model, task: str) -> float:
    """The weight of a task's loss as a mean over all regions."""
    params = build(objective(task).Params, model.plan.objectives[task], f"objectives.{task}")
    return float(params.weight if params.over == "all" else params.weight / params.rate)


def _carried(state: Mapping[str, Tensor]) -> list[str]:
    """The tasks on regions whose heads have a place, given our weights: theirs is one layer."""
    found: list[str] = []
    for task in _REGIONS:
        needed = [f"{_layer(task)}dense.weight", *_last([task])]
        if all(name in state for name in needed):
            found += [task] * (not found or _alike(state, _layer(found[0]), _layer(task)))
    return found


def _alike(state: Mapping[str, Tensor], one: str, other: str) -> bool:
    parts = [f"{kind}.{part}" for kind in ("dense", "norm") for part in ("weight", "bias")]
    return all(torch.equal(state[one + part], state[other + part]) for part in parts)


def _layer(task: str) -> str:
    """What the names of the layer begin with that comes before what a task predicts."""
    return f"heads.{task}." if task == "attributes" else f"heads.{task}.transform."


def _shared(task: str) -> _layers.Table:
    """That layer."""
    layer = _layer(task)
    return _layers.modules(
        {f"{layer}dense": f"{_SHARED}dense", f"{layer}norm": f"{_SHARED}LayerNorm"}
    )


def _last(tasks: Iterable[str]) -> _layers.Table:
    """The last layers of some tasks, but for what predicts attributes."""
    same = {f"heads.{t}.{_OWN[t]}": _LAST + _REGIONS[t] for t in tasks if t in _OWN}
    bias = {"heads.attributes.bias": [f"{_LAST}attr.bias"]} if "attributes" in tasks else {}
    return _layers.modules(same) | bias


def to_theirs(model: Model) -> dict[str, Tensor]:
    """The weights of the heads that go along, under their names."""
    state = model.state_dict()
    carried = _carried(state)
    table = _last(carried) | (_shared(carried[0]) if carried else {})
    found = _layers.to_theirs(
        state, table | (_layers.modules(_ANSWERS) if "vqa" in model.plan.objectives else {})
    )
    if "mrfr" in carried:
        spread = state["vision.deviation"]
        found[f"{_LAST}feat.weight"] = found[f"{_LAST}feat.weight"] * spread[:, None]
        found[f"{_LAST}feat.bias"] = found[f"{_LAST}feat.bias"] * spread + state["vision.mean"]
    if "attributes" in carried:
        words = state.get("heads.attributes.decoder.weight", state["text.word.weight"])
        found[f"{_LAST}attr.weight"] = words
    return found


def tasks(told: Any, theirs: Mapping[str, Tensor], embeddings: str, tied: bool) -> dict[str, Any]:
    """The tasks whose heads come with a folder, with their parameters, None for those that do not.

    Args:
        told: its config.
        theirs: its weights.
        embeddings: name of those of the words.
        tied: whether the words' embeddings predict words.
    """
    there = {task: bool(told.task_obj_predict) for task in _REGIONS}
    for task, their in _REGIONS.items():
        there[task] &= bool(getattr(told, f"visual_{their}_loss"))
    if there["attributes"]:
        words, attributes = theirs[embeddings], theirs[f"{_LAST}attr.weight"]
        there["attributes"] = len(words) == len(attributes)
        there["attributes"] &= not tied or torch.equal(words, attributes)
    weight = {"weight": float(told.visual_loss_normalizer)}
    found: dict[str, Any] = {task: weight if there[task] else None for task in _REGIONS}
    return found | {"vqa": {} if told.task_qa else None}


def answers(told: Any) -> tuple[str, ...]:
    """The answers that a folder's config names, or their numbers."""
    if not told.task_qa:
        return ()
    number = told.num_qa_labels
    names = [str(told.id2label.get(at, _UNNAMED)) for at in range(number)]
    named = len(told.id2label) == number and not any(n.startswith(_UNNAMED) for n in names)
    return tuple(names) if named else tuple(map(str, range(number)))


def to_ours(
    theirs: Mapping[str, Tensor], given: Mapping[str, Any], tied: bool
) -> dict[str, Tensor]:
    """The weights of the heads of some tasks, as `tasks` gives them, under our names."""
    there = [task for task in _REGIONS if given[task] is not None]
    found = _layers.to_ours(theirs, _last(there))
    for task in there:
        found |= _layers.to_ours(theirs, _shared(task))
    if "attributes" in there and not tied:
        found["heads.attributes.decoder.weight"] = theirs[f"{_LAST}attr.weight"]
    if given["vqa"] is not None:
        found |= _layers.to_ours(theirs, _layers.modules(_ANSWERS))
    return found
