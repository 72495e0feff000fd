import pytest
import torch

from curate.stage import machine

CPU = torch.device("cpu")


def test_bf16_and_fp32_are_what_they_say():
    x = torch.ones(4, 4)
    with machine.autocast(CPU, "bf16"):
        assert (x @ x).dtype == torch.bfloat16
    with machine.autocast(CPU, "fp32"):
        assert (x @ x).dtype == torch.float32


@pytest.mark.parametrize("there", [True, False])
def test_auto_uses_bf16_where_the_machine_has_it(monkeypatch, there):
    monkeypatch.setattr(machine, "has_bf16", lambda _: there)
    x = torch.ones(4, 4)
    with machine.autocast(CPU, "auto"):
        assert ((x @ x).dtype == torch.bfloat16) is there


def test_a_context_can_be_entered_again_and_again():
    cast = machine.autocast(CPU, "bf16")
    x = torch.ones(4, 4)
    for _ in range(3):
        with cast:
            assert (x @ x).dtype == torch.bfloat16
        assert (x @ x).dtype == torch.float32
