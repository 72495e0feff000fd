import torch

from tests import _peers as peers
from train.encoder import Encoder
from train.models import lxmert


def test_embeddings_layers_and_pooler_are_those_of_transformers():
    ours, some = peers.small(lxmert, "text 2 | vision 1 | cross 2"), peers.batch()
    theirs = peers.lxmert(hidden_size=24, num_attention_heads=4, intermediate_size=48,
                          l_layers=2, r_layers=1, x_layers=2)  # fmt: skip
    peers.copy_text(ours.text, theirs.embeddings)
    seen = theirs.encoder.visn_fc
    for mine, other in (
        (ours.vision.feature, seen.visn_fc),
        (ours.vision.feature_norm, seen.visn_layer_norm),
        (ours.vision.box, seen.box_fc),
        (ours.vision.box_norm, seen.box_layer_norm),
        (ours.pool.dense, theirs.pooler.dense),
    ):
        mine.load_state_dict(other.state_dict())
    peers.copy_lxmert(ours.encoder, theirs.encoder)
    found = theirs(
        input_ids=some.tokens,
        attention_mask=some.words.long(),
        visual_feats=peers.shown(some),
        visual_pos=some.boxes,
        visual_attention_mask=some.regions.long(),
    )
    states = ours.states(some)
    peers.assert_same(states, some, found.language_output, found.vision_output)
    torch.testing.assert_close(states.pooled, found.pooled_output, atol=1e-5, rtol=0)


def test_base_has_nine_layers_of_words_five_of_regions_and_five_across():
    parts = Encoder(lxmert.plan(lxmert.Params(size="base"))).parts
    assert [len(part.layers) for part in parts] == [9, 5, 5]
