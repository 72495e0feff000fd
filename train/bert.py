"""Initial weights from a BERT, or one of its family: its embeddings of words, its layers.

Read are the files that transformers' models have (`config.json`, safetensors), so any BERT of
one's own, or one fetched before, can serve where its width is the plan's. RoBERTa and XLM-R
(Conneau et al., 2020: one vocabulary of a hundred languages, as UC2 takes it) compute what BERT
does, but number their positions from 2 on.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from curate.dataset.errors import WeightsError
from train.exchange import _layers
from train.model import Model

CONFIG_FILE = "config.json"
_FIRST = {"bert": 0, "camembert": 2, "roberta": 2, "xlm-roberta": 2}  # position of a caption
_EPSILON = 1e-12  # of transformers' configs of the family, where they do not say it


@torch.no_grad()
def from_bert(model: Model, folder: Path, layers: bool) -> list[str]:
    """Copy what fits from a BERT, or one of its family.

    Args:
        model: is changed.
        folder: of transformers' files.
        layers: also copy the layers, in their order, into those that words pass
            (`Encoder.of_words`), where these have as many heads, and norms that come after the
            sublayers (`norm: post`) and add the same (`norm_epsilon`).

    Returns:
        The parts that were copied.

    Raises:
        WeightsError: it holds no such model, or one of another width or vocabulary.
    """
    from transformers import AutoModel

    kind = _kind(folder)
    if kind not in _FIRST:
        raise WeightsError(
            f"{folder / CONFIG_FILE} tells of model_type {kind!r}; initial weights are taken of "
            f"one of transformers' {', '.join(_FIRST)}, or of a folder as `dvc repro "
            "filter_network` writes it"
        )
    try:
        theirs = AutoModel.from_pretrained(
            folder, add_pooling_layer=False, local_files_only=True, use_safetensors=True
        )
    except (OSError, SafetensorError, RuntimeError) as error:
        raise WeightsError(f"the {kind} in {folder} cannot be read: {error}") from error
    weights, plan = theirs.state_dict(), model.plan
    wanted = (model.sizes.vocabulary, plan.width)
    if (found := tuple(weights["embeddings.word_embeddings.weight"].shape)) != wanted:
        raise WeightsError(
            f"{folder}: words {found[0]} and width {found[1]}, where tokenizer and plan have "
            f"{wanted[0]} and {wanted[1]}"
        )
    ours = model.text
    for mine, name, first in (
        (ours.word, "word", 0),
        (ours.position, "position", _FIRST[kind]),
        (ours.segment, "token_type", 0),
    ):
        rows = weights[f"embeddings.{name}_embeddings.weight"][first:][: len(mine.weight)]
        mine.weight[: len(rows)].copy_(rows)
    ours.norm.load_state_dict(theirs.embeddings.LayerNorm.state_dict())
    copied = ["words"]
    same = plan.norm == "post" and plan.heads == theirs.config.num_attention_heads
    same &= theirs.config.hidden_act == "gelu" and plan.norm_epsilon == epsilon(folder)
    for number, layer in enumerate(model.encoder.of_words() if layers and same else ()):
        table = _layers.layer("", f"encoder.layer.{number}.")
        if not all(name in weights for names in table.values() for name in names):
            break
        state = _layers.to_ours(weights, table)
        if any(state[name].shape != weight.shape for name, weight in layer.state_dict().items()):
            break
        layer.load_state_dict(state)
        copied.append(f"layer {number}")
    return copied


def epsilon(folder: Path) -> float:
    """What the norms of a BERT, or one of its family, add to the variance.

    Raises:
        WeightsError: there is no config.
    """
    return float(_config(folder).get("layer_norm_eps", _EPSILON))


def _kind(folder: Path) -> str | None:
    return _config(folder).get("model_type")


def _config(folder: Path) -> dict[str, Any]:
    file = folder / CONFIG_FILE
    if not file.is_file():
        raise WeightsError(f"{folder} has no {CONFIG_FILE}; save_pretrained writes such a folder")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found
