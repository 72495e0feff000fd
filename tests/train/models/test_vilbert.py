import pytest
import torch

from tests import _peers as peers
from train.encoder import Encoder
from train.models import vilbert
from train.objectives import States, mrckl

STREAMS = "text 1 | coattention 1"


def test_base_has_twelve_layers_of_words_six_of_regions_and_six_of_co_attention():
    plan = vilbert.plan(vilbert.Params(size="base"))
    words, meeting = Encoder(plan).parts
    assert len(words.layers) + len(meeting.layers) == 12
    assert len(meeting.layers) == 6
    assert {layer.vision.up.weight.shape for layer in meeting.layers} == {(1024, 1024)}
    assert {layer.text.up.weight.shape for layer in meeting.layers} == {(3072, 768)}
    assert plan.pooled_width == 1024


def test_matching_is_read_from_the_first_word_and_the_whole_picture():
    ours, some = peers.small(vilbert, "text 1 | coattention 1", vision_width=32), peers.batch()
    text, vision, there = ours.vision.embed(ours.text, some)
    text, vision = ours.encoder(text, vision, some.words, there)
    wanted = ours.pool.text(text[:, 0]).relu() * ours.pool.vision(vision[:, 0]).relu()
    states = ours.states(some)
    torch.testing.assert_close(states.pooled, wanted)
    assert torch.equal(states.vision, vision[:, 1:])


def test_the_whole_picture_has_the_frame_as_box():
    ours, some = peers.small(vilbert, "coattention 1"), peers.batch()
    _, boxes, _ = ours.vision.seen(some.features, some.boxes, some.regions, some.hidden)
    assert ours.vision._encode(boxes)[:, 0].tolist() == [[0.0, 0.0, 1.0, 1.0, 1.0]] * 4


FIRST = torch.tensor([0.0, 0.0, 0.4, 0.4])
BOXES = torch.stack([FIRST, FIRST + 0.1, FIRST + 0.5, FIRST + 0.01, FIRST + 0.55])
# ^ overlapping by more than 0.4: 1 and 4, 2 and 4, 3 and 5; 1 and 2 by 0.39


def drawn(follow):
    """Pairs of five regions each that are ready for the plan's soft labels."""
    some = peers.many(1250)
    some.boxes = BOXES.expand(len(some.keys), -1, -1)
    params = mrckl.Params(**vilbert.plan(vilbert.Params(follow=follow)).objectives["mrckl"])
    mrckl.prepare(some, None, params, 0)
    return some


def test_regions_that_overlap_are_hidden_together():
    some = drawn("paper")
    chosen = some.targets["mrckl"]
    assert not chosen[::2].any()
    chosen = chosen[1::2]
    assert torch.equal(chosen[:, 0], chosen[:, 3])
    assert torch.equal(chosen[:, 0], chosen[:, 1])  # by way of the fourth
    assert torch.equal(chosen[:, 2], chosen[:, 4])
    assert not torch.equal(chosen[:, 0], chosen[:, 2])
    assert some.counts["mrckl"] == chosen.sum() > 0
    assert 0.85 < some.hidden.sum() / some.hidden.numel() / 0.15 < 0.95  # a tenth keeps its feature


def test_the_code_hides_each_alone_and_divides_by_those_that_overlap_a_chosen_one():
    some = drawn("code")
    chosen = some.targets["mrckl"][1::2]
    assert not torch.equal(chosen[:, 0], chosen[:, 3])
    first, second, third, fourth, fifth = chosen.unbind(1)
    divided = [first | fourth, second | fourth, third | fifth, first | second | fourth]
    wanted = sum(int(one.sum()) for one in (*divided, third | fifth))
    assert some.counts["mrckl"] == wanted > chosen.sum()


def test_what_overlaps_a_chosen_region_changes_the_divisor_alone():
    torch.manual_seed(0)
    found = []
    for follow in ("paper", "code"):
        plan = vilbert.plan(
            vilbert.Params(follow=follow, change={**peers.SMALL, "streams": STREAMS})
        )
        head = mrckl.Head(plan, peers.SIZES).eval()
        if found:
            head.load_state_dict(found[0][0].state_dict())
        some = peers.batch()
        some.targets = {"mrckl": some.regions}
        some.counts = {"mrckl": 40}
        soft = torch.randint(0, 4, (4, 5, 1))
        some.notes = found[0][2] if found else {"soft_labels": soft, "chances": torch.ones(4, 5, 1)}
        states = States(torch.empty(0), torch.ones(4, 5, 24), torch.empty(0), torch.empty(0))
        found.append((head, head(states, some), some.notes))
    (_, paper, _), (_, code, _) = found
    assert torch.equal(paper.loss, code.loss)
    number = int(peers.batch().regions.sum())
    assert code.figure / 40 == pytest.approx(float(paper.figure) / number)  # a mean over the chosen


def test_a_batch_of_which_no_region_is_hidden_is_learnt_without_nan():
    ours, some = peers.small(vilbert, STREAMS), peers.batch()
    some.notes = {
        "soft_labels": torch.zeros(4, 5, 1, dtype=torch.long),
        "chances": torch.ones(4, 5, 1),
    }
    some.matched[:] = False
    mrckl.prepare(some, None, mrckl.Params(), 0)
    assert some.counts["mrckl"] == 0
    loss = ours(some)["mrckl"].loss
    loss.backward()
    assert loss == 0
    assert all(torch.isfinite(w.grad).all() for w in ours.parameters() if w.grad is not None)
