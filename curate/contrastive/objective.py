"""Embeddings of a batch in; how far pictures and captions are from finding each other, out."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

_NEVER = -1e4  # a logit that counts for nothing


def contrastive(images: Tensor, texts: Tensor, scale: Tensor, alike: Tensor) -> Tensor:
    """Symmetric cross-entropy of CLIP (Radford et al., 2021) without false negatives.

    Args:
        images: (B, D) of unit length.
        texts: (B, D) of unit length; row i belongs to image i.
        scale: factor that makes cosines logits.
        alike: (B, B) bool, which rows are no negatives of each other.

    Returns:
        Mean over both directions, in nats.
    """
    logits = scale * images @ texts.T
    target = torch.arange(len(logits))
    others = target[:, None] != target[None, :]
    logits = logits.masked_fill(alike & others, _NEVER)
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


def words(logits: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy of a picture's guess at its words.

    Follows Huang et al., "Classification Done Right for Vision-Language Pre-Training" (NeurIPS
    2024): the tokens of a picture's captions, weighted by their rarity, are its classes.

    Args:
        logits: (B, V) one per token.
        target: (B, V) non-negative weights of sum 1, or 0 for a picture without words.

    Returns:
        Mean, in nats.
    """
    return -(target * F.log_softmax(logits, dim=1)).sum(1).mean()


def word_targets(bags: Sequence[set[int]], size: int) -> Tensor:
    """Tokens of each picture, weighted by inverse document frequency.

    Args:
        bags: token ids of each of N pictures.
        size: V, tokens in the vocabulary.

    Returns:
        (N, V) weights of sum 1 per row (0 for an empty bag).
    """
    present = torch.zeros(len(bags), size)
    for row, bag in zip(present, bags, strict=True):
        row[sorted(bag)] = 1.0
    weighted = present * torch.log(1 + len(bags) / (1 + present.sum(0)))
    return weighted / weighted.sum(1, keepdim=True).clamp(min=1e-6)
