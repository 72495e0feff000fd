import torch
from transformers import VisualBertConfig, VisualBertModel

from tests import _peers as peers
from train.models import visualbert


def test_embeddings_layers_and_pooler_are_those_of_transformers():
    ours, some = peers.small(visualbert, "joint 2"), peers.batch()
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
    found = theirs(
        input_ids=some.tokens,
        attention_mask=some.words.long(),
        visual_embeds=peers.shown(some),
        visual_attention_mask=some.regions.long(),
    )
    states = ours.states(some)
    peers.assert_same(states, some, *found.last_hidden_state.split([7, 5], 1))
    torch.testing.assert_close(states.pooled, found.pooler_output, atol=1e-5, rtol=0)


def test_boxes_say_nothing():
    ours, some = peers.small(visualbert, "joint 1"), peers.batch()
    before = ours.states(some).text
    some.boxes = torch.rand_like(some.boxes)
    assert torch.equal(ours.states(some).text, before)


def test_no_region_is_masked():
    assert list(visualbert.plan(visualbert.Params(size="base")).objectives) == ["mlm", "itm"]
