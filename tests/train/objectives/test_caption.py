"""Captions are told word by word: by the picture and what stands before, and by nothing later."""

import dataclasses

import numpy as np
import pyarrow as pa
import pytest
import torch
from torch.nn import functional as F

from curate.dataset.errors import DataError, ParamsError
from tests._learning import learnt
from train.batch import collate
from train.model import make
from train.models import clip, ernievil, imagebert, lxmert, uniter, vilbert, visualbert, vlbert
from train.notes import captions as note
from train.objectives import IGNORED, caption
from train.plan import Sizes
from train.recipe import Params

CAPTIONS = [["a tiny red circle", "red"], ["ein blauer Keil"], ["a huge green square, green"]]
PROMPTS = ["en", "de", "red circle"]
MODELS = {
    "imagebert": imagebert,
    "visualbert": visualbert,
    "vlbert": vlbert,
    "uniter": uniter,
    "lxmert": lxmert,
    "vilbert": vilbert,
    "ernievil": ernievil,
}


def corpus_of(pairs, words, prompts, captions):
    examples = pa.table({"answers": captions})
    number = len(prompts)
    rows = dataclasses.replace(pairs, captions=prompts, uids=pairs.uids[:number])
    rows = dataclasses.replace(rows, examples=examples, tokens=words.encode(prompts, 16))
    return dataclasses.replace(rows, notes=(note.read(rows, words, 16, None, None),))


@pytest.fixture
def corpus(pairs, words):
    """Three examples, about the pictures of three pairs."""
    return corpus_of(pairs, words, PROMPTS, CAPTIONS)


def ready(corpus, words, *rows, epoch=0):
    rows = np.array(rows)
    batch = collate(corpus, rows, rows, rows >= 0, words)
    caption.prepare(batch, words, caption.Params(), 0, epoch)
    return batch


def none(module):
    return dict.fromkeys(module.RECIPE.tasks)


@pytest.fixture
def model(make_model):
    return make_model(objectives={"caption": {}, **none(imagebert)})


def laid(prompt, told, words):
    texts = words.encode([prompt, told], 16)
    first, second = (texts.ids[texts.starts[n] : texts.starts[n + 1]].tolist() for n in (0, 1))
    return first, second[1:]


def test_a_caption_follows_its_prompt_and_each_of_its_words_is_told_at_the_place_before(
    corpus, words
):
    batch = ready(corpus, words, 2, 1)
    for row, example in enumerate((2, 1)):
        prompt, told = laid(PROMPTS[example], CAPTIONS[example][0], words)
        whole = [*prompt, *told]
        assert batch.tokens[row][batch.words[row]].tolist() == whole
        assert batch.onward[row] == len(prompt)
        wanted = [IGNORED] * (len(prompt) - 1) + told
        targets = batch.targets["caption"][row].tolist()
        assert targets == wanted + [IGNORED] * (len(targets) - len(wanted))
    assert batch.counts["caption"] == (batch.targets["caption"] != IGNORED).sum()
    assert len(caption.answers(batch)) == batch.counts["caption"]


def test_each_epoch_draws_one_of_several_captions_alike_in_any_batch(corpus, words):
    ends = {
        told: [*laid("en", told, words)[0], *laid("en", told, words)[1]] for told in CAPTIONS[0]
    }
    seen = []
    for epoch in range(12):
        batch = ready(corpus, words, 0, 1, 2, epoch=epoch)
        own = batch.tokens[0][batch.words[0]].tolist()
        alone = ready(corpus, words, 0, epoch=epoch)
        assert own == alone.tokens[0][alone.words[0]].tolist()
        seen.append(own)
    assert {*map(tuple, seen)} == {*map(tuple, ends.values())}


def test_a_caption_that_is_too_long_is_cut_and_has_no_end(pairs, words):
    corpus = corpus_of(pairs, words, ["en"], [["red " * 30]])
    batch = ready(corpus, words, 0)
    assert batch.tokens.shape == (1, 16)
    assert batch.tokens[0, -1] != words.end


def test_an_example_without_a_caption_or_room_for_one_is_named(pairs, words):
    with pytest.raises(DataError, match=f"example '{pairs.uids[1]}' has no caption"):
        corpus_of(pairs, words, ["en", "en"], [["red"], []])
    with pytest.raises(DataError, match="its text fills all 16 tokens"):
        corpus_of(pairs, words, ["red " * 30], [["red"]])
    with pytest.raises(ParamsError, match="what reads captions is learnt of a task's examples"):
        note.read(pairs, words, 16, None, None)


def build(module, words, features):
    plan = module.plan(
        Params(
            size="tiny",
            objectives={"caption": {}, **none(module)},
            change={"text_tokens": 16, "regions": 4, "mix": {}},
        )
    )
    torch.manual_seed(0)
    model = make(module.RECIPE.name, plan, Sizes(words.size, features, 8, 3)).eval()
    with torch.no_grad():
        for weight in model.parameters():  # none is zero, so that all that can be seen is
            weight.add_(torch.randn_like(weight) * 0.05)
    return model


@pytest.mark.parametrize("name", MODELS)
def test_no_word_is_told_by_itself_or_a_later_one(name, corpus, words):
    model = build(MODELS[name], words, corpus.regions.features.shape[-1])
    batch = ready(corpus, words, 2, 0)

    def logits(batch):
        with torch.no_grad():
            states = model.states(batch)
        return model.heads["caption"].predict(states.text, states.words)

    before = logits(batch)
    begin, end = int(batch.onward[0]), int(batch.words[0].sum())
    for at in range(begin, end):
        told = dataclasses.replace(batch, tokens=batch.tokens.clone(), words=batch.words.clone())
        told.tokens[0, at] = 7 if batch.tokens[0, at] != 7 else 8
        changed = (logits(told) - before).abs().amax(-1)[0]
        assert changed[:at].max() < 1e-5
        assert changed[at:end].min() > 1e-4  # and each word that follows is told by it
        told.words[0, at:] = False  # it, and all that follow, are not written yet
        told.tokens[0, at:] = words.pad
        assert (logits(told) - before)[0, :at].abs().max() < 1e-5
    other = dataclasses.replace(batch, features=batch.features.flip(0))
    assert (logits(other) - before).abs().amax(-1)[0, begin - 1 : end].min() > 1e-4


def test_towers_write_no_captions(words):
    plan = clip.plan(clip.Params(size="tiny", objectives={"caption": {}, "itc": None}))
    with pytest.raises(ParamsError, match=r"learns by contrast \(itc\) alone, not caption"):
        make("clip", plan, Sizes(words.size, 8, 8, 3))


def test_loss_is_the_cross_entropy_of_each_next_word(corpus, words, model):
    model.eval()
    batch = ready(corpus, words, 0, 1, 2)
    score = model(batch)["caption"]
    states = model.states(batch)
    logits = model.heads["caption"].predict(states.text, states.words)
    expected, number = 0.0, []
    for row in range(3):
        begin, end = int(batch.onward[row]), int(batch.words[row].sum())
        own = F.cross_entropy(logits[row, begin - 1 : end - 1], batch.tokens[row, begin:end])
        expected += own * (end - begin)
        number.append(end - begin)
    assert torch.allclose(score.loss, expected)
    assert score.pairs[:, 1].tolist() == number


def test_captions_are_learnt_by_their_pictures(pairs, words, model):
    texts = ["a red circle", "a blue square", "a green triangle"]
    corpus = corpus_of(pairs, words, ["en"] * 3, [[text] for text in texts])
    batch = ready(corpus, words, 0, 1, 2)
    assert learnt(model, batch, "caption", 80).figure == batch.counts["caption"]
