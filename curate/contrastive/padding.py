"""A model of open_clip in; its text tower for captions whose padding is cut off, out.

Where a tower reads causally and a caption's vector is what stands at its end, whatever follows the
end is computed in vain. Which models are so is asked of them, not of their names.
"""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

_ROUNDING = 1e-5  # of a vector of length 1: more than sums in another order, less than a token
_EXAMPLES = ("a dog", "red sea", "o")  # few tokens, even of a letter each

Encoder = Callable[[Tensor], Tensor]  # (B, T) tokens -> (B, D), not normalised


def encoder(model: Any, length: int) -> Encoder:
    """The text tower of a model that reads causally, for captions of `length` tokens.

    It shares the model's weights and may be trained. The model is left as it is, so that threads
    may use towers of several lengths at once.
    """
    tower = _tower(model)
    shared = {id(each): each for each in (*tower.parameters(), *tower.buffers())}
    cut = copy.deepcopy(tower, shared)
    cut.attn_mask = tower.attn_mask[:length, :length]
    del cut.positional_embedding  # the parameter: a view of it takes its place
    cut.positional_embedding = tower.positional_embedding[:length]
    return cut.encode_text if tower is model else cut


class Readers:
    """Text towers of a model for captions up to several lengths.

    Args:
        model: in evaluation mode.
        tokenizer: its own.
        step: lengths are multiples of it, and the full length; the full length alone where vectors
            without padding are not the same, but for rounding.
    """

    def __init__(self, model: Any, tokenizer: Any, step: int) -> None:
        tokens = tokenizer([*_EXAMPLES, ""]).to(next(model.parameters()).device)
        full, self._padding = tokens.shape[1], int(tokens[-1, -1])
        found = {n: encoder(model, n) for n in range(step, full, step) if _causal(model)}
        whole = _unit(model.encode_text, tokens)
        off = [(_unit(read, tokens[:, :n]) - whole).abs().max() for n, read in found.items()]
        self._readers = found if max(off, default=0) <= _ROUNDING else {}
        self._readers[full] = model.encode_text
        self.lengths = list(self._readers)  # tokens, shortest first; the last one takes all

    def parted(self, tokens: Tensor) -> Iterator[tuple[Encoder, np.ndarray, Tensor]]:
        """Tokens (B, T) by the tower that reads them: it, the numbers of rows, and these cut."""
        places = torch.arange(1, tokens.shape[1] + 1)
        long = (places * (tokens != self._padding)).amax(dim=1)
        shortest = np.searchsorted(self.lengths, long.numpy())
        for number, (length, read) in enumerate(self._readers.items()):
            rows = np.flatnonzero(shortest == number)
            yield read, rows, tokens[rows, :length]


def _tower(model: Any) -> Any:
    return getattr(model, "text", model)


def _causal(model: Any) -> bool:
    """Whether a model has a causal mask to cut, and no token of its own after the caption's."""
    tower = _tower(model)
    mask, own = (getattr(tower, name, None) for name in ("attn_mask", "cls_emb"))
    return mask is not None and own is None


def _unit(encode: Encoder, tokens: Tensor) -> Tensor:
    """Vectors of length 1, (B, D)."""
    with torch.inference_mode():
        return torch.nn.functional.normalize(encode(tokens).float(), dim=-1)
