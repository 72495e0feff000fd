import dataclasses

import pytest
import torch
from transformers import VisualBertConfig, VisualBertModel

from curate.dataset.errors import ParamsError
from tests import _peers as peers
from train.models import visualbert


def pair(**changed):
    """Our model and transformers', of the same weights."""
    ours = peers.small(visualbert, "joint 2", **changed)
    config = VisualBertConfig(
        vocab_size=50, hidden_size=24, visual_embedding_dim=6, num_hidden_layers=2,
        num_attention_heads=4, intermediate_size=48, max_position_embeddings=12, pad_token_id=0,
    )  # fmt: skip
    torch.manual_seed(1)
    theirs = peers.perturbed(VisualBertModel(config).eval())
    peers.copy_text(ours.text, theirs.embeddings)
    ours.vision.feature.load_state_dict(theirs.embeddings.visual_projection.state_dict())
    ours.vision.segment.data = theirs.embeddings.visual_token_type_embeddings.weight[1].data
    ours.vision.position.data = theirs.embeddings.visual_position_embeddings.weight[0].data
    ours.pool.dense.load_state_dict(theirs.pooler.dense.state_dict())
    for mine, other in zip(ours.encoder.parts[0].layers, theirs.encoder.layer, strict=True):
        peers.copy_layer(mine, other)
    return ours, theirs


def fed(some):
    """A batch as transformers' model takes it."""
    return {
        "input_ids": some.tokens,
        "attention_mask": some.words.long(),
        "visual_embeds": peers.shown(some),
        "visual_attention_mask": some.regions.long(),
    }


def test_embeddings_layers_and_pooler_are_those_of_transformers():
    (ours, theirs), some = pair(), peers.batch()
    found = theirs(**fed(some))
    states = ours.states(some)
    peers.assert_same(states, some, *found.last_hidden_state.split([7, 5], 1))
    torch.testing.assert_close(states.pooled, found.pooler_output, atol=1e-5, rtol=0)


def test_aligned_positions_are_those_of_transformers():
    (ours, theirs), some = pair(positions="aligned"), peers.batch()
    named = torch.full((4, 5, 3), -1)
    named[0, 1, :2] = torch.tensor([2, 3])
    named[1, 4, :1] = 1
    named[2, 0] = torch.tensor([1, 4, 5])
    some.notes["stands_at"] = (named[..., None] == torch.arange(7)).any(2)
    found = theirs(**fed(some), image_text_alignment=named)
    peers.assert_same(ours.states(some), some, *found.last_hidden_state.split([7, 5], 1))


def test_pairs_that_are_shown_as_they_are_judged_have_no_alignments():
    ours, some = peers.small(visualbert, "joint 1", positions="aligned"), peers.batch()
    bare = ours.states(some).text
    some.notes["stands_at"] = torch.ones(4, 5, 7, dtype=torch.bool)
    some.maskable = torch.tensor([[True, True], [False, False]]).repeat(2, 1)
    found = ours.states(some).text
    assert torch.equal(found[1::2], bare[1::2])
    assert not torch.isclose(found[::2], bare[::2]).all(-1).any()


def test_matching_is_asked_without_alignments():
    ours, some = peers.small(visualbert, "joint 1", positions="aligned"), peers.batch()
    bare = ours.match(some)
    noted = dataclasses.replace(some, notes={"stands_at": torch.ones(4, 5, 7, dtype=torch.bool)})
    assert torch.equal(ours.match(noted), bare)


@pytest.mark.parametrize("change", [{"visual": "sum_of_norms"}, {"vision_width": 48}])
def test_aligned_positions_are_refused_where_they_have_no_place(change):
    changed = {"positions": "aligned", "shared_norm": False, "streams": "text 1", **change}
    with pytest.raises(ParamsError, match="positions: aligned"):
        peers.small(visualbert, **changed)


def test_boxes_say_nothing():
    ours, some = peers.small(visualbert, "joint 1"), peers.batch()
    before = ours.states(some).text
    some.boxes = torch.rand_like(some.boxes)
    assert torch.equal(ours.states(some).text, before)


def test_no_region_is_masked():
    assert list(visualbert.plan(visualbert.Params(size="base")).objectives) == ["mlm", "itm"]
