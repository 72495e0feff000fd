"""Writing captions, in fine-tuning: each word is told by the picture and the words before it.

An example's text is the prompt, which says in which language; its answers are the captions, of
which each epoch learns one. Prompt and caption are laid as [CLS] prompt [SEP] caption [SEP] under
the mask of UniLM and VLP (Dong et al., 2019; Zhou et al., 2020; `train/visibility.py`). These hide
some of a caption's words and tell each at its own place, so as to learn as they were pretrained;
here all words are whole and each is told at the place before it, as GPT's (Radford et al., 2018):
every word of a caption is learnt in every step. The head, and its weights, are those of `mlm`.
"""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from curate.stage.params import parameters
from train import draws
from train.batch import Batch
from train.objectives import IGNORED, Written, mlm
from train.params import Writing
from train.ranges import Least0
from train.text import Words

if TYPE_CHECKING:
    from train.model import Model

FIGURE = "accuracy"
BEGINS = "mlm"


@parameters
class Params:
    """Writing captions."""

    weight: Least0 = 1.0  # factor of the loss


def needs(params: Params) -> tuple[str, ...]:  # noqa: ARG001
    """The captions."""
    return ("captions",)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Let one of its captions follow each prompt.

    Targets `(B, T)` hold at each place the token after it, from the prompt's last one on.
    """
    captions, number = batch.notes["captions"], batch.notes["captions_of"]
    chance = torch.from_numpy(draws.uniform(batch.keys, 1, "caption", *purpose)[:, 0])
    drawn = captions[torch.arange(len(captions)), (chance * number).long()]
    begin = batch.words.sum(1)
    batch.tokens = follow(batch.tokens, begin, drawn, words.pad)
    batch.words, batch.onward = batch.tokens != words.pad, begin
    at = torch.arange(batch.tokens.shape[1])
    wanted = batch.words & (at >= begin[:, None])
    after = torch.where(wanted, batch.tokens, IGNORED)[:, 1:]
    batch.targets["caption"] = torch.cat([after, after.new_full((len(after), 1), IGNORED)], 1)
    batch.counts["caption"] = int(wanted.sum())


def follow(prompts: Tensor, begin: Tensor, captions: Tensor, pad: int) -> Tensor:
    """Captions `(B, W)` behind prompts of `begin` `(B,)` tokens `(B, P)`: `(B, T)`, padded."""
    length = begin + (captions != pad).sum(1)
    at = torch.arange(int(length.max())).expand(len(begin), -1)
    own = prompts.gather(1, at.clamp(max=prompts.shape[1] - 1))
    further = captions.gather(1, (at - begin[:, None]).clamp(0, captions.shape[1] - 1))
    found = torch.where(at < begin[:, None], own, further)
    return found.masked_fill(at >= length[:, None], pad)


def answers(batch: Batch) -> Tensor:
    """Ids of the words to tell, `(n,)`."""
    return mlm.answers(batch, "caption")


def written(model: "Model", batch: Batch, words: Words, writing: Writing) -> list[Written]:
    """What a model writes after the prompts of a batch, which holds no caption."""
    from train.tasks.writing import write  # transformers takes seconds to load

    return write(model, "caption", batch, words, writing)


class Head(mlm.Head):
    """That of `mlm`, which tells the next word."""

    task = "caption"
