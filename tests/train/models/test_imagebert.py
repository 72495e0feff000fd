import pytest
import torch

from tests import _peers as peers
from train.model import Model
from train.models import imagebert
from train.models.imagebert import RECIPE, Params, plan
from train.plan import Sizes


@pytest.mark.parametrize("size", sorted(RECIPE.sizes))
def test_the_four_tasks_are_scored_by_one_stream(size):
    found = plan(Params(size=size))
    assert list(found.objectives) == ["mlm", "moc", "mrfr", "itm"]
    assert found.streams.startswith("joint ")
    assert found.box == "corners_area"


def test_base_has_the_papers_size():
    found = plan(Params(size="base"))
    assert (found.streams, found.width, found.heads, found.norm) == ("joint 12", 768, 12, "post")
    assert (found.text_tokens, found.regions) == (44, 100)


def test_the_encoder_of_base_has_as_many_weights_as_berts():
    from train.encoder import Encoder

    found = sum(p.numel() for p in Encoder(plan(Params(size="base"))).parameters())
    assert found == 12 * (4 * (768 * 768 + 768) + 2 * 768 * 3072 + 3072 + 768 + 4 * 768)


def test_a_plan_can_be_changed_and_its_tasks_tuned():
    found = plan(Params(change={"dropout": 0.0}, objectives={"mlm": {"rate": 0.3}}))
    assert found.dropout == 0.0
    assert found.objectives["mlm"] == {"rate": 0.3}
    Model("imagebert", found, Sizes(300, 8, 4))


@torch.no_grad()
def test_states_and_losses_are_berts_over_the_papers_embedding_sum():
    ours, some = peers.small(imagebert, "joint 2", norm="post"), peers.batch()
    see, shown = ours.vision, some.regions & ~some.hidden
    features = peers.shown(some) * some.regions[..., None]
    whole = features.sum(1, keepdim=True) / shown.sum(1)[:, None, None]
    frame = torch.tensor([0.0, 0.0, 1.0, 1.0]).expand(4, 1, 4)
    x1, y1, x2, y2 = torch.cat([frame, some.boxes], 1).unbind(-1)
    box = torch.stack([x1, y1, x2, y2, (x2 - x1) * (y2 - y1)], -1)
    summed = see.feature(torch.cat([whole, features], 1)) + see.box(box)
    vision = see.norm(summed + see.segment + see.position)
    text = ours.text.norm(peers.words(ours, some))
    one = torch.ones(4, 1, dtype=torch.bool)
    there = torch.cat([some.words, one, some.regions], 1)
    theirs = peers.bert(ours, norm=False)
    peers.assert_bert(ours, theirs, some, torch.cat([text, vision], 1), there)
