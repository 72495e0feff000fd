"""Texts are written after prompts: searched for or drawn, the same in any batch and in any run."""

import dataclasses

import numpy as np
import pytest
import torch

from tests._learning import learnt
from train.batch import collate
from train.models import imagebert
from train.objectives import caption
from train.params import Writing
from train.tasks.writing import Prompts, write

NONE = dict.fromkeys(imagebert.RECIPE.tasks)
TEXTS = [("en", "a red circle"), ("en", "a blue square"), ("de", "ein Keil")]


@pytest.fixture
def model(make_model):
    return make_model(objectives={"caption": {}, **NONE}, dropout=0.0).eval()


@pytest.fixture
def asked(pairs, words):
    """Makes a batch of prompts, before the pictures of the pairs in their order."""

    def make(*prompts):
        rows = dataclasses.replace(pairs, tokens=words.encode(prompts, 16))
        at = np.arange(len(prompts))
        return collate(rows, at, at, at >= 0, words)

    return make


@pytest.fixture
def learn(model, asked, words):
    """Lets the model know texts by heart, each after its prompt, of the pictures in their order."""

    def run(*texts):
        batch = asked(*(prompt for prompt, _ in texts))
        told = words.encode([text for _, text in texts], 16)
        captions = torch.from_numpy(told.padded(np.arange(len(texts)), words.pad))[:, None, 1:]
        number = torch.ones(len(texts), dtype=torch.int64)
        batch.notes |= {"captions": captions, "captions_of": number}
        caption.prepare(batch, words, caption.Params())
        learnt(model.train(), batch, "caption", 150)
        return model.eval()

    return run


def chances(model, batch, tokens, words):
    """Log-chances of the token after each text `(N, T)`, which no special one but the end is."""
    begin = int(batch.words[0].sum())
    prompts = Prompts(batch, torch.arange(len(batch.keys)), begin)
    with torch.no_grad():
        states = model.states(prompts.followed(tokens, words.pad))
        logits = model.heads["caption"].predict(states.text[:, -1], states.words)
    return logits.log_softmax(1)


def possible(words):
    """Tokens that may be written first."""
    return torch.from_numpy(words.ordinary)


@pytest.mark.parametrize(
    "writing", [Writing(beams=1), Writing(), Writing(way="nucleus", top_p=0.5)]
)
def test_what_was_learnt_is_written_in_the_language_that_is_asked_for(learn, asked, words, writing):
    batch = asked(*(prompt for prompt, _ in TEXTS))
    told = write(learn(*TEXTS), "caption", batch, words, writing)
    assert [one.text for one in told] == [text.lower() for _, text in TEXTS]
    assert all(one.ended for one in told)


def test_the_search_finds_the_likeliest_text_of_all(model, asked, words):
    batch, first = asked("en"), possible(words)
    begin = batch.tokens[:, : int(batch.words.sum())]
    whole = torch.cat([begin.expand(len(first), -1), first[:, None]], 1)
    after = chances(model, batch, whole, words)
    once = chances(model, batch, begin, words)[0]
    after[:, [words.pad, words.start, words.mask]] = -torch.inf
    together = once[first][:, None] + after
    best = divmod(int(together.argmax()), words.size)
    ids = [int(first[best[0]]), best[1]]
    (told,) = write(model, "caption", batch, words, Writing(beams=words.size, tokens=2))
    assert told.text == words.decode(ids)
    assert told.ended == (ids[1] == words.end)


def test_a_single_beam_takes_the_likeliest_word_each_time(model, asked, words):
    batch = asked("en")
    tokens, allowed = batch.tokens[:, : int(batch.words.sum())], possible(words)
    for place in range(4):
        among = allowed if place == 0 else torch.cat([allowed, torch.tensor([words.end])])
        likeliest = among[chances(model, batch, tokens, words)[0, among].argmax()]
        tokens = torch.cat([tokens, likeliest[None, None]], 1)
    (told,) = write(model, "caption", batch, words, Writing(beams=1, tokens=4))
    assert told.text == words.decode(tokens[0, int(batch.words.sum()) :].tolist())


@pytest.mark.parametrize(
    "writing", [Writing(beams=3, tokens=6), Writing(way="nucleus", tokens=6, seed=3)]
)
def test_a_text_is_the_same_in_any_batch(model, asked, pairs, words, writing):
    prompts = ["en", "de", "a red circle", "en", "de", "en"]
    whole = write(model, "caption", asked(*prompts), words, writing)
    assert len({one.text for one in whole}) > 2
    rows = dataclasses.replace(pairs, tokens=words.encode(prompts, 16))
    for at in range(len(prompts)):
        some = np.array([at])
        alone = collate(rows, some, some, some >= 0, words)
        assert write(model, "caption", alone, words, writing) == [whole[at]]
    assert write(model, "caption", asked(*prompts), words, writing) == whole


def test_words_are_drawn_as_likely_as_the_model_has_them_and_by_the_seed(model, asked, words):
    batch, number = asked("en"), 3000
    many = dataclasses.replace(batch, keys=np.arange(number).astype(np.uint64))
    for name in ("tokens", "words", "features", "boxes", "regions", "hidden", "maskable"):
        value = getattr(batch, name)
        setattr(many, name, value.expand(number, *value.shape[1:]))
    allowed = possible(words)
    begin = batch.tokens[:, : int(batch.words.sum())]
    chance = chances(model, batch, begin, words)[0, allowed].softmax(0)
    most = chance.topk(5)
    drawn = write(model, "caption", many, words, Writing(way="nucleus", top_p=1.0, tokens=1))
    texts = [one.text for one in drawn]
    for share, place in zip(*most, strict=True):
        expected = number * float(share)
        found = texts.count(words.decode([int(allowed[place])]))
        assert abs(found - expected) < 5 * expected**0.5
    nucleus = write(model, "caption", many, words, Writing(way="nucleus", top_p=0.05, tokens=1))
    inside = chance.sort(descending=True)
    number_of = int((inside.values.cumsum(0) - inside.values < 0.05).sum())
    kept = {words.decode([int(allowed[place])]) for place in inside.indices[:number_of]}
    assert {one.text for one in nucleus} == kept
    other = write(
        model, "caption", many, words, Writing(way="nucleus", top_p=1.0, tokens=1, seed=1)
    )
    assert [one.text for one in other] != texts


def test_no_tokens_in_a_row_come_again_where_they_may_not(learn, asked, words):
    model, batch = learn(("en", "red red red red red")), asked("en")
    (free,) = write(model, "caption", batch, words, Writing(beams=1))
    (held,) = write(model, "caption", batch, words, Writing(beams=1, no_repeat=2))
    assert free.text == "red red red red red"
    assert "red red" in held.text
    assert "red red red" not in held.text


def test_a_prompt_that_leaves_no_room_gets_a_text_without_words_or_end(model, asked, words):
    told = write(model, "caption", asked("en", "red " * 30), words, Writing(beams=1))
    assert told[0].text
    assert told[1] == ("", False)
