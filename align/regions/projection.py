"""Features of single places of an image tower's feature map in; their joint embeddings out."""

from typing import Any

from torch import Tensor
from torch.nn import functional as F

from curate.dataset.errors import WeightsError


def project(visual: Any, cells: Tensor) -> Tensor:
    """What a tower would say of a picture that looked like a place everywhere.

    A pool that attends (ModifiedResNet's) is asked for the value of the place alone, as MaskCLIP
    does.

    Args:
        visual: open_clip's `model.visual`.
        cells: `(n, F)`, of `align.regions.tower.feature_map`.

    Returns:
        `(n, E)` float32, of any length.

    Raises:
        WeightsError: the tower is of a kind that is not known.
    """
    trunk = getattr(visual, "trunk", None)
    if trunk is not None:
        if hasattr(trunk, "num_prefix_tokens"):  # a transformer: as many tokens as it keeps back
            shaped = cells[:, None].expand(-1, 1 + int(trunk.num_prefix_tokens), -1)
        elif getattr(trunk, "output_fmt", "NCHW") == "NHWC":
            shaped = cells[:, None, None]
        else:
            shaped = cells[:, :, None, None]
        return visual.head(trunk.forward_head(shaped)).float()
    pool = getattr(visual, "attnpool", None)
    if pool is not None:
        value = F.linear(cells, pool.v_proj.weight, pool.v_proj.bias)
        return F.linear(value, pool.c_proj.weight, pool.c_proj.bias).float()
    if hasattr(visual, "ln_post"):  # its map is already normalised
        return cells if visual.proj is None else (cells @ visual.proj).float()
    raise WeightsError(
        f"{type(visual).__name__}: how its feature map is projected is not known; "
        "set label_linked.regions.look to crops"
    )
