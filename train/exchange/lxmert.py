"""LXMERT to and from transformers' `LxmertForPreTraining`: layers, embeddings and heads.

Theirs is fed features as the labeler gives them: the standardising of ours becomes a part of the
projection. Theirs tells a match by two logits, 1 for a match. Of heads for regions and questions
`train/exchange/_lxmert_heads.py` tells.
"""

from pathlib import Path
from typing import Any

import torch

from train.exchange import _layers, _lxmert_heads, _peer
from train.model import Model
from train.models import lxmert
from train.plan import Sizes
from train.recipe import Params
from train.text import Words

LIBRARY = "transformers"
_FIELDS = {**_peer.BERT, "visual": "mean_of_norms", "box": "corners"}
_INSIDE: dict[str, Any] = {"hidden_act": "gelu", "visual_pos_dim": 4}  # numbers of a box
_KINDS = ("text", "vision", "cross")
_TASKS = ("mlm", "itm")
_EMBEDDINGS = "lxmert.embeddings."
_WORDS = "cls.predictions."
_MATCH = "cls.seq_relationship."
_PROJECTION = "lxmert.encoder.visn_fc.visn_fc."


def write(model: Model, words: Words, folder: Path) -> None:
    """Write the folder of transformers' model of our weights.

    Raises:
        ParamsError: the plan is not one that it can carry out.
    """
    from transformers import LxmertConfig, LxmertForPreTraining

    plan = model.plan
    fields = {**_FIELDS, "vision_heads": plan.heads, "vision_inner": plan.inner}
    text, vision, cross = _peer.layers(
        model, "transformers' LXMERT", fields, _KINDS, _TASKS, _lxmert_heads.TASKS
    )
    config = LxmertConfig(
        l_layers=text,
        r_layers=vision,
        x_layers=cross,
        visual_feat_dim=model.sizes.features,
        **_lxmert_heads.config(model),
        **_peer.to_bert(model, words),
        **_INSIDE,
    )
    theirs = LxmertForPreTraining(config).eval()
    state = model.state_dict()
    table = _table(text, vision, cross, _peer.tied(model))
    found = theirs.state_dict() | _layers.to_theirs(state, table)
    found |= _lxmert_heads.to_theirs(model)
    found[f"{_PROJECTION}weight"], found[f"{_PROJECTION}bias"] = _layers.raw(state)
    for part in ("weight", "bias"):
        match = state[f"heads.itm.match.{part}"]
        found[_MATCH + part] = torch.cat([torch.zeros_like(match), match])
    theirs.load_state_dict(found)
    theirs.save_pretrained(folder)
    words.save(folder)


def read(folder: Path, words: Words) -> Model:
    """Our model of the weights in a folder that `save_pretrained` wrote, its tasks as the code's.

    Raises:
        WeightsError: it holds no such model, one whose layers compute something else, or one of
            another vocabulary.
    """
    from transformers import LxmertConfig, LxmertForPreTraining

    config = _peer.config(LxmertConfig, folder, words, _INSIDE)
    theirs = _peer.weights(LxmertForPreTraining, folder, config)
    layers = config.l_layers, config.r_layers, config.x_layers
    streams = " | ".join(f"{kind} {n}" for kind, n in zip(_KINDS, layers, strict=True))
    tied = _layers.tied(theirs, _WORDS, _EMBEDDINGS)
    heads = _lxmert_heads.tasks(config, theirs, f"{_EMBEDDINGS}word_embeddings.weight", tied)
    tasks = heads if tied else {**heads, "mlm": {"tied": False}}
    change = {"streams": streams, **_peer.as_bert(config)}
    plan = lxmert.plan(Params(size="base", follow="code", change=change, objectives=tasks))
    classes, answers = config.num_object_labels, _lxmert_heads.answers(config)
    sizes = Sizes(config.vocab_size, config.visual_feat_dim, classes, answers=answers)
    model = Model("lxmert", plan, sizes)
    state = _layers.to_ours(theirs, _table(*layers, tied))
    state |= _lxmert_heads.to_ours(theirs, heads, tied)
    for part in ("weight", "bias"):
        state[f"vision.feature.{part}"] = theirs[_PROJECTION + part]
        unlike, like = theirs[_MATCH + part].chunk(2)
        state[f"heads.itm.match.{part}"] = like - unlike
    return _peer.filled(model, state)


def _table(text: int, vision: int, cross: int, tied: bool) -> _layers.Table:
    """All weights but the projection of features and the logits of a match."""
    inside = "lxmert.encoder."
    table = _layers.words(_EMBEDDINGS) | _layers.prediction(_WORDS, "bias", tied)
    table |= _layers.modules(
        {
            "pool.dense": "lxmert.pooler.dense",
            "vision.feature_norm": f"{inside}visn_fc.visn_layer_norm",
            "vision.box": f"{inside}visn_fc.box_fc",
            "vision.box_norm": f"{inside}visn_fc.box_layer_norm",
        }
    )
    for part, (layers, name) in enumerate(((text, "layer"), (vision, "r_layers"))):
        for number in range(layers):
            ours = f"encoder.parts.{part}.layers.{number}."
            table |= _layers.layer(ours, f"{inside}{name}.{number}.")
    for number in range(cross):
        table |= _cross(f"encoder.parts.2.layers.{number}.", f"{inside}x_layers.{number}.")
    return table


def _cross(ours: str, theirs: str) -> _layers.Table:
    """A layer in which words and regions meet."""
    attention = f"{theirs}visual_attention."
    table = _layers.packed(
        f"{ours}attention.key_value", [f"{attention}att.key", f"{attention}att.value"]
    )
    table |= _layers.modules(
        {
            f"{ours}attention.query": f"{attention}att.query",
            f"{ours}attention.output": f"{attention}output.dense",
            f"{ours}attention_norm": f"{attention}output.LayerNorm",
        }
    )
    for stream, their in (("text", "lang"), ("vision", "visn")):
        names = {
            "own": f"{their}_self_att.self",
            "attention.output": f"{their}_self_att.output.dense",
            "attention_norm": f"{their}_self_att.output.LayerNorm",
            "up": f"{their}_inter.dense",
            "down": f"{their}_output.dense",
            "forward_norm": f"{their}_output.LayerNorm",
        }
        table |= _layers.layer(f"{ours}{stream}.", theirs, names)
    return table
