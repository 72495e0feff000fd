import dataclasses
from itertools import islice

import numpy as np
import pytest
import torch

from curate.contrastive import batches, views, vocabulary
from curate.contrastive.recipe import Training

TRAINING = Training(
    epochs=4,
    batch=2,
    rate=1e-3,
    warm_up=0.1,
    decay=0.0,
    words=1.0,
    first_size=8,
    last=0.25,
    zoom=0.8,
    jitter=0.1,
    caption=8,
    split=0.0,
    main_share=1.0,
    precision="fp32",
    seed=0,
)


@pytest.fixture
def examples():
    """Five pictures in four groups; all have word 0, each one of its own."""
    captions = [views.Captions([[10 + i]], []) for i in range(5)]
    words = [[0, 1 + i] for i in range(5)]
    return batches.Examples(
        pictures=torch.arange(5, dtype=torch.uint8).view(5, 1, 1, 1).expand(5, 3, 16, 16) * 50,
        captions=captions,
        words=words,
        spelled=[[9], *([10 + i] for i in range(5))],
        groups=np.array([3, 1, 3, 0, 7]),
        parts={10 + i: (20 + i, 30 + i) for i in range(5)},
    )


def test_an_epoch_sees_one_picture_of_each_group():
    groups = np.array([3, 1, 3, 3, 7])
    order = batches.ordered(batches.members(groups), np.random.default_rng(0))
    for _ in range(10):
        assert sorted(groups[list(islice(order, 3))]) == [1, 3, 7]
    assert set(islice(order, 60)) == {0, 1, 2, 3, 4}


def test_there_are_as_many_batches_as_the_epochs_need_and_the_last_ones_are_large(examples):
    made = batches.Batches(examples, TRAINING, size=12)
    assert (made.steps, made.size) == (8, 2)
    assert [batch.seen.shape[-1] for batch in made] == [8] * 6 + [12] * 2


def test_a_batch_holds_no_more_than_there_are_groups(examples):
    made = batches.Batches(examples, dataclasses.replace(TRAINING, batch=64), size=12)
    assert (made.steps, made.size) == (4, 4)


def test_the_same_seed_gives_the_same_batches(examples):
    for one, two in zip(*(batches.Batches(examples, TRAINING, 12) for _ in range(2)), strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


def test_captions_are_split_into_smaller_tokens_where_that_is_asked_for(examples):
    split = dataclasses.replace(TRAINING, split=1.0)
    for whole, apart in zip(
        batches.Batches(examples, TRAINING, 12), batches.Batches(examples, split, 12), strict=True
    ):
        rows = apart.tokens.tolist()
        assert all(row[1:3] == [row[1], row[1] + 10] and row[1] in range(20, 25) for row in rows)
        assert (whole.tokens[:, 1] < 20).all()
        assert (apart.spelled < 20).all()  # single words are asked for as they are


def test_each_picture_is_told_by_words_it_has_and_the_rare_ones_weigh_more(examples):
    for batch in batches.Batches(examples, TRAINING, 12):
        words = [row[row > vocabulary.MASK].tolist() for row in batch.spelled]
        for tokens, present in zip(batch.tokens, batch.present, strict=True):
            (own,) = tokens[tokens > vocabulary.MASK].tolist()
            has = {tuple(word) for word, weight in zip(words, present, strict=True) if weight > 0}
            assert has == {(9,), (own,)}
            assert present[words.index([own])] > present[words.index([9])] > 0


def test_rarity_counts_groups_not_pictures(examples):
    rarity = batches.rarity(examples)
    assert rarity[1] == rarity[2] == rarity[5]  # each in one group
    assert rarity[0] == min(rarity) > 0


def test_rows_of_one_group_or_one_caption_are_alike():
    groups = torch.tensor([1, 1, 2, 3])
    tokens = torch.tensor([[5, 6], [7, 8], [7, 8], [9, 9]])
    expected = torch.eye(4, dtype=torch.bool)
    expected[0, 1] = expected[1, 0] = expected[1, 2] = expected[2, 1] = True
    assert torch.equal(batches.same(groups, tokens), expected)
