"""Hidden states in, what each of them attends to out: within a sequence, or across two."""

from contextlib import nullcontext

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def attend(query: Tensor, key: Tensor, value: Tensor, visible: Tensor, dropout: float) -> Tensor:
    """Scaled dot-product attention; a query to which nothing is visible gets zeros.

    On a CPU it is computed in float32 under autocast too: its fused kernel is five times slower
    in bf16 on sequences as short as ours.

    Args:
        query: `(B, H, L, D/H)`.
        key: `(B, H, K, D/H)`.
        value: `(B, H, K, D/H)`.
        visible: which keys are there, `(B, K)` bool, or which each query sees, `(B, L, K)`.
        dropout: probability, of attention weights.

    Returns:
        `(B, L, D)`.
    """
    batch, heads, length, part = query.shape
    if visible.dim() == 2:  # all queries see the same
        visible = visible[:, None, :].expand(-1, length, -1)
    if on_cpu := query.device.type == "cpu":
        query, key, value = query.float(), key.float(), value.float()
    with torch.autocast(query.device.type, enabled=False) if on_cpu else nullcontext():
        mixed = F.scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=visible[:, None],
            dropout_p=dropout,
        )
    return mixed.transpose(1, 2).reshape(batch, length, heads * part)


class Attention(nn.Module):
    """Multi-head self-attention over `(B, L, D)`; `visible` is as `attend` takes it.

    Args:
        width: of hidden states.
        inner: width of queries, of keys and of values, those of all heads together.
        heads: of attention.
        dropout: probability, of attention weights.
    """

    def __init__(self, width: int, inner: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.query_key_value = nn.Linear(width, 3 * inner)
        self.output = nn.Linear(inner, width)

    def forward(self, x: Tensor, visible: Tensor) -> Tensor:
        """Hidden states `(B, L, D)`."""
        batch, length, _ = x.shape
        part = self.output.in_features // self.heads
        packed = self.query_key_value(x).view(batch, length, 3, self.heads, part)
        query, key, value = packed.permute(2, 0, 3, 1, 4)
        mixed = attend(query, key, value, visible, self.dropout if self.training else 0.0)
        return self.output(mixed)


class CrossAttention(nn.Module):
    """Multi-head attention of one sequence to another.

    Args:
        width: of the sequence that looks.
        context: width of the sequence that is looked at.
        inner: width of queries, keys and values together.
        heads: of attention.
        dropout: probability, of attention weights.
    """

    def __init__(self, width: int, context: int, inner: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.query = nn.Linear(width, inner)
        self.key_value = nn.Linear(context, 2 * inner)
        self.output = nn.Linear(inner, width)

    def forward(self, x: Tensor, visible: Tensor, context: Tensor) -> Tensor:
        """Hidden states `(B, L, D)` of `x`; `visible` is of `context` `(B, K, C)`."""
        query = self.query(x).unflatten(2, (self.heads, -1)).transpose(1, 2)
        packed = self.key_value(context).unflatten(2, (2, self.heads, -1))
        key, value = packed.permute(2, 0, 3, 1, 4)
        mixed = attend(query, key, value, visible, self.dropout if self.training else 0.0)
        return self.output(mixed)
