"""One transformer encoder for every plan: embedded words and regions in, hidden states out.

A layer with `norm="post"` computes what a layer of BERT's encoder computes (Devlin et al.,
2019); with `norm="pre"` the norms come before the sublayers, as in CLIP's text tower, and one
more follows the last layer.
"""

from contextlib import nullcontext

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train.plan import Plan, parse

EPSILON = 1e-12  # BERT's, in every layer norm


class Attention(nn.Module):
    """Multi-head self-attention over `(B, L, D)`; `visible` `(B, L)` says what may be seen.

    On a CPU the attention itself is computed in float32 under autocast too: its fused kernel is
    five times slower in bf16 on sequences as short as ours.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.query_key_value = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)

    def forward(self, x: Tensor, visible: Tensor) -> Tensor:
        """Hidden states `(B, L, D)`."""
        batch, length, width = x.shape
        packed = self.query_key_value(x).view(batch, length, 3, self.heads, width // self.heads)
        query, key, value = packed.permute(2, 0, 3, 1, 4)
        if on_cpu := x.device.type == "cpu":
            query, key, value = query.float(), key.float(), value.float()
        with torch.autocast(x.device.type, enabled=False) if on_cpu else nullcontext():
            mixed = F.scaled_dot_product_attention(
                query,
                key,
                value,
                attn_mask=visible[:, None, None, :].expand(-1, 1, length, -1),
                dropout_p=self.dropout if self.training else 0.0,
            )
        return self.output(mixed.transpose(1, 2).reshape(batch, length, width))


class Layer(nn.Module):
    """Self-attention and a feed-forward network, each with a residual connection."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.pre = plan.norm == "pre"
        self.attention = Attention(plan.width, plan.heads, plan.attention_dropout)
        self.attention_norm = nn.LayerNorm(plan.width, EPSILON)
        self.up = nn.Linear(plan.width, plan.inner)
        self.down = nn.Linear(plan.inner, plan.width)
        self.forward_norm = nn.LayerNorm(plan.width, EPSILON)
        self.drop = nn.Dropout(plan.dropout)

    def forward(self, x: Tensor, visible: Tensor) -> Tensor:
        """Hidden states `(B, L, D)`; `visible` `(B, L)` bool."""
        if self.pre:
            x = x + self.drop(self.attention(self.attention_norm(x), visible))
            return x + self.drop(self.down(F.gelu(self.up(self.forward_norm(x)))))
        x = self.attention_norm(x + self.drop(self.attention(x, visible)))
        return self.forward_norm(x + self.drop(self.down(F.gelu(self.up(x)))))


class Joint(nn.Module):
    """Layers over one sequence: the words, then the regions (a single-stream model)."""

    def __init__(self, layers: int, plan: Plan) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(plan) for _ in range(layers))
        self.final = nn.LayerNorm(plan.width, EPSILON) if plan.norm == "pre" else nn.Identity()

    def forward(
        self, text: Tensor, vision: Tensor, words: Tensor, regions: Tensor
    ) -> tuple[Tensor, Tensor]:
        """As `Encoder.forward`."""
        x = torch.cat([text, vision], 1)
        visible = torch.cat([words, regions], 1)
        for layer in self.layers:
            x = layer(x, visible)
        x = self.final(x)
        return x[:, : text.shape[1]], x[:, text.shape[1] :]


KINDS: dict[str, type[Joint]] = {"joint": Joint}


class Encoder(nn.Module):
    """The layers of a plan, one after another.

    Raises:
        ParamsError: the plan names a kind of layers that is not built.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.parts = nn.ModuleList(
            KINDS[kind](layers, plan) for kind, layers in parse(plan.streams)
        )

    def forward(
        self, text: Tensor, vision: Tensor, words: Tensor, regions: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Hidden states of words and regions.

        Args:
            text: embedded words, `(B, T, D)`.
            vision: embedded regions, `(B, R, D)`.
            words: which words are there, `(B, T)` bool.
            regions: which regions are there, `(B, R)` bool.

        Returns:
            `(B, T, D)` and `(B, R, D)`.
        """
        for part in self.parts:
            text, vision = part(text, vision, words, regions)
        return text, vision
