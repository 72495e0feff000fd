"""What is known of a batch's captions in, the same of some of its rows, or without some words, out.

Knowledge are facts (`train/notes/facts.py`) and meanings of nouns (`train/notes/entities.py`), both
among a batch's notes.
"""

import torch
from torch import Tensor

from train.batch import Batch

NOTES = ("facts", "facts_positions", "facts_of", "facts_with", "entities", "entities_at")


def of_rows(batch: Batch, rows: Tensor) -> dict[str, Tensor]:
    """The notes of what is known of the captions of some rows."""
    return {name: batch.notes[name][rows] for name in NOTES if name in batch.notes}


def conceal(batch: Batch, chosen: Tensor) -> None:
    """Take away what is known of some words `(B, T)` bool: it would tell which these are.

    So is what is known of a noun of which a part is chosen.
    """
    notes = batch.notes
    if "facts" in notes:
        told = ~(notes["facts_of"] & chosen[:, None, :]).any(-1, keepdim=True)
        notes["facts_of"] = notes["facts_of"] & told
        notes["facts_with"] = notes["facts_with"] & told
    if "entities" in notes:
        at = notes["entities_at"]
        parts = torch.zeros_like(at).scatter_add(1, at, chosen.long())
        notes["entities"] = notes["entities"].masked_fill((parts.gather(1, at) > 0)[..., None], 0.0)
