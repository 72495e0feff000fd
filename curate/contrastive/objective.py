"""Embeddings of a batch in; how far pictures and captions are from finding each other, out."""

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


def words(images: Tensor, named: Tensor, scale: Tensor, present: Tensor) -> Tensor:
    """Cross-entropy of pictures and the single words that they share.

    As in Huang et al., "Classification Done Right for Vision-Language Pre-Training" (NeurIPS
    2024) the words of a picture are its classes; but a class is what the text tower says of the
    word alone, so that the tower learns what each word adds to a caption.

    Args:
        images: (B, D) of unit length.
        named: (V, D) of unit length, one per word.
        scale: factor that makes cosines logits.
        present: (B, V) non-negative weights, positive where a picture has the word; at least
            once in every row and every column.

    Returns:
        Mean over both directions, in nats.
    """
    logits = scale * images @ named.T
    of_picture = present / present.sum(1, keepdim=True)
    of_word = present / present.sum(0, keepdim=True)
    forth = -(of_picture * F.log_softmax(logits, dim=1)).sum(1).mean()
    back = -(of_word * F.log_softmax(logits, dim=0)).sum(0).mean()
    return (forth + back) / 2
