import pytest

from curate.dataset.errors import ParamsError
from tests import _peers as peers
from train.depth import layers_above
from train.model import make
from train.models import clip, lxmert
from train.plan import Sizes
from train.recipe import Params


def test_layers_of_one_side_do_not_lie_above_those_of_the_other():
    change = {**peers.SMALL, "streams": "text 3 | vision 2 | cross 2"}
    of = layers_above(make("lxmert", lxmert.plan(Params(change=change)), peers.SIZES))
    words, regions, across = (
        [of[f"encoder.parts.{part}.layers.{layer}.up.weight"] for layer in range(layers)]
        if part < 2
        else [of[f"encoder.parts.2.layers.{layer}.text.up.weight"] for layer in range(layers)]
        for part, layers in enumerate((3, 2, 2))
    )
    assert (words, regions, across) == ([4, 3, 2], [3, 2], [1, 0])
    assert of["text.word.weight"] == of["vision.feature.weight"] == 5
    assert of["heads.itm.match.weight"] == of["pool.dense.weight"] == 0


def towers(vision):
    text = {"context_length": 16, "width": 24, "heads": 2, "layers": 3}
    config = {"embed_dim": 16, "vision_cfg": {"image_size": 32, **vision}, "text_cfg": text}
    plan = clip.plan(Params(change={"towers": config}))
    return make("clip", plan, Sizes(50, 6, 4, pad=0, end=49))


def test_each_tower_has_its_own_layers_below_the_projections():
    of = layers_above(towers({"patch_size": 8, "width": 24, "head_width": 12, "layers": 2}))
    for side, layers in (("text", 3), ("visual", 2)):
        blocks = [
            of[f"encoder.{side}.transformer.resblocks.{block}.mlp.c_fc.weight"]
            for block in range(layers)
        ]
        assert blocks == list(range(layers))[::-1]
        assert of[f"encoder.{side}.positional_embedding"] == layers
    assert of["encoder.text.token_embedding.weight"] == 3
    assert of["encoder.visual.conv1.weight"] == of["encoder.visual.class_embedding"] == 2
    assert of["encoder.text.text_projection"] == of["encoder.visual.proj"] == 0


def test_towers_without_layers_are_refused_in_words():
    with pytest.raises(ParamsError, match="layer_decay: towers are known to have layers where"):
        layers_above(towers({"layers": [1, 1, 1, 1], "width": 16, "head_width": 8}))
