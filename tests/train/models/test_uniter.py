import torch
from transformers import BertConfig
from transformers.models.bert.modeling_bert import BertEncoder

from tests import _peers as peers
from train.models import uniter
from train.objectives import wra


def test_layers_are_berts_over_the_papers_embedding_sum():
    ours, some = peers.small(uniter, "joint 2"), peers.batch()
    config = BertConfig(hidden_size=24, num_hidden_layers=2, num_attention_heads=4,
                        intermediate_size=48, attn_implementation="eager")  # fmt: skip
    torch.manual_seed(1)
    theirs = peers.perturbed(BertEncoder(config).eval())
    for mine, other in zip(ours.encoder.parts[0].layers, theirs.layer, strict=True):
        peers.copy_layer(mine, other)
    see, (x1, y1, x2, y2) = ours.vision, some.boxes.unbind(-1)
    box = torch.stack([x1, y1, x2, y2, x2 - x1, y2 - y1, (x2 - x1) * (y2 - y1)], -1)
    features = peers.shown(some)
    features[some.hidden] = see.mask.data
    summed = see.feature_norm(see.feature(features)) + see.box_norm(see.box(box)) + see.segment
    whole = torch.cat([ours.text(some.tokens), see.norm(summed)], 1)
    there = torch.cat([some.words, some.regions], 1)
    found = theirs(whole, attention_mask=peers.hidden(there))[0]
    peers.assert_same(ours.states(some), some, *found.split([7, 5], 1))


def test_what_a_hidden_region_held_shows_nowhere():
    ours, some = peers.small(uniter, "joint 2"), peers.batch()
    before = ours.states(some).text
    some.features[2, 1] = 100.0
    assert torch.equal(ours.states(some).text, before)
    some.features[2, 2] = 100.0
    assert not torch.equal(ours.states(some).text, before)


def test_chosen_regions_are_all_hidden_and_each_pair_has_one():
    tasks = uniter.plan(uniter.Params()).objectives
    for task in ("mrfr", "mrckl"):
        assert (tasks[task]["kept"], tasks[task]["forced"]) == (0.0, True)
    assert tasks["mlm"]["forced"]


def test_alignment_weighs_a_tenth_and_takes_the_start_and_end_token():
    tasks = uniter.plan(uniter.Params()).objectives
    assert tasks["wra"] == {}
    assert (wra.Params().weight, wra.Params().special) == (0.1, True)


def test_words_and_regions_are_never_hidden_in_one_step():
    plan = uniter.plan(uniter.Params())
    assert plan.mix == {"mlm": 2.0, "itm + wra": 2.0, "mrfr": 1.0, "mrckl": 1.0}
    other = uniter.plan(uniter.Params(objectives={"wra": None, "grounding": {}}))
    assert other.mix == {"mlm": 2.0, "itm": 2.0, "mrfr": 1.0, "mrckl": 1.0, "grounding": 1.0}


def test_the_code_divides_the_divergence_by_the_classes():
    paper, code = (uniter.plan(uniter.Params(follow=way)) for way in ("paper", "code"))
    assert "per_class" not in paper.objectives["mrckl"]
    assert code.objectives["mrckl"]["per_class"]
