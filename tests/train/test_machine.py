import os
import subprocess
import sys

import pytest
import torch

from train import machine

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


def test_waiting_threads_sleep_unless_the_user_says_otherwise():
    code = (
        "import os, sys; from train import machine; machine.patient_threads();"
        "assert 'torch' not in sys.modules; print(os.environ['OMP_WAIT_POLICY'])"
    )
    for given, wanted in ((None, "PASSIVE"), ("ACTIVE", "ACTIVE")):
        env = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
        if given:
            env["OMP_WAIT_POLICY"] = given
        out = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
        assert out.stdout.strip() == wanted, out.stderr
