"""VisualBERT to and from transformers' `VisualBertForPreTraining`.

Theirs is fed features as the labeler gives them: the standardising of ours becomes a part of the
projection. Theirs tells a match by two logits, 0 for a match as in BERT; ours by their difference.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from curate.dataset.errors import ParamsError, WeightsError
from train.encoder import EPSILON
from train.exchange import _layers
from train.model import Model
from train.models import visualbert
from train.plan import Plan, Sizes, parse
from train.recipe import Params
from train.text import Words

_INSIDE: dict[str, Any] = {
    "hidden_act": "gelu",
    "layer_norm_eps": EPSILON,
    "bypass_transformer": False,
}
_EMBEDDINGS = "visual_bert.embeddings."
_MATCH = "cls.seq_relationship."
_PROJECTION = f"{_EMBEDDINGS}visual_projection."


def to_peer(model: Model, words: Words) -> Any:
    """Transformers' model of our weights.

    Raises:
        ParamsError: the plan is not one that it can carry out.
    """
    from transformers import VisualBertConfig, VisualBertForPreTraining

    plan, sizes = model.plan, model.sizes
    layers = _check(plan)
    config = VisualBertConfig(
        vocab_size=sizes.vocabulary,
        hidden_size=plan.width,
        visual_embedding_dim=sizes.features,
        num_hidden_layers=layers,
        num_attention_heads=plan.heads,
        intermediate_size=plan.inner,
        max_position_embeddings=plan.text_tokens,
        hidden_dropout_prob=plan.dropout,
        attention_probs_dropout_prob=plan.attention_dropout,
        pad_token_id=words.pad,
        **_INSIDE,
    )
    theirs = VisualBertForPreTraining(config).eval()
    state = model.state_dict()
    found = theirs.state_dict() | _layers.to_theirs(state, _table(layers))
    found[f"{_PROJECTION}weight"], found[f"{_PROJECTION}bias"] = _layers.raw(state)
    for our, their, row in (("segment", "token_type", 1), ("position", "position", 0)):
        rows = torch.zeros_like(found[f"{_EMBEDDINGS}visual_{their}_embeddings.weight"])
        rows[row] = state[f"vision.{our}"]
        found[f"{_EMBEDDINGS}visual_{their}_embeddings.weight"] = rows
    for part in ("weight", "bias"):
        match = state[f"heads.itm.match.{part}"]
        found[_MATCH + part] = torch.cat([match, torch.zeros_like(match)])
    theirs.load_state_dict(found)
    return theirs


def from_peer(folder: Path, words: Words) -> Model:
    """Our model of the weights in a folder that `save_pretrained` wrote.

    Raises:
        WeightsError: it holds no such model, one whose layers compute something else, or one of
            another vocabulary.
    """
    from transformers import VisualBertConfig, VisualBertForPreTraining

    if not (folder / "config.json").is_file():
        raise WeightsError(f"{folder} has no config.json; save_pretrained writes such a folder")
    config = VisualBertConfig.from_pretrained(folder)
    for name, wanted in _INSIDE.items():
        if (told := getattr(config, name)) != wanted:
            raise WeightsError(f"{folder}: {name} is {told}; layers here have {wanted}")
    if config.vocab_size != words.size:
        raise WeightsError(
            f"{folder}: {config.vocab_size} word embeddings for a tokenizer of {words.size} tokens"
        )
    theirs = VisualBertForPreTraining.from_pretrained(folder, config=config).state_dict()
    model = Model("visualbert", _plan(config), _sizes(config))
    state = model.state_dict() | _layers.to_ours(theirs, _table(config.num_hidden_layers))
    state["vision.feature.weight"] = theirs[f"{_PROJECTION}weight"]
    state["vision.feature.bias"] = theirs[f"{_PROJECTION}bias"]
    state["vision.segment"] = theirs[f"{_EMBEDDINGS}visual_token_type_embeddings.weight"][1]
    state["vision.position"] = theirs[f"{_EMBEDDINGS}visual_position_embeddings.weight"][0]
    for part in ("weight", "bias"):
        state[f"heads.itm.match.{part}"] = _difference(theirs[_MATCH + part])
    model.load_state_dict(state)
    return model.eval()


def _difference(two: Tensor) -> Tensor:
    """Of the logit of a match and that of none."""
    return two[:1] - two[1:]


def _check(plan: Plan) -> int:
    """How many layers a plan has that the peer can carry out."""
    paper = visualbert.RECIPE.always
    differing = [k for k, v in paper.items() if getattr(plan, k) != v]
    differing += ["norm"] if plan.norm != "post" else []
    differing += [name for name in ("facts", "entities") if getattr(plan, name)]
    differing += ["streams"] if [kind for kind, _ in parse(plan.streams)] != ["joint"] else []
    differing += ["objectives"] if set(plan.objectives) != {"mlm", "itm"} else []
    if differing:
        raise ParamsError(
            f"transformers' VisualBERT cannot carry out this plan: {', '.join(differing)} differ "
            "from the paper's (layers `joint`, `norm: post`, tasks mlm and itm)"
        )
    return parse(plan.streams)[0][1]


def _plan(config: Any) -> Plan:
    change = {
        "streams": f"joint {config.num_hidden_layers}",
        "width": config.hidden_size,
        "heads": config.num_attention_heads,
        "inner": config.intermediate_size,
        "text_tokens": config.max_position_embeddings,
        "dropout": config.hidden_dropout_prob,
        "attention_dropout": config.attention_probs_dropout_prob,
    }
    return visualbert.plan(Params(size="base", change=change))


def _sizes(config: Any) -> Sizes:
    return Sizes(config.vocab_size, config.visual_embedding_dim, classes=1)


def _table(layers: int) -> _layers.Table:
    """All weights but those of the visual embeddings and the logits of a match."""
    table = _layers.words(_EMBEDDINGS)
    table |= _layers.modules({"pool.dense": "visual_bert.pooler.dense"})
    for number in range(layers):
        ours, theirs = f"encoder.parts.0.layers.{number}.", f"visual_bert.encoder.layer.{number}."
        table |= _layers.layer(ours, theirs)
    return table
