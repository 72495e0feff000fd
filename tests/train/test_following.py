"""One text of two captions: how long each may be, where the second begins, what is known of it."""

import numpy as np
import pytest
import torch

from train.following import SENTENCE, TRANSLATION, Second, join, lay, placed

SAID = ["red " * 9, "red blue", "green"]
ROWS, SECONDS = np.array([0, 1, 2, 0]), np.array([1, 0, -1, 2])
WAYS = [TRANSLATION, SENTENCE]


@pytest.fixture
def captions(words):
    return words.encode(SAID, 24)


def own(captions, row):
    return captions.ids[captions.starts[row] : captions.starts[row + 1]].tolist()


@pytest.mark.parametrize("way", WAYS)
def test_two_captions_are_whole_where_no_limit_is_and_the_second_may_lose_its_start(
    captions, words, way
):
    ids, second = lay(captions, ROWS, SECONDS, way, words)
    for at, (row, other) in enumerate(zip(ROWS, SECONDS, strict=True)):
        wanted = own(captions, row)
        begin = len(wanted) if other >= 0 else ids.shape[1]
        wanted += own(captions, other)[not way.start :] if other >= 0 else []
        assert second.begin[at] == begin
        assert ids[at][ids[at] != words.pad].tolist() == wanted
    assert second.there(ids.shape[1]).tolist() == (SECONDS >= 0).tolist()


@pytest.mark.parametrize("limit", [6, 8, 9, 12])
@pytest.mark.parametrize("way", WAYS)
def test_the_longer_caption_loses_words_where_both_are_too_long(captions, words, way, limit):
    long, short = (captions.lengths()[:2] - 2).tolist()
    assert long > 6
    rows, seconds, special = np.array([0, 1]), np.array([1, 0]), 3 + way.start
    ids, second = lay(captions, rows, seconds, way._replace(limit=limit), words)
    there = ids != words.pad
    later = (torch.arange(ids.shape[1]) >= second.begin[:, None]) & there
    assert there.sum(1).tolist() == [min(limit, long + short + special)] * 2
    kept = later.sum(1) - (1 + way.start)
    assert kept[0] >= min(short, (limit - special) // 2)
    assert (ids == words.end).sum(1).tolist() == [2, 2]
    assert (ids == words.start).sum(1).tolist() == [1 + way.start] * 2


def test_captions_that_none_follows_are_as_long_as_the_longest(captions, words):
    ids, second = lay(captions, ROWS, np.full(4, -1), TRANSLATION, words)
    assert second is None
    assert np.array_equal(ids.numpy(), captions.padded(ROWS, words.pad))


@pytest.mark.parametrize("way", WAYS)
def test_a_unit_of_the_second_begins_at_its_own_first_token(captions, words, way):
    ids, second = lay(captions, ROWS, SECONDS, way, words)
    width = ids.shape[1]
    pairs = torch.arange(width) // 2 * 2  # two tokens make a unit, counted from the start token
    notes = {"words": pairs.expand(4, -1), "said": torch.arange(4)[:, None]}
    joined = join(notes, lambda: notes, second, width)
    for at, begin in enumerate(second.begin.tolist()):
        assert torch.equal(joined["words"][at, :begin], pairs[:begin])
        moved = pairs[not way.start :][: width - begin] + begin - (1 - way.start)
        assert torch.equal(joined["words"][at, begin:], moved)
    assert joined["said"][:, 0].tolist() == [-1, -1, 2, -1]


@pytest.mark.parametrize("way", WAYS)
def test_positions_go_on_or_start_anew_and_the_second_has_a_segment_of_its_own(way):
    second = Second(torch.tensor([3, 6]), way)
    at, segment = placed(6, second, 5)
    assert segment.tolist() == [[0, 0, 0, 1, 1, 1], [0] * 6]
    assert (at is None) == (not way.anew)
    if at is not None:
        assert at.tolist() == [[0, 1, 2, 0, 1, 2], [0, 1, 2, 3, 4, 4]]
