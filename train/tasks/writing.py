"""A model's head, pictures and prompts in; the text that it writes after each prompt out.

Beam search, length penalty and what may not be repeated are transformers' `generate`, to which a
batch is a model of what follows some tokens. Drawing words (nucleus sampling: Holtzman et al.,
2020) is its, too, but for the draw itself: that is by (seed, example, place), so that a text is the
same in any batch and in any run, where `generate` would draw from one generator for all.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from transformers import (
    GenerationConfig,
    GenerationMixin,
    LogitsProcessor,
    LogitsProcessorList,
    PretrainedConfig,
    PreTrainedModel,
    TemperatureLogitsWarper,
    TopPLogitsWarper,
)
from transformers.modeling_outputs import CausalLMOutput

from train import draws, passes
from train.batch import Batch
from train.model import Model
from train.objectives import Written
from train.params import Writing
from train.text import Words


def write(model: Model, task: str, batch: Batch, words: Words, writing: Writing) -> list[Written]:
    """Write a text after each prompt of a batch.

    Args:
        model: in evaluation mode.
        task: whose head tells the next word from hidden states, as that of `mlm` does.
        batch: prompts and pictures, prepared for no task.
        words: the tokenizer.
        writing: how.

    Returns:
        A text for each row; of a prompt that leaves no room, an empty one that has not ended.
    """
    length = batch.words.sum(1)
    found: dict[int, Written] = {}
    for begin in length.unique().tolist():  # `generate` has all texts of a batch begin together
        rows = (length == begin).nonzero().squeeze(1)
        prompts = Prompts(batch, rows.to(batch.tokens.device), int(begin))
        texts = _written(model, task, prompts, words, writing)
        found |= dict(zip(rows.tolist(), texts, strict=True))
    return [found[row] for row in range(len(length))]


class Prompts(NamedTuple):
    """Rows of a batch whose prompts are of one length."""

    batch: Batch
    rows: Tensor
    length: int

    def followed(self, tokens: Tensor, pad: int) -> Batch:
        """The batch in which tokens `(N, T)` were written, N a multiple of the rows."""
        rows = self.rows.repeat_interleave(len(tokens) // len(self.rows))
        told = passes.retold(self.batch, rows, tokens, tokens != pad)
        told.onward = torch.full_like(rows, self.length)
        return told


class _Follower(PreTrainedModel, GenerationMixin):
    """A batch's pictures and a head as a model of what follows its prompts."""

    config_class = PretrainedConfig

    def __init__(self, model: Model, task: str, prompts: Prompts, words: Words) -> None:
        sizes: dict[str, Any] = {"vocab_size": words.size}
        super().__init__(PretrainedConfig(is_encoder_decoder=False, **sizes))
        self.model, self.head = model, model.heads[task]
        self._prompts, self._pad = prompts, words.pad

    def prepare_inputs_for_generation(  # type: ignore[override]
        self, input_ids: Tensor, **_: Any
    ) -> dict[str, Tensor]:
        """All that was written is read again: regions and prompts see none of it."""
        return {"input_ids": input_ids}

    def forward(self, input_ids: Tensor, **_: Any) -> CausalLMOutput:
        """Logits of the next token of each text, `(N, 1, V)`."""
        states = self.model.states(self._prompts.followed(input_ids, self._pad))
        head: Any = self.head
        return CausalLMOutput(logits=head.predict(states.text[:, -1:], states.words).float())


class _Draw(LogitsProcessor):
    """Leaves of the next tokens one, drawn by its chance."""

    def __init__(self, keys: np.ndarray, begin: int, seed: int) -> None:
        self._keys, self._begin, self._seed = keys, begin, seed

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Scores `(B, V)`, -inf but for the drawn one's."""
        place = input_ids.shape[1] - self._begin
        drawn = draws.uniform(self._keys, 1, "nucleus", self._seed, place)
        until = scores.double().softmax(1).cumsum(1)
        chance = torch.from_numpy(drawn).to(until) * until[:, -1:]
        token = torch.searchsorted(until, chance, right=True)
        return torch.full_like(scores, -torch.inf).scatter(1, token, 0.0)


def _written(
    model: Model, task: str, prompts: Prompts, words: Words, writing: Writing
) -> list[Written]:
    begin = prompts.length
    room = model.plan.text_tokens - begin
    room = min(room, writing.tokens) if writing.tokens else room
    if room < 1:
        return [Written("", ended=False)] * len(prompts.rows)
    drawn = writing.way == "nucleus"
    config = GenerationConfig(
        max_new_tokens=room,
        num_beams=1 if drawn else writing.beams,
        length_penalty=writing.length,
        no_repeat_ngram_size=writing.no_repeat,
        suppress_tokens=sorted({*range(words.size)} - {*words.ordinary.tolist(), words.end}),
        begin_suppress_tokens=[words.end],
        pad_token_id=words.pad,
        eos_token_id=words.end,
        use_cache=False,
    )
    among = LogitsProcessorList()
    if drawn:
        keys = prompts.batch.keys[prompts.rows.cpu().numpy()]
        among += [TemperatureLogitsWarper(writing.temperature)]
        among += [TopPLogitsWarper(writing.top_p), _Draw(keys, begin, writing.seed)]
    follower: Any = _Follower(model, task, prompts, words)
    tokens = prompts.batch.tokens[prompts.rows, :begin]
    texts = follower.generate(tokens, config, logits_processor=among)[:, begin:].tolist()
    return [Written(words.decode(text), ended=words.end in text) for text in texts]
