"""Initial weights from a contrastive model: its text tower's words, its image tower's head.

ImageBERT starts from BERT and a detector; here the filter network stands for both. Read are
open_clip's own files (`open_clip_config.json`, `open_clip_model.safetensors`), so any model that
open_clip saved can serve where its width is the plan's.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from curate.dataset.errors import WeightsError
from train import backbone, media, towers, weights
from train.bert import CONFIG_FILE as BERT_FILE
from train.bert import epsilon, from_bert
from train.corpus import Regions
from train.model import Model
from train.plan import Plan

CONFIG_FILE = "open_clip_config.json"
WEIGHTS_FILE = "open_clip_model.safetensors"
_TRUNK = "visual.trunk."  # what names of a tower of timm's begin with
_BLOCK = {
    "attention.query_key_value.weight": "attn.in_proj_weight",
    "attention.query_key_value.bias": "attn.in_proj_bias",
    "attention.output.weight": "attn.out_proj.weight",
    "attention.output.bias": "attn.out_proj.bias",
    "attention_norm.weight": "ln_1.weight",
    "attention_norm.bias": "ln_1.bias",
    "up.weight": "mlp.c_fc.weight",
    "up.bias": "mlp.c_fc.bias",
    "down.weight": "mlp.c_proj.weight",
    "down.bias": "mlp.c_proj.bias",
    "forward_norm.weight": "ln_2.weight",
    "forward_norm.bias": "ln_2.bias",
}


def start(model: Model, regions: Regions, folder: Path, how: str) -> list[str]:
    """Give a fresh model its feature statistics and what it takes from a contrastive model.

    Args:
        model: is changed.
        regions: of the training pictures.
        folder: of open_clip's files, or of a BERT of transformers' (`train/bert.py`).
        how: `none`, `words` (embeddings and image head), or `layers` (the text layers too, and a
            grid's network where it is the image tower's).

    Returns:
        The parts that were copied; none into CLIP's towers, which start as open_clip draws them.
    """
    if model.plan.towers:
        return []
    statistics(model, regions.features, regions.present)
    if how == "none":
        return []
    read = from_bert if _is_bert(folder) else from_towers
    return read(model, folder, layers=how == "layers")


def fitting(plan: Plan, folder: Path, how: str) -> Plan:
    """A plan whose norms add what those of its initial weights do; arguments are as for `start`."""
    if plan.towers or how == "none" or not _is_bert(folder):
        return plan
    return replace(plan, norm_epsilon=epsilon(folder))


def _is_bert(folder: Path) -> bool:
    """Whether a folder is one of transformers', not of open_clip's."""
    return (folder / BERT_FILE).is_file() and not (folder / CONFIG_FILE).is_file()


def initialised(model: Model, copied: list[str]) -> dict[str, int]:
    """How many of the layers that words pass were initialised, and of how many, `of`.

    Args:
        model: none of CLIP's towers are, so `of` is 0.
        copied: what `start` gave, or `train.begin.begin`, after which all are.
    """
    of = 0 if model.plan.towers else len(model.encoder.of_words())
    number = sum(part.startswith("layer ") for part in copied)
    return {"layers": of if "layers" in copied else number, "of": of}


def lacking(model: Model, copied: list[str], how: str) -> str:
    """What was wished and not copied, and why, given what `start` was told and gave; or nothing."""
    if how == "none" or any(part.startswith("layer") for part in copied):
        return ""
    if model.plan.towers:
        return "towers start as open_clip draws them"
    if not copied:
        return f"nothing is as wide as this model ({model.plan.width}): all weights are fresh"
    if how == "layers":
        return "no layer fits (width, heads and norm have to be the same): layers are fresh"
    return ""


def statistics(model: Model, features: np.ndarray, present: np.ndarray) -> None:
    """Set the mean and deviation that region features are standardised by.

    Args:
        model: its buffers are set.
        features: of the training pictures, `(m, R, F)`.
        present: which of them are there, `(m, R)` bool.
    """
    rows = torch.from_numpy(features[present]).float()
    model.vision.mean.copy_(rows.mean(0))
    model.vision.deviation.copy_(rows.std(0).clamp(min=1e-3))


@torch.no_grad()
def from_towers(model: Model, folder: Path, layers: bool) -> list[str]:
    """Copy what fits from a contrastive model's towers.

    Words and positions are copied as they are. The feature projection becomes the image head
    followed by the transposed text projection, so that a picture starts near the words that the
    towers say it goes with.

    Args:
        model: is changed; `statistics` must have been set.
        folder: of open_clip's files.
        layers: also copy the text transformer's layers, in their order, into those that words
            pass, where these have as many heads and their norms before the sublayers (`norm: pre`),
            and the image tower's convolutions, where a grid's network is of the same.

    Returns:
        The parts that were copied; none where the widths differ.

    Raises:
        WeightsError: a file is missing, or vocabularies differ.
    """
    theirs, config = _read(folder)
    word = theirs["token_embedding.weight"]
    if word.shape[0] != model.sizes.vocabulary:
        raise WeightsError(
            f"{folder}: {word.shape[0]} word embeddings for a tokenizer of "
            f"{model.sizes.vocabulary} tokens"
        )
    network = _copy_backbone(model, theirs, config) if layers else []
    if word.shape[1] != model.plan.width:
        return network
    place = theirs["positional_embedding"][: model.plan.text_tokens]
    model.text.word.weight.copy_(word)
    model.text.position.weight[: len(place)].copy_(place)
    copied = ["words"]
    if model.plan.norm == "pre":
        scale = (word + place.mean(0)).std(1).mean()
        own = (one for at, one in model.vision.named_modules() if not at.startswith(backbone.PART))
        for norm in (model.text.norm, *own):
            if isinstance(norm, nn.LayerNorm):
                norm.weight.fill_(scale)
        media.as_loud_as(model.media, model.media, model.text.norm)
    copied += [*_copy_head(model, theirs), *network]
    heads = config["model_cfg"].get("text_cfg", {}).get("heads")
    if layers and model.plan.norm == "pre" and model.plan.heads == heads:
        copied += _copy_layers(model, theirs)
    return copied


def _copy_head(model: Model, theirs: dict[str, Tensor]) -> list[str]:
    head, text = theirs.get("visual.head.proj.weight"), theirs.get("text_projection")
    if head is None or text is None or head.shape[1] != model.sizes.features:
        return []
    to_width = text @ head * model.vision.deviation  # of a standardised feature
    features = model.vision.projection()
    if features.shape != to_width.shape:  # what reads pixels projects no features
        return []
    to_width /= to_width.norm(dim=1).mean()
    features.copy_(to_width)
    return ["image head"]


def _copy_backbone(model: Model, theirs: dict[str, Tensor], config: dict[str, Any]) -> list[str]:
    if model.plan.visual != "grid" or model.plan.backbone_norm != "fixed":
        return []
    named = {k.removeprefix(_TRUNK): v for k, v in theirs.items() if k.startswith(_TRUNK)}
    standard = towers.preprocessing(config)
    lacking = backbone.give(model, named, standard["mean"], standard["std"])
    return [] if lacking else [backbone.PART]


def _copy_layers(model: Model, theirs: dict[str, Tensor]) -> list[str]:
    copied = []
    for index, layer in enumerate(model.encoder.of_words()):
        prefix = f"transformer.resblocks.{index}."
        if f"{prefix}{_BLOCK['up.weight']}" not in theirs:
            break
        state = {our: theirs[prefix + their] for our, their in _BLOCK.items()}
        if any(state[k].shape != v.shape for k, v in layer.state_dict().items()):
            break
        layer.load_state_dict(state)
        copied.append(f"layer {index}")
    return copied


def _read(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The towers' weights, the text's under the names of open_clip's `CLIP`, and their config."""
    missing = [n for n in (CONFIG_FILE, WEIGHTS_FILE) if not (folder / n).is_file()]
    if missing:
        raise WeightsError(
            f"{folder} has no {', '.join(missing)}; a folder as `dvc repro filter_network` "
            "writes it is known to work"
        )
    try:
        config = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
    except ValueError as error:
        raise WeightsError(f"{folder / CONFIG_FILE} is no JSON: {error}") from error
    if "model_cfg" not in config:
        raise WeightsError(f"{folder / CONFIG_FILE} has no model_cfg")
    named = weights.read(folder / WEIGHTS_FILE)
    return {k.removeprefix("text."): v for k, v in named.items()}, config
