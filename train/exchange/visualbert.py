"""VisualBERT to and from transformers' `VisualBertForPreTraining`.

Theirs is fed features as the labeler gives them: the standardising of ours becomes a part of the
projection. Theirs tells a match by two logits, 0 for a match as in BERT; ours by their difference.
"""

from pathlib import Path
from typing import Any

import torch

from train.encoder import EPSILON
from train.exchange import _layers, _peer
from train.model import Model
from train.models import visualbert
from train.plan import Sizes
from train.recipe import Params
from train.text import Words

LIBRARY = "transformers"
_FIELDS = {**_peer.BERT, "visual": "sum", "box": "nothing", "shared_norm": True}
_INSIDE: dict[str, Any] = {
    "hidden_act": "gelu",
    "layer_norm_eps": EPSILON,
    "bypass_transformer": False,
}
_TASKS = ("mlm", "itm")
_EMBEDDINGS = "visual_bert.embeddings."
_WORDS = "cls.predictions."
_MATCH = "cls.seq_relationship."
_PROJECTION = f"{_EMBEDDINGS}visual_projection."


def write(model: Model, words: Words, folder: Path) -> None:
    """Write the folder of transformers' model of our weights.

    Raises:
        ParamsError: the plan is not one that it can carry out.
    """
    from transformers import VisualBertConfig, VisualBertForPreTraining

    fields = {**_FIELDS, "positions": model.plan.positions}  # which it can add, too
    (layers,) = _peer.layers(model, "transformers' VisualBERT", fields, ["joint"], _TASKS)
    config = VisualBertConfig(
        visual_embedding_dim=model.sizes.features,
        num_hidden_layers=layers,
        **_peer.to_bert(model, words),
        **_INSIDE,
    )
    theirs = VisualBertForPreTraining(config).eval()
    state = model.state_dict()
    table = _table(layers, _peer.tied(model))
    found = theirs.state_dict() | _layers.to_theirs(state, table)
    found[f"{_PROJECTION}weight"], found[f"{_PROJECTION}bias"] = _layers.raw(state)
    for our, their, row in (("segment", "token_type", 1), ("position", "position", 0)):
        rows = torch.zeros_like(found[f"{_EMBEDDINGS}visual_{their}_embeddings.weight"])
        rows[row] = state[f"vision.{our}"]
        found[f"{_EMBEDDINGS}visual_{their}_embeddings.weight"] = rows
    for part in ("weight", "bias"):
        match = state[f"heads.itm.match.{part}"]
        found[_MATCH + part] = torch.cat([match, torch.zeros_like(match)])
    found[f"{_WORDS}bias"] = state["heads.mlm.bias"]
    theirs.load_state_dict(found)
    theirs.save_pretrained(folder)
    words.save(folder)


def read(folder: Path, words: Words) -> Model:
    """Our model of the weights in a folder that `save_pretrained` wrote.

    Raises:
        WeightsError: it holds no such model, one whose layers compute something else, or one of
            another vocabulary.
    """
    from transformers import VisualBertConfig, VisualBertForPreTraining

    config = _peer.config(VisualBertConfig, folder, words, _INSIDE)
    theirs = _peer.weights(VisualBertForPreTraining, folder, config)
    change = {"streams": f"joint {config.num_hidden_layers}", **_peer.as_bert(config)}
    tied = _layers.tied(theirs, _WORDS, _EMBEDDINGS)
    tasks: dict[str, Any] = {} if tied else {"mlm": {"tied": False}}
    plan = visualbert.plan(Params(size="base", change=change, objectives=tasks))
    sizes = Sizes(config.vocab_size, config.visual_embedding_dim, classes=1)
    model = Model("visualbert", plan, sizes)
    state = _layers.to_ours(theirs, _table(config.num_hidden_layers, tied))
    state["vision.feature.weight"] = theirs[f"{_PROJECTION}weight"]
    state["vision.feature.bias"] = theirs[f"{_PROJECTION}bias"]
    state["vision.segment"] = theirs[f"{_EMBEDDINGS}visual_token_type_embeddings.weight"][1]
    state["vision.position"] = theirs[f"{_EMBEDDINGS}visual_position_embeddings.weight"][0]
    for part in ("weight", "bias"):
        like, unlike = theirs[_MATCH + part].chunk(2)
        state[f"heads.itm.match.{part}"] = like - unlike
    return _peer.filled(model, state)


def _table(layers: int, tied: bool) -> _layers.Table:
    """All weights but those of the visual embeddings and the logits of a match."""
    table = _layers.words(_EMBEDDINGS)
    table |= _layers.prediction(_WORDS, "decoder.bias", tied)
    table |= _layers.modules({"pool.dense": "visual_bert.pooler.dense"})
    for number in range(layers):
        ours, theirs = f"encoder.parts.0.layers.{number}.", f"visual_bert.encoder.layer.{number}."
        table |= _layers.layer(ours, theirs)
    return table
