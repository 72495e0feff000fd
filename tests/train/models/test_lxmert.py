import torch

from tests import _peers as peers
from tests._rates import assert_rate
from train.encoder import Encoder
from train.models import lxmert
from train.objectives import IGNORED, moc, mrfr


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


def drawn(follow):
    """Pairs, half of which do not match, that are ready for the plan's tasks on regions."""
    some, tasks = peers.many(5000), lxmert.plan(lxmert.Params(follow=follow)).objectives
    before = some.features = torch.randn(len(some.keys), 5, 6)  # no two alike
    for task in (moc, mrfr):
        params = task.Params(**tasks[task.__name__.rsplit(".", 1)[1]])
        task.prepare(some, None, params, 0)
    return some, (some.features != before).any(-1)


def test_the_paper_hides_all_masked_regions_and_asks_for_them_alone_of_pairs_that_match_or_not():
    some, replaced = drawn("paper")
    assert_rate(some.hidden.sum(), some.hidden.numel(), 0.15)
    assert torch.equal(some.targets["moc"] != IGNORED, some.hidden)
    assert torch.equal(some.targets["mrfr"], some.hidden)
    assert some.counts["moc"] == some.counts["mrfr"] == int(some.hidden.sum())
    assert not replaced.any()
    assert_rate(some.hidden[::2].sum() * 2, some.hidden.numel(), 0.15)


def test_the_code_keeps_and_replaces_a_tenth_each_and_asks_for_all_classes():
    some, replaced = drawn("code")
    assert_rate(some.hidden.sum(), some.hidden.numel(), 0.15 * 0.8)
    assert_rate(replaced.sum(), some.hidden.numel(), 0.15 * 0.1)
    assert (some.targets["moc"] != IGNORED).all()
    wanted, changed = some.targets["mrfr"], some.hidden | replaced
    assert wanted[changed].all()
    assert_rate(wanted.sum(), wanted.numel(), 0.15)  # those that are kept, too: its `feat_mask`
    assert some.counts["moc"] == some.counts["mrfr"] == some.hidden.numel()


def test_questions_are_learnt_in_the_last_half_unless_another_is_said():
    late = [
        lxmert.plan(lxmert.Params(**given)).late
        for given in (
            {},
            {"objectives": {"vqa": {}}},
            {"objectives": {"vqa": {}}, "change": {"late": {}}},
        )
    ]
    assert late == [{}, {"vqa": 0.5}, {}]
