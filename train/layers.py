"""How a model's layers run in training: a model in, the same model, compiled or recomputing, out.

Neither changes a weight's name or what a layer computes: checkpoints, the saved model and its plan
are what they are without.
"""

from functools import partial

from torch import nn
from torch.utils.checkpoint import checkpoint

from train.model import Model
from train.params import RunParams
from train.shared import Shared


def prepare_layers(model: Model | Shared, params: RunParams) -> None:
    """Let the layers run as `params.recompute` and `params.compile` say.

    Recomputing keeps of each layer its input alone, and runs it again for its gradients (Chen et
    al., 2016), with the random state that it had. Compiling takes the encoder alone, whose shapes
    are few: heads work on as many rows as there are targets, so each batch would be a new shape.
    """
    if params.recompute:
        for layer in layers(model):
            layer.forward = partial(checkpoint, layer.forward, use_reentrant=False)
    if params.compile:
        model.get_submodule("encoder").compile(dynamic=True)


def layers(model: nn.Module) -> list[nn.Module]:
    """The layers of all of a model's parts, open_clip's among them."""
    ends = (".layers", ".resblocks")
    lists = (module for name, module in model.named_modules() if name.endswith(ends))
    return [layer for layers in lists for layer in layers.children()]
