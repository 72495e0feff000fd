import pytest

from train.model import Model
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
