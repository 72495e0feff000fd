"""LXMERT to and from transformers' `LxmertForPreTraining`: layers, embeddings, words and matching.

Theirs is fed features as the labeler gives them: the standardising of ours becomes a part of the
projection. Heads for regions and questions stay behind on both sides: those of theirs have a
layer more, and know other classes. Theirs tells a match by two logits, 1 for a match.
"""

from pathlib import Path
from typing import Any

import torch

from curate.dataset.errors import ParamsError, WeightsError
from train.exchange import _layers
from train.model import Model
from train.models import lxmert
from train.plan import Plan, Sizes, parse
from train.recipe import Params
from train.text import Words

_KINDS = ("text", "vision", "cross")
_MATCH = "cls.seq_relationship."
_PROJECTION = "lxmert.encoder.visn_fc.visn_fc."
_BOXES = 4  # numbers of a box


def to_peer(model: Model, words: Words) -> Any:
    """Transformers' model of our weights.

    Raises:
        ParamsError: the plan is not one that it can carry out.
    """
    from transformers import LxmertConfig, LxmertForPreTraining

    plan, sizes = model.plan, model.sizes
    text, vision, cross = _check(plan)
    config = LxmertConfig(
        vocab_size=sizes.vocabulary,
        hidden_size=plan.width,
        num_attention_heads=plan.heads,
        intermediate_size=plan.inner,
        hidden_dropout_prob=plan.dropout,
        attention_probs_dropout_prob=plan.attention_dropout,
        max_position_embeddings=plan.text_tokens,
        l_layers=text,
        r_layers=vision,
        x_layers=cross,
        visual_feat_dim=sizes.features,
        visual_pos_dim=_BOXES,
        pad_token_id=words.pad,
        task_obj_predict=False,
        task_qa=False,
    )
    theirs = LxmertForPreTraining(config).eval()
    state = model.state_dict()
    found = theirs.state_dict() | _layers.to_theirs(state, _table(text, vision, cross))
    found[f"{_PROJECTION}weight"], found[f"{_PROJECTION}bias"] = _layers.raw(state)
    for part in ("weight", "bias"):
        match = state[f"heads.itm.match.{part}"]
        found[_MATCH + part] = torch.cat([torch.zeros_like(match), match])
    theirs.load_state_dict(found)
    return theirs


def from_peer(folder: Path, words: Words) -> Model:
    """Our model of the weights in a folder that `save_pretrained` wrote, to match and read words.

    Raises:
        WeightsError: it holds no such model, one whose layers compute something else, or one of
            another vocabulary.
    """
    from transformers import LxmertConfig, LxmertForPreTraining

    if not (folder / "config.json").is_file():
        raise WeightsError(f"{folder} has no config.json; save_pretrained writes such a folder")
    config = LxmertConfig.from_pretrained(folder)
    if config.hidden_act != "gelu" or config.visual_pos_dim != _BOXES:
        raise WeightsError(
            f"{folder}: layers here have hidden_act gelu and visual_pos_dim {_BOXES}, not "
            f"{config.hidden_act} and {config.visual_pos_dim}"
        )
    if config.vocab_size != words.size:
        raise WeightsError(
            f"{folder}: {config.vocab_size} word embeddings for a tokenizer of {words.size} tokens"
        )
    theirs = LxmertForPreTraining.from_pretrained(folder, config=config).state_dict()
    sizes = Sizes(config.vocab_size, config.visual_feat_dim, classes=1)
    model = Model("lxmert", _plan(config), sizes)
    table = _table(config.l_layers, config.r_layers, config.x_layers)
    state = model.state_dict() | _layers.to_ours(theirs, table)
    for part in ("weight", "bias"):
        state[f"vision.feature.{part}"] = theirs[_PROJECTION + part]
        unlike, like = theirs[_MATCH + part].chunk(2)
        state[f"heads.itm.match.{part}"] = like - unlike
    model.load_state_dict(state)
    return model.eval()


def _check(plan: Plan) -> list[int]:
    """How many layers of words, of regions and across a plan has, which the peer must know."""
    parts = parse(plan.streams)
    differing = [k for k, v in lxmert.RECIPE.always.items() if getattr(plan, k) != v]
    differing += ["norm"] if plan.norm != "post" else []
    differing += [name for name in ("facts", "entities") if getattr(plan, name)]
    differing += ["streams"] if tuple(kind for kind, _ in parts) != _KINDS else []
    differing += ["objectives"] if not {"mlm", "itm"} <= set(plan.objectives) else []
    if differing:
        raise ParamsError(
            f"transformers' LXMERT cannot carry out this plan: {', '.join(differing)} differ from "
            "the paper's (layers `text | vision | cross`, `norm: post`, tasks mlm and itm)"
        )
    return [layers for _, layers in parts]


def _plan(config: Any) -> Plan:
    change = {
        "streams": f"text {config.l_layers} | vision {config.r_layers} | cross {config.x_layers}",
        "width": config.hidden_size,
        "heads": config.num_attention_heads,
        "inner": config.intermediate_size,
        "text_tokens": config.max_position_embeddings,
        "dropout": config.hidden_dropout_prob,
        "attention_dropout": config.attention_probs_dropout_prob,
    }
    left_out: dict[str, dict[str, Any] | None] = {
        task: None for task in lxmert.RECIPE.tasks if task not in ("mlm", "itm")
    }
    return lxmert.plan(Params(size="base", change=change, objectives=left_out))


def _table(text: int, vision: int, cross: int) -> _layers.Table:
    """All weights but the projection of features and the logits of a match."""
    inside = "lxmert.encoder."
    table = _layers.words("lxmert.embeddings.") | _layers.modules(
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
