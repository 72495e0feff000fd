import pytest
import torch

from train.precision import autocast


@pytest.mark.parametrize(
    ("precision", "expected"),
    [("fp16", torch.float16), ("bf16", torch.bfloat16), ("fp32", torch.float32)],
)
def test_products_are_in_the_precision_asked_for(precision, expected):
    values = torch.ones(2, 2)
    with autocast(torch.device("cpu"), precision):
        assert (values @ values).dtype == expected
