"""A single stream over words and patches to and from transformers' ViLT.

Written is one folder that `ViltModel`, `ViltForMaskedLM` (words) and `ViltForImageAndTextRetrieval`
(matching) load, and the image processor that reads pictures as ours are; read is a folder of any
of them, with the heads of those tasks that it has, as an ImageBERT of patches. What theirs adds to
words to tell them from patches becomes a part of the norm before it.
"""

import dataclasses
from collections.abc import Collection
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from curate.dataset.errors import WeightsError
from train.encoder import EPSILON
from train.exchange import _layers, _peer
from train.from_pixels import MIDDLE
from train.model import Model
from train.models import imagebert
from train.plan import Plan, Sizes
from train.recipe import Params
from train.text import Words

LIBRARY = "transformers"
_FIELDS = {**_peer.BERT, "norm": "pre", "visual": "patches", "whole_image": True}
_INSIDE: dict[str, Any] = {
    "hidden_act": "gelu",
    "layer_norm_eps": EPSILON,
    "qkv_bias": True,
    "num_channels": 3,
    "max_image_length": -1,
    "type_vocab_size": 2,
}
_HEADS = {"mlm": "mlm_score.", "itm": "rank_output."}
_BICUBIC = 3  # of PIL's ways to resample
_WORDS = _HEADS["mlm"]
_EMBEDDINGS = "vilt.embeddings."
_TEXT = f"{_EMBEDDINGS}text_embeddings."
_SIDES = f"{_EMBEDDINGS}token_type_embeddings.weight"
_PATCH = f"{_EMBEDDINGS}patch_embeddings.projection."
_LAYER = {
    "own": "attention.attention",
    "attention.output": "attention.output.dense",
    "attention_norm": "layernorm_before",
    "up": "intermediate.dense",
    "down": "output.dense",
    "forward_norm": "layernorm_after",
}


def write(model: Model, words: Words, folder: Path) -> None:
    """Write the folder of transformers' model of our weights, with the heads that ours has.

    Raises:
        ParamsError: the plan is not one that it can carry out.
    """
    from transformers import ViltConfig, ViTImageProcessor

    plan, state = model.plan, model.state_dict()
    fields = {**_FIELDS, "pixels": plan.pixels, "patch": plan.patch}
    (layers,) = _peer.layers(model, "transformers' ViLT", fields, ["joint"], (), _HEADS)
    config = ViltConfig(
        num_hidden_layers=layers,
        image_size=plan.pixels,
        patch_size=plan.patch,
        **_peer.to_bert(model, words),
        **_INSIDE,
    )
    found = _layers.to_theirs(state, _table(layers, plan.objectives, _peer.tied(model)))
    kernel = (plan.width, 3, plan.patch, plan.patch)
    found |= {
        f"{_PATCH}weight": state["vision.project.weight"].view(kernel),
        f"{_EMBEDDINGS}position_embeddings": state["vision.place.weight"][None],
        f"{_EMBEDDINGS}cls_token": state["vision.picture"][None, None],
        _SIDES: torch.stack([torch.zeros(plan.width), state["vision.segment"]]),
    }
    first = next((task for task in _HEADS if task in plan.objectives), "")
    theirs = _kinds()[first](config)
    theirs.save_pretrained(folder, state_dict={k: v.contiguous() for k, v in found.items()})
    ViTImageProcessor(
        size={"height": plan.pixels, "width": plan.pixels},
        resample=_BICUBIC,
        image_mean=[MIDDLE] * 3,
        image_std=[MIDDLE] * 3,
    ).save_pretrained(folder)
    words.save(folder)


def read(folder: Path, words: Words) -> Model:
    """Our model of the weights in a folder that `save_pretrained` wrote, to read words and match.

    Raises:
        WeightsError: it holds no such model, one whose layers compute something else, or one of
            another vocabulary.
    """
    from transformers import ViltConfig

    config = _peer.config(ViltConfig, folder, words, _INSIDE)
    size, patch = config.image_size, config.patch_size
    if not isinstance(size, int) or not isinstance(patch, int) or size % patch:
        raise WeightsError(
            f"{folder}: pictures here are squares of whole patches, not image_size {size} of "
            f"patch_size {patch}"
        )
    theirs: dict[str, Tensor] = {}
    kinds, tasks = _kinds(), _tasks(folder)
    for task in tasks or [""]:
        given = _peer.weights(kinds[task], folder, config)
        theirs |= {k if task else f"vilt.{k}": v for k, v in given.items()}
    tied = "mlm" not in tasks or _layers.tied(theirs, _WORDS, _TEXT)
    plan = _plan(config, {"mlm": {"tied": tied}, "itm": {}}, tasks)
    model = Model("imagebert", plan, Sizes(config.vocab_size, features=1, classes=1))
    state = _layers.to_ours(theirs, _table(config.num_hidden_layers, tasks, tied))
    sides = theirs[_SIDES]
    state["text.norm.bias"] = state["text.norm.bias"] + sides[0]
    state["vision.segment"] = sides[1]
    state["vision.project.weight"] = theirs[f"{_PATCH}weight"].flatten(1)
    state["vision.place.weight"] = theirs[f"{_EMBEDDINGS}position_embeddings"][0]
    state["vision.picture"] = theirs[f"{_EMBEDDINGS}cls_token"][0, 0]
    return _peer.filled(model, state)


def _kinds() -> dict[str, Any]:
    """Transformers' class with the head of each task; the last has none."""
    from transformers import ViltForImageAndTextRetrieval, ViltForMaskedLM, ViltModel

    return {"mlm": ViltForMaskedLM, "itm": ViltForImageAndTextRetrieval, "": ViltModel}


def _tasks(folder: Path) -> list[str]:
    """Tasks whose heads are in a folder's weights."""
    files = sorted(folder.glob("*.safetensors"))
    names = [name for file in files for name in _peer.names(file)]
    return [t for t, head in _HEADS.items() if any(name.startswith(head) for name in names)]


def _plan(config: Any, objectives: dict[str, Any], tasks: list[str]) -> Plan:
    change = {
        "streams": f"joint {config.num_hidden_layers}",
        **_FIELDS,
        **_peer.as_bert(config),
        "pixels": config.image_size,
        "patch": config.patch_size,
    }
    without = dict.fromkeys(imagebert.RECIPE.tasks.keys() - objectives.keys())
    plan = imagebert.plan(Params(size="base", change=change, objectives=without | objectives))
    kept = {task: values for task, values in plan.objectives.items() if task in tasks}
    return dataclasses.replace(plan, objectives=kept)


def _table(layers: int, tasks: Collection[str], tied: bool) -> _layers.Table:
    """All weights that have the same form on both sides."""
    table = _layers.words(_TEXT) | _layers.modules(
        {"pool.dense": "vilt.pooler.dense", "encoder.parts.0.final": "vilt.layernorm"}
    )
    table["vision.project.bias"] = [f"{_PATCH}bias"]
    for number in range(layers):
        ours, theirs = f"encoder.parts.0.layers.{number}.", f"vilt.encoder.layer.{number}."
        table |= _layers.layer(ours, theirs, _LAYER)
    if "mlm" in tasks:
        table |= _layers.prediction(_WORDS, "decoder.bias", tied)
    if "itm" in tasks:
        table |= _layers.modules({"heads.itm.match": "rank_output"})
    return table
