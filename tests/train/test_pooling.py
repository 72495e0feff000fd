import pytest
import torch
from transformers import BertConfig
from transformers.models.bert.modeling_bert import BertPooler

from train.plan import Plan
from train.pooling import POOLS, First, Product, Tanh

PLAN = Plan(
    streams="text 1 | vision 1", width=8, heads=2, inner=16, vision_width=12, text_tokens=12,
    regions=4, dropout=0.0, pool="product",
)  # fmt: skip
TEXT, VISION = torch.randn(3, 5, 8), torch.randn(3, 4, 12)


def test_the_first_state_is_left_as_it_is():
    assert torch.equal(First(PLAN)(TEXT, VISION), TEXT[:, 0])


def test_a_layer_and_tanh_are_berts_pooler():
    ours = Tanh(PLAN)
    theirs = BertPooler(BertConfig(hidden_size=8))
    theirs.dense.load_state_dict(ours.dense.state_dict())
    torch.testing.assert_close(ours(TEXT, VISION), theirs(TEXT))


def test_a_product_is_nothing_where_either_side_is_nothing():
    pool = Product(PLAN)
    found = pool(TEXT, VISION)
    words, picture = pool.text(TEXT[:, 0]).relu(), pool.vision(VISION[:, 0]).relu()
    assert found.shape == (3, 12)
    torch.testing.assert_close(found, words * picture)
    assert not found[(words == 0) | (picture == 0)].any()


@pytest.mark.parametrize("name", POOLS)
def test_a_pooled_vector_is_as_long_as_the_plan_says(name):
    plan = Plan(**{**vars(PLAN), "pool": name})
    assert POOLS[name](plan)(TEXT, VISION).shape == (3, plan.pooled_width)
