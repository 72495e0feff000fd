"""Who sees whom: which words, regions and facts are there in, what each may attend to out.

A fact is about some of a caption's words (K-BERT: Liu et al., AAAI 2020): it sees itself and these
words, and only they see it. So it sees no region, and none sees it. K-BERT lays a fact right behind
its words; here all facts follow the caption, which is the same to attention, since that knows order
by positions alone, and leaves the places of the words what they are.

Of a text that is written word by word (`Batch.onward`) each word sees what stands before it: the
sequence-to-sequence mask of UniLM (Dong et al., 2019) and VLP (Zhou et al., 2020), in which
the source, here the picture and a prompt, sees itself alone, and the target the source and its own
past. Regions that saw a later word would tell it to the earlier ones.

A batch's facts, of `train/notes/facts.py`, are four notes: `facts` and `facts_positions`, of which
`facts_of` says the words and `facts_with` the other tokens of the same fact.
"""

from typing import NamedTuple, Self

import torch
from torch import Tensor
from torch.nn import functional as F

from train.batch import Batch


class Visible(NamedTuple):
    """What may be seen, as `train.attention.attend` takes it; L words, the facts among them.

    Attributes:
        words_of_words: which words the words see, `(B, L)` or `(B, L, L)` bool.
        regions_of_words: which regions the words see, `(B, R)` or `(B, L, R)` bool.
        words: which words the regions see, `(B, L)` bool.
        regions: which regions the regions see, `(B, R)` bool.
    """

    words_of_words: Tensor
    regions_of_words: Tensor
    words: Tensor
    regions: Tensor

    @classmethod
    def of(
        cls,
        words: Tensor,
        regions: Tensor,
        facts: Tensor | None = None,
        source: Tensor | None = None,
    ) -> Self:
        """What may be seen of words and regions.

        Args:
            words: which of the caption's words are there, `(B, T)` bool.
            regions: which regions are there, `(B, R)` bool.
            facts: what words and facts see of each other, `(B, L, L)` bool, the words first;
                None: there are no facts, and all words see each other.
            source: which words the regions see, `(B, T)` bool; None: all that are there.
        """
        if facts is None:
            return cls(words, regions, words, regions)
        further = facts.shape[1] - words.shape[1]
        own = F.pad(words, (0, further))
        seen = own if source is None else F.pad(source, (0, further))
        return cls(facts, own[:, :, None] & regions[:, None, :], seen, regions)

    def joint(self) -> Tensor:
        """The same of one sequence, the words and then the regions."""
        if self.words_of_words.dim() == 2:
            return torch.cat([self.words, self.regions], 1)
        words = torch.cat([self.words_of_words, self.regions_of_words], 2)
        of_regions = torch.cat([self.words, self.regions], 1)[:, None, :]
        number = self.regions.shape[1]
        return torch.cat([words, of_regions.expand(-1, number, -1)], 1)


def among(batch: Batch) -> Tensor | None:
    """What a batch's words and facts see of each other, `(B, T + F, T + F)`.

    None: there is no fact, and all words see each other.
    """
    if batch.onward is not None:
        return onward(batch.words, batch.onward)
    if "facts" not in batch.notes or not batch.notes["facts"].shape[1]:
        return None
    of, together = batch.notes["facts_of"], batch.notes["facts_with"]
    words = batch.words[:, None, :].expand(-1, batch.tokens.shape[1], -1)
    upper = torch.cat([words, of.transpose(1, 2)], 2)
    return torch.cat([upper, torch.cat([of, together], 2)], 1)


def onward(words: Tensor, begin: Tensor) -> Tensor:
    """What words see where, from a place on, they see only those that stand before them.

    Args:
        words: which are there, `(B, T)` bool.
        begin: the place, `(B,)`; those before it see each other.

    Returns:
        `(B, T, T)` bool; each that is there sees itself.
    """
    at = torch.arange(words.shape[1], device=words.device)
    last = torch.maximum(at[None, :], begin[:, None] - 1)
    return words[:, :, None] & words[:, None, :] & (at <= last[:, :, None])


def source(batch: Batch) -> Tensor | None:
    """The words of a batch that its regions see, `(B, T)` bool; None: all that are there."""
    if batch.onward is None:
        return None
    at = torch.arange(batch.words.shape[1], device=batch.words.device)
    return batch.words & (at < batch.onward[:, None])
