"""A model in; how many layers lie between each of its weights and the heads, out.

It is what rates that fall with depth are counted by: embeddings lie below all layers that their
side passes, and layers of the one side do not lie above those of the other.
"""

import re

from curate.dataset.errors import ParamsError
from train.model import Model
from train.plan import parse
from train.shared import Shared

_LAYER = re.compile(r"encoder\.parts\.(\d+)\.layers\.(\d+)\.")
_ALONE = ("text", "vision")  # streams that the layers of the other stream do not lie above
_BLOCK = re.compile(r"encoder\.(text|visual)\.transformer\.resblocks\.(\d+)\.")
_EMBEDS = re.compile(r"encoder\.(text|visual)\.(\w*embedding|conv1|ln_pre)\b")


def layers_above(model: Model | Shared) -> dict[str, int]:
    """The number of layers above each weight, by the weight's name.

    Raises:
        ParamsError: a tower of open_clip's is built of something else than layers.
    """
    names = [name for name, _ in model.named_parameters()]
    return _of_towers(names) if model.plan.towers else _of_parts(names, model.plan.streams)


def _of_parts(names: list[str], streams: str) -> dict[str, int]:
    parts = parse(streams)
    over = [sum(n for kind, n in parts[i + 1 :] if kind not in _ALONE) for i in range(len(parts))]
    deepest = max(above + layers for above, (_, layers) in zip(over, parts, strict=True))

    def above(name: str) -> int:
        if found := _LAYER.match(name):
            part, layer = int(found[1]), int(found[2])
            return over[part] + parts[part][1] - 1 - layer
        return deepest if name.startswith(("text.", "vision.", "media.")) else 0

    return {name: above(name) for name in names}


def _of_towers(names: list[str]) -> dict[str, int]:
    blocks = [found for name in names if (found := _BLOCK.match(name))]
    number = {side: 1 + max(int(b[2]) for b in blocks if b[1] == side) for side in _sides(blocks)}

    def above(name: str) -> int:
        if found := _BLOCK.match(name):
            return number[found[1]] - 1 - int(found[2])
        embeds = _EMBEDS.match(name)
        return number[embeds[1]] if embeds else 0

    return {name: above(name) for name in names}


def _sides(blocks: list[re.Match[str]]) -> set[str]:
    sides = {block[1] for block in blocks}
    if len(sides) < 2:
        raise ParamsError(
            "layer_decay: towers are known to have layers where both are transformers of "
            "open_clip's own, such as ViT-B-32; leave it out (`layer_decay: 1.0`)"
        )
    return sides
