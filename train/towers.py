"""Pixels and captions in, a vector of each out: open_clip's two towers, which never meet (CLIP).

The towers are open_clip's own, by any of its configurations; the temperature is the task's (`itc`).
They are trained by contrast alone, and compare by dot products (Radford et al., 2021).
"""

from typing import Any

import open_clip
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from curate.dataset.errors import ParamsError
from train.batch import Batch
from train.model import Model
from train.objectives import States, itc
from train.plan import Plan, Sizes


def text_config(config: dict[str, Any], sizes: Sizes) -> dict[str, Any]:
    """What open_clip's `text_cfg` is for a tokenizer: a caption's vector is at its end token."""
    return {
        **config.get("text_cfg", {}),
        "vocab_size": sizes.vocabulary,
        "pad_id": sizes.pad,
        "eos_id": sizes.end,
        "pool_type": "eos",  # open_clip's own vocabulary ends with it, others do not
    }


def preprocessing(config: dict[str, Any]) -> dict[str, list[float]]:
    """Mean and deviation that pixels are standardised by: a configuration's, or OpenAI's."""
    given = config.get("preprocess_cfg", {})
    return {
        "mean": list(given.get("mean", open_clip.OPENAI_DATASET_MEAN)),
        "std": list(given.get("std", open_clip.OPENAI_DATASET_STD)),
    }


class Pair(nn.Module):
    """A tower of captions and one of pictures, under open_clip's names.

    Args:
        config: `embed_dim`, `vision_cfg` and `text_cfg`, as open_clip's files have them; may
            have the `mean` and `std` of their `preprocess_cfg`.
        sizes: vocabulary, and the token that a caption ends with.

    Raises:
        ParamsError: open_clip cannot build them.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, config: dict[str, Any], sizes: Sizes) -> None:
        super().__init__()
        towers = {k: v for k, v in config.items() if k != "preprocess_cfg"}
        wanted = {**towers, "text_cfg": text_config(config, sizes)}
        try:
            made = open_clip.CustomTextCLIP(**wanted)
        except (TypeError, ValueError, KeyError, RuntimeError, AssertionError, OSError) as error:
            raise ParamsError(f"towers: open_clip builds none of {config}: {error}") from error
        self.visual, self.text = made.visual, made.text
        self._length, self._pad = int(wanted["text_cfg"]["context_length"]), sizes.pad
        standard = preprocessing(config)
        for name, values in (("mean", standard["mean"]), ("deviation", standard["std"])):
            self.register_buffer(name, torch.tensor(values)[:, None, None], persistent=False)

    def forward(self, tokens: Tensor, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Token ids `(B, T)` and RGB in [0, 1] `(B, 3, S, S)` to vectors, `(B, D)` each."""
        return self._read(tokens), self.visual((pixels - self.mean) / self.deviation)

    def _read(self, tokens: Tensor) -> Tensor:
        """Vectors of captions, `(B, D)`; those that look back alone are read without padding."""
        causal = getattr(self.text, "attn_mask", None)
        if causal is None or self.text.cls_emb is not None:
            whole = F.pad(tokens, (0, self._length - tokens.shape[1]), value=self._pad)
            return self.text(whole)
        width = tokens.shape[1]
        return functional_call(self.text, {"attn_mask": causal[:width, :width]}, (tokens,))


class Towers(Model):
    """A model of two towers; see the module."""

    def build(self, plan: Plan, sizes: Sizes) -> None:
        """Make the towers.

        Raises:
            ParamsError: the plan asks for what they cannot do.
        """
        if further := sorted(plan.objectives.keys() - {"itc"}):
            null = ", ".join(f"{task}: null" for task in further)
            raise ParamsError(
                f"visual: towers learns by contrast (itc) alone, not {', '.join(further)}; leave "
                f"that out (`objectives: {{{null}}}`)"
            )
        self.encoder: Any = Pair(plan.towers, sizes)
        self.media = nn.ModuleDict()  # none beside words and pictures

    def fresh(self) -> None:
        """Leave weights as open_clip draws them."""

    def states(self, batch: Batch, tap: bool = False) -> States:  # noqa: ARG002
        """The two vectors of each pair, as if each side were one token, `(B, 1, D)`."""
        if batch.pixels is None:
            raise ValueError("visual: towers needs pixels, and the batch has none")
        text, vision = (side[:, None] for side in self.encoder(batch.tokens, batch.pixels))
        shown = torch.ones(vision.shape[:2], dtype=torch.bool, device=vision.device)
        none = text.new_empty(0)
        return States(text, vision, none, none, alone=(text, vision), shown=shown)

    def vectors(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Unit vectors of captions and of pictures, `(B, D)` each, whose dot products compare."""
        states, head = self.states(batch), self.heads["itc"]
        assert isinstance(head, itc.Head)
        assert states.alone is not None
        return head.vectors(states.alone, states.shown)
