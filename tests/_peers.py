"""Peers' models with our weights, or ours with theirs: the references of the parity tests."""

import dataclasses
import io
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F
from transformers import BertConfig, BertForPreTraining, LxmertConfig, LxmertModel

from train.batch import Batch
from train.model import Model
from train.models import imagebert, lxmert, uniter, vilbert, visualbert, vlbert
from train.objectives import IGNORED
from train.plan import Plan, Sizes

SIZES = Sizes(vocabulary=50, features=6, classes=4)
SMALL = {
    "width": 24,
    "heads": 4,
    "inner": 48,
    "text_tokens": 12,
    "regions": 5,
    "dropout": 0.0,
    "attention_dropout": 0.0,
}

OF_PIXELS = pytest.mark.parametrize(  # models that may read pixels, with layers of each kind
    ("module", "streams"),
    [
        (imagebert, "joint 1"),
        (uniter, "joint 1"),
        (visualbert, "joint 1"),
        (vlbert, "joint 1"),
        (lxmert, "text 1 | vision 1 | cross 1"),
        (vilbert, "text 1 | coattention 1"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
BERT = {
    "own": "attention.self",
    "output": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "up": "intermediate.dense",
    "down": "output.dense",
    "forward_norm": "output.LayerNorm",
}
"""Where a layer's parts are in BERT, VisualBERT and LXMERT."""


def hidden(visible):
    """What is added to attention scores: 0 where `visible` `(B, K)`, else the least number."""
    least = torch.finfo(torch.float32).min
    return torch.zeros(visible.shape).masked_fill(~visible, least)[:, None, None]


def copy_layer(ours, theirs, names=BERT):
    """Give our layer of self-attention a BERT layer's weights."""
    own = theirs.get_submodule(names["own"])
    packed = ours.attention.query_key_value
    for part in ("weight", "bias"):
        parts = [getattr(module, part) for module in (own.query, own.key, own.value)]
        getattr(packed, part).data = torch.cat(parts).data
    ours.attention.output.load_state_dict(theirs.get_submodule(names["output"]).state_dict())
    for name in ("attention_norm", "up", "down", "forward_norm"):
        getattr(ours, name).load_state_dict(theirs.get_submodule(names[name]).state_dict())


def bert(ours, norm=True):
    """transformers' BERT of our layers and of our head for words, whose embeddings add nothing.

    It is fed sums of ours (`inputs_embeds`): its norm is ours, or, without `norm`, does nothing.
    """
    layers = ours.encoder.parts[0].layers
    config = BertConfig(
        vocab_size=SIZES.vocabulary, hidden_size=24, num_hidden_layers=len(layers),
        num_attention_heads=4, intermediate_size=48, max_position_embeddings=20,
    )  # fmt: skip
    torch.manual_seed(1)
    theirs = perturbed(BertForPreTraining(config).eval())
    for mine, other in zip(layers, theirs.bert.encoder.layer, strict=True):
        copy_layer(mine, other)
    embeddings, head = theirs.bert.embeddings, theirs.cls.predictions
    for table in (embeddings.position_embeddings, embeddings.token_type_embeddings):
        torch.nn.init.zeros_(table.weight)
    embeddings.word_embeddings.weight.data = ours.text.word.weight.data
    embeddings.LayerNorm = ours.text.norm if norm else torch.nn.Identity()
    theirs.tie_weights()
    mine = ours.heads["mlm"]
    mine.dense.load_state_dict(head.transform.dense.state_dict())
    mine.norm.load_state_dict(head.transform.LayerNorm.state_dict())
    mine.bias.data = head.bias.data
    torch.nn.init.zeros_(theirs.cls.seq_relationship.weight)  # its loss is that of a coin
    torch.nn.init.zeros_(theirs.cls.seq_relationship.bias)
    return theirs


def assert_bert(ours, theirs, some, embedded, there):
    """Hidden states, and the loss of hidden words, of our whole model are BERT's within 1e-5.

    Args:
        ours: the model.
        theirs: what `bert` made of it.
        some: the batch.
        embedded: its sums, words first, then visual tokens, `(B, L, D)`.
        there: which of these there are, `(B, L)` bool.
    """
    targets = torch.full(some.tokens.shape, IGNORED)
    targets[[0, 1, 3], [2, 1, 5]] = torch.tensor([7, 8, 9])
    some.targets = {"mlm": targets}
    found = theirs(
        inputs_embeds=embedded,
        attention_mask=there.long(),
        labels=F.pad(targets, (0, there.shape[1] - targets.shape[1]), value=IGNORED),
        next_sentence_label=torch.zeros(len(there), dtype=torch.long),
        output_hidden_states=True,
    )
    text, vision, _ = ours.vision.embed(ours.text, some)
    told = ours.encoder(text, vision, some.words, there[:, text.shape[1] :])
    last = found.hidden_states[-1]
    torch.testing.assert_close(torch.cat(told, 1)[there], last[there], atol=1e-5, rtol=0)
    states = ours.states(some)
    assert torch.equal(states.text[some.words], told[0][some.words])
    loss = ours(some)["mlm"].loss / 3
    torch.testing.assert_close(loss, found.loss - math.log(2), atol=1e-5, rtol=0)


def words(ours, some):
    """BERT's sum for each word of a batch, before its norm, `(B, T, D)`."""
    text = ours.text
    place = text.position.weight[: some.tokens.shape[1]] + text.segment.weight[0]
    return text.word(some.tokens) + place


def lxmert(**config):
    """A small LXMERT with weights that no test can mistake for others."""
    values = {"vocab_size": 50, "max_position_embeddings": 12, "visual_feat_dim": 6}
    torch.manual_seed(1)
    return perturbed(LxmertModel(LxmertConfig(**{**values, **config})).eval())


def assert_pixels_count(model, batch, places):
    """Each of some pixels, (row, column), changes whether any pair of a batch matches."""
    before = model.match(batch)
    for row, column in places:
        pixels = batch.pixels.clone()
        pixels[:, :, row, column] += 1.0
        assert (model.match(dataclasses.replace(batch, pixels=pixels)) != before).all()


def perturbed(model):
    """A model with every weight moved, norms' and biases' too."""
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight) * 0.2)
    return model


def copy_lxmert(ours, theirs):
    """Give our encoder `text | vision | cross` the layers of an LXMERT's encoder."""
    text, vision, cross = ours.parts
    for mine, other in zip(
        [*text.layers, *vision.layers], [*theirs.layer, *theirs.r_layers], strict=True
    ):
        copy_layer(mine, other)
    for mine, other in zip(cross.layers, theirs.x_layers, strict=True):
        att = other.visual_attention.att
        mine.attention.query.load_state_dict(att.query.state_dict())
        for part in ("weight", "bias"):
            both = [getattr(att.key, part), getattr(att.value, part)]
            getattr(mine.attention.key_value, part).data = torch.cat(both).data
        mine.attention.output.load_state_dict(other.visual_attention.output.dense.state_dict())
        mine.attention_norm.load_state_dict(other.visual_attention.output.LayerNorm.state_dict())
        for stream, their in (("text", "lang"), ("vision", "visn")):
            names = {
                "own": f"{their}_self_att.self",
                "output": f"{their}_self_att.output.dense",
                "attention_norm": f"{their}_self_att.output.LayerNorm",
                "up": f"{their}_inter.dense",
                "down": f"{their}_output.dense",
                "forward_norm": f"{their}_output.LayerNorm",
            }
            copy_layer(getattr(mine, stream), other, names)


def small(module, streams, **changed):
    """A small model of a plan's file, every weight moved from where it starts."""
    name = module.RECIPE.name
    plan = module.plan(module.Params(change={**SMALL, "streams": streams, **changed}))
    assert isinstance(plan, Plan)
    torch.manual_seed(0)
    return perturbed(Model(name, plan, SIZES).eval())


def batch():
    """Four pairs, of which one caption and one picture are shorter, and one region is hidden."""
    torch.manual_seed(2)
    words, regions = torch.ones(4, 7, dtype=torch.bool), torch.ones(4, 5, dtype=torch.bool)
    words[1, 4:] = regions[0, 3:] = False
    hidden = torch.zeros_like(regions)
    hidden[2, 1] = True
    return Batch(
        keys=np.arange(4, dtype=np.uint64),
        tokens=torch.randint(1, SIZES.vocabulary, (4, 7)),
        words=words,
        features=torch.randn(4, 5, SIZES.features),
        boxes=torch.rand(4, 5, 4),
        regions=regions,
        hidden=hidden,
        labels=torch.randint(0, SIZES.classes, (4, 5)),
        matched=torch.ones(4, dtype=torch.bool),
        maskable=torch.ones(4, 2, dtype=torch.bool),
    )


def many(times):
    """So many times `batch`, whole, with keys of their own; every second pair does not match."""
    some = batch()
    for name in ("tokens", "words", "features", "boxes", "labels", "matched", "maskable"):
        value = getattr(some, name)
        setattr(some, name, value.repeat(times, *[1] * (value.dim() - 1)))
    some.keys = np.random.default_rng(0).integers(0, 2**63, 4 * times).astype(np.uint64)
    some.regions = torch.ones(4 * times, 5, dtype=torch.bool)
    some.hidden = torch.zeros_like(some.regions)
    some.matched[::2] = False
    return some


def first_picture(manifest):
    """The picture of a manifest's first row, as PIL has it."""
    row = manifest.slice(0, 1).to_pylist()[0]
    with (Path(row["set"]) / row["shard"]).open("rb") as shard:
        shard.seek(row["offset"])
        return Image.open(io.BytesIO(shard.read(row["size"]))).convert("RGB")


def shown(some):
    """The features of a batch as a peer is fed them: zeros where one is hidden."""
    return some.features.masked_fill(some.hidden[..., None], 0.0)


def copy_text(ours, theirs):
    """Give our embeddings of words those of a peer."""
    ours.word.load_state_dict(theirs.word_embeddings.state_dict())
    ours.position.load_state_dict(theirs.position_embeddings.state_dict())
    ours.segment.load_state_dict(theirs.token_type_embeddings.state_dict())
    ours.norm.load_state_dict(theirs.LayerNorm.state_dict())


def assert_same(states, some, text, vision):
    """Our hidden states are theirs, within 1e-5, wherever there is a word or a region."""
    for ours, theirs, there in (
        (states.text, text, some.words),
        (states.vision, vision, some.regions),
    ):
        torch.testing.assert_close(ours[there], theirs[there], atol=1e-5, rtol=0)
