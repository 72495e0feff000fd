import numpy as np
import pytest
import torch

from train import corpus as corpora
from train import examine
from train.batches import Batches
from train.knowledge import NOTES, conceal, of_rows
from train.params import Sampling


@pytest.fixture
def batch(small, known, words):
    """True English pairs, of each of which a fact and a meaning are known."""
    needs = ["entities", "facts"]
    corpus = corpora.load(small.snapshot, known, "train", words, 16, 4, needs=needs)
    huge = np.array([caption.startswith("a huge") for caption in corpus.captions])
    rows = np.flatnonzero((corpus.languages == "en") & ~huge)
    return Batches(corpus, words, len(rows), 0, Sampling()).make(0, rows, wrong=False)


def test_what_is_known_of_hidden_words_is_not_shown(batch):
    nouns = batch.notes["facts_of"].any(1)
    chosen = torch.zeros_like(batch.words)
    chosen[0] = nouns[0]
    chosen[1] = batch.words[1] & ~nouns[1]
    before = dict(batch.notes)
    conceal(batch, chosen)
    for name in ("facts_of", "facts_with", "entities"):
        assert before[name].flatten(1).any(1).all()
        assert not batch.notes[name][0].any()
        assert batch.notes[name][1:].equal(before[name][1:])


def test_what_a_noun_means_goes_with_any_part_of_it(batch):
    batch.notes["entities"][0, 2:5] = 1.0
    batch.notes["entities_at"][0, 2:5] = 2
    chosen = torch.zeros_like(batch.words)
    chosen[0, 3] = True
    conceal(batch, chosen)
    assert not batch.notes["entities"][0, 2:5].any()


def test_masking_words_takes_what_is_known_of_them_away(batch, words):
    nouns = batch.notes["facts_of"].any(1)
    examine.prepare(batch, examine.tasks({"mlm": {"rate": 0.5, "kept": 1.0}}), words, 0, 0)
    hidden = ((batch.targets["mlm"] >= 0) & nouns).any(1)
    assert 0 < hidden.sum() < len(hidden)
    assert batch.notes["facts_with"].any((1, 2)).equal(~hidden)
    assert batch.notes["entities"].any((1, 2)).equal(~hidden)


def test_what_is_known_stays_with_its_caption(batch):
    rows = torch.tensor([3, 0])
    found = of_rows(batch, rows)
    assert set(found) == set(NOTES)
    assert all(found[name].equal(batch.notes[name][rows]) for name in NOTES)
