"""Initial weights from a BERT: its embeddings of words, its first layers.

Read are the files that transformers' `BertModel` has (`config.json`, safetensors), so any BERT of
one's own, or one fetched before, can serve where its width is the plan's.
"""

import json
from pathlib import Path

import torch

from curate.dataset.errors import WeightsError
from train.exchange import _layers
from train.model import Model

CONFIG_FILE = "config.json"


@torch.no_grad()
def from_bert(model: Model, folder: Path, layers: bool) -> list[str]:
    """Copy what fits from a BERT.

    Args:
        model: is changed.
        folder: of transformers' files.
        layers: also copy the layers into the first layers, where these have as many heads and
            their norms after the sublayers (`norm: post`).

    Returns:
        The parts that were copied.

    Raises:
        WeightsError: it holds no BERT, or one of another width or vocabulary.
    """
    from transformers import BertModel

    kind = _kind(folder)
    if kind != "bert":
        raise WeightsError(
            f"{folder / CONFIG_FILE} tells of model_type {kind!r}; initial weights are taken of "
            "a `bert` of transformers, or of a folder as `dvc repro filter_network` writes it"
        )
    theirs = BertModel.from_pretrained(folder, add_pooling_layer=False)
    weights, plan = theirs.state_dict(), model.plan
    wanted = (model.sizes.vocabulary, plan.width)
    if (found := tuple(weights["embeddings.word_embeddings.weight"].shape)) != wanted:
        raise WeightsError(
            f"{folder}: words {found[0]} and width {found[1]}, where tokenizer and plan have "
            f"{wanted[0]} and {wanted[1]}"
        )
    ours = model.text
    for mine, name in (
        (ours.word, "word"),
        (ours.position, "position"),
        (ours.segment, "token_type"),
    ):
        rows = weights[f"embeddings.{name}_embeddings.weight"][: len(mine.weight)]
        mine.weight[: len(rows)].copy_(rows)
    ours.norm.load_state_dict(theirs.embeddings.LayerNorm.state_dict())
    copied = ["words"]
    same = plan.norm == "post" and plan.heads == theirs.config.num_attention_heads
    for number, layer in enumerate(model.encoder.first() if layers and same else ()):
        table = _layers.layer("", f"encoder.layer.{number}.")
        if not all(name in weights for names in table.values() for name in names):
            break
        state = _layers.to_ours(weights, table)
        if any(state[name].shape != weight.shape for name, weight in layer.state_dict().items()):
            break
        layer.load_state_dict(state)
        copied.append(f"layer {number}")
    return copied


def _kind(folder: Path) -> str | None:
    file = folder / CONFIG_FILE
    if not file.is_file():
        raise WeightsError(f"{folder} has no {CONFIG_FILE}; save_pretrained writes such a folder")
    return json.loads(file.read_text(encoding="utf-8")).get("model_type")
