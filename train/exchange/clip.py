"""CLIP to and from open_clip's folder: `open_clip_config.json`, `open_clip_model.safetensors`.

`open_clip.create_model_from_pretrained("local-dir:FOLDER")` loads what is written, and so may the
scorer `clip`; read is what it, or the hub, has of that form with a tokenizer beside it. Both hold a
caption's vector at its end token and the temperature. What is read is checked on a caption: the
tokenizer must give the tokens that open_clip's for that folder does.
"""

import json
import math
from pathlib import Path
from typing import Any

import open_clip
import torch
from open_clip.model import convert_to_custom_text_state_dict
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from curate.dataset.errors import PairwrightError, WeightsError
from train.exchange import _peer
from train.model import Model, make
from train.models import clip
from train.objectives import itc
from train.plan import Sizes
from train.recipe import Params
from train.text import Words
from train.towers import preprocessing, text_config

LIBRARY = "open_clip"
CONFIG_FILE, WEIGHTS_FILE = "open_clip_config.json", "open_clip_model.safetensors"
_FIELDS = {"visual": "towers", "facts": False, "entities": False}
_SCALE = "logit_scale"
_CAPTION = "Two dogs, a cat & 3 birds: who's there? " * 20  # longer than any context
_KNOWN = {"embed_dim", "vision_cfg", "text_cfg", "quick_gelu", "custom_text", "init_logit_scale"}
_KNOWN |= {"nonscalar_logit_scale"}  # of a model_cfg


def write(model: Model, words: Words, folder: Path) -> None:
    """Write open_clip's folder of our towers, but for the tokenizer's own files.

    Raises:
        ParamsError: the plan is not one of two towers.
    """
    _peer.layers(model, "open_clip's CLIP", _FIELDS, ["text", "vision"], ["itc"])
    plan, head = model.plan, model.heads["itc"]
    assert isinstance(head, itc.Head)
    towers = {k: v for k, v in plan.towers.items() if k != "preprocess_cfg"}
    text = {**text_config(plan.towers, model.sizes), "hf_tokenizer_name": "tokenizer.json"}
    config = {
        "model_cfg": {**towers, "text_cfg": text, "custom_text": True},
        "preprocess_cfg": {
            **preprocessing(plan.towers),
            "size": plan.pixels,
            "interpolation": "bicubic",
            "resize_mode": "squash",
        },
    }
    weights = {k: v.detach().cpu().contiguous() for k, v in model.encoder.state_dict().items()}
    weights[_SCALE] = head.factor().detach().log().reshape(())
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / WEIGHTS_FILE, metadata={"format": "pt"})
    (folder / CONFIG_FILE).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    words.save(folder)
    _check(folder, words, plan.text_tokens)


def read(folder: Path, words: Words) -> Model:
    """Our model of the towers in such a folder.

    Raises:
        WeightsError: it holds none, or one that compares, ends or reads captions otherwise.
    """
    told = _peer.read_json(folder / CONFIG_FILE, "open_clip's `local-dir:` folders do")
    config: dict[str, Any] = _peer.mapping(told.get("model_cfg"))
    parts = {**config, **told}
    if not all(isinstance(parts.get(name), dict) for name in ("vision_cfg", "text_cfg")):
        raise WeightsError(f"{folder / CONFIG_FILE} has no model_cfg of two towers")
    if "embed_dim" not in parts or not isinstance(parts.get("preprocess_cfg", {}), dict):
        raise WeightsError(f"{folder / CONFIG_FILE} has no embed_dim, or no preprocess_cfg")
    if unfit := _unfit(config, words):
        raise WeightsError(f"{folder} is no CLIP as here: {'; '.join(unfit)}")
    weights = _weights(folder)
    scale = weights.pop(_SCALE, torch.empty(0)).reshape(-1)
    if len(scale) != 1 or "logit_bias" in weights:
        raise WeightsError(f"{folder} compares by another loss than CLIP's: it needs one {_SCALE}")
    sizes = Sizes(words.size, features=1, classes=1, pad=words.pad, end=words.end)
    try:
        plan = clip.plan(Params(change={"towers": _towers(config, told)}, objectives=_task(scale)))
        model = make("clip", plan, sizes)
    except PairwrightError:
        raise
    except Exception as error:  # whatever a config may raise
        raise WeightsError(f"{folder / CONFIG_FILE} tells of no towers: {error}") from error
    try:
        model.encoder.load_state_dict(weights)
    except RuntimeError as error:
        raise WeightsError(f"{folder}: weights and {CONFIG_FILE} do not fit: {error}") from error
    model.heads["itc"].load_state_dict({"scale": scale.float()})
    _check(folder, words, plan.text_tokens)
    return model.eval()


def _unfit(config: dict[str, Any], words: Words) -> list[str]:
    """What a configuration has that our towers have not."""
    text, size = config["text_cfg"], config["vision_cfg"].get("image_size", 224)
    found = [f"{name} in model_cfg" for name in sorted(set(config) - _KNOWN)]
    if "hf_model_name" in text:
        found.append(f"text_cfg.hf_model_name {text['hf_model_name']} (a text tower of others)")
    if (number := text.get("vocab_size", 49408)) != words.size:
        found.append(f"{number} word embeddings for a tokenizer of {words.size} tokens")
    pool, end = text.get("pool_type", "argmax"), text.get("eos_id", 2)
    if not (pool == "eos" and end == words.end) and not (
        pool == "argmax" and words.end == words.size - 1
    ):
        found.append(f"captions pooled by {pool} (eos_id {end}), not at the end token {words.end}")
    if text.get("no_causal_mask") and text.get("pad_id", 0) != words.pad:
        found.append(f"captions filled up with token {text.get('pad_id', 0)}, not {words.pad}")
    if not isinstance(size, int):
        found.append(f"vision_cfg.image_size {size} (only squares, one number)")
    return found


def _weights(folder: Path) -> dict[str, Tensor]:
    file = folder / WEIGHTS_FILE
    if not file.is_file():
        raise WeightsError(
            f"{folder} has no {WEIGHTS_FILE}; of a checkpoint of another form make one by "
            "open_clip.push_to_hf_hub.save_for_hf(..., safe_serialization=True)"
        )
    try:
        found: dict[str, Tensor] = convert_to_custom_text_state_dict(load_file(file))
    except SafetensorError as error:
        raise WeightsError(f"{file} is no safetensors: {error}") from error
    return found


def _towers(config: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """A configuration as the plan has it: without what the tokenizer tells."""
    named = ("vocab_size", "pad_id", "eos_id", "pool_type", "hf_tokenizer_name")
    text = {k: v for k, v in config["text_cfg"].items() if k not in named}
    vision = {"image_size": 224, **config["vision_cfg"]}
    if "timm_model_name" in vision:
        vision["timm_model_pretrained"] = False  # nothing is to be fetched
    towers = {
        "embed_dim": config["embed_dim"],
        "vision_cfg": vision,
        "text_cfg": {"context_length": 77, **text},
        "preprocess_cfg": preprocessing(told),
    }
    return towers | ({"quick_gelu": True} if config.get("quick_gelu") else {})


def _task(scale: Tensor) -> dict[str, Any]:
    """The task, whose temperature may be as low as the one that was learnt."""
    least, learnt = itc.Params().least, math.exp(-scale.item())
    return {"itc": {"least": learnt} if learnt < least * (1 - 1e-5) else {}}


def _check(folder: Path, words: Words, context: int) -> None:
    """Hold our tokenizer against the one that open_clip takes for a folder.

    Raises:
        WeightsError: a caption has other tokens.
    """
    text = _peer.read_json(folder / CONFIG_FILE, "")["model_cfg"]["text_cfg"]
    if text.get("hf_tokenizer_name") and not (folder / "tokenizer.json").is_file():
        return  # it lies elsewhere
    try:
        theirs = open_clip.get_tokenizer(f"local-dir:{folder}")
    except Exception as error:  # whatever a tokenizer's files may raise
        raise WeightsError(f"{folder} has no tokenizer that open_clip reads: {error}") from error
    for caption in (_CAPTION, _CAPTION[:20]):
        ours = words.encode([caption], context).ids.tolist()
        told = theirs([caption])[0].tolist()
        if told[: len(ours)] != ours:
            raise WeightsError(
                f"{folder}: the tokenizer reads {caption[:20]!r} as {ours[:5]} and so on, "
                f"open_clip's as {told[:5]}; it needs one that begins, ends and cuts captions alike"
            )
