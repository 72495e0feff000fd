"""A model that is whole on each process in; the model spread over the processes, and back, out.

Each process holds a part of every weight, of its gradient and of its moments (FSDP2, torch's
`fully_shard`; ZeRO-3 of Rajbhandari et al., 2020): a layer is gathered when it runs, and let go
after it. Gradients are summed where they are scattered, in an order of the processes' own, so that
a run is that of one process but for rounding. A single number, such as a temperature, stays whole,
and its gradient is summed as those of a whole model are (`train/gradients.py`).
"""

from typing import Any

from torch import Tensor, distributed, nn
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
)
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard, register_fsdp_forward_method
from torch.distributed.tensor import DTensor

from curate.dataset.errors import ParamsError
from train.layers import layers
from train.model import Model
from train.params import RunParams
from train.ranks import Ranks
from train.shared import Shared


def shard(model: Model | Shared, params: RunParams, ranks: Ranks) -> None:
    """Spread a model's weights over the processes; the rest of the model stays as it is.

    Args:
        model: equal on all processes, on its device; is changed in place.
        params: of the run.
        ranks: the processes; one keeps all.

    Raises:
        ParamsError: the run asks for what sharded weights do not allow.
    """
    if isinstance(model, Shared):
        raise ParamsError("shard is for a run that learns one task; leave it out of several")
    asked = {"ema": params.ema, "compile": params.compile, "fp16": params.precision == "fp16"}
    if refused := ", ".join(name for name, value in asked.items() if value):
        raise ParamsError(f"shard goes together with none of: {refused}; leave either out")
    if not distributed.is_initialized():
        raise ParamsError(
            "shard spreads a model over several processes, and there is one; start it by torchrun "
            "(`torchrun --nproc-per-node 2 -m -- train.pretrain ...`) or leave shard out"
        )
    device = next(model.parameters()).device.type
    mesh = init_device_mesh(device, (ranks.number,))
    single = {weight for weight in model.parameters() if weight.ndim == 0}  # nothing to divide
    for layer in layers(model):
        fully_shard(layer, mesh=mesh, ignored_params=single)
    fully_shard(model, mesh=mesh, ignored_params=single)
    for name in ("vectors", "match"):  # which gather weights, as `forward` does
        register_fsdp_forward_method(model, name)
    for module in model.modules():
        if isinstance(module, FSDPModule):  # losses are divided by the whole step's targets
            module.set_gradient_divide_factor(1.0)
            module.set_force_sum_reduction_for_comms(True)  # all that gloo knows


def whole(model: nn.Module) -> dict[str, Tensor]:
    """All of a model's weights on the CPU of the first process; nothing on the others.

    All processes call it. Of a model that is not sharded each process has them.
    """
    if not any(map(is_sharded, model.parameters())):
        return dict(model.state_dict())
    options = StateDictOptions(full_state_dict=True, cpu_offload=True)
    found: dict[str, Any] = get_model_state_dict(model, options=options)
    return found


def is_sharded(weight: Tensor) -> bool:
    """Whether a process holds a part of a weight alone."""
    return isinstance(weight, DTensor)
