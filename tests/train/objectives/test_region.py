"""Finding a region: right is what covers a right box by half, worked out by hand."""

import dataclasses

import numpy as np
import pyarrow as pa
import pytest
import torch
from torch.nn import functional as F

from curate.dataset.errors import DataError
from tests._learning import learnt
from train.batch import collate
from train.notes import right_regions
from train.objectives import region

HALF = [0.0, 0.0, 0.5, 0.5]  # the first of a grid of four regions
WIDE = [0.0, 0.0, 1.0, 0.45]  # 0.45 of each upper one: 0.225 of 0.475 together


def corpus_of(pairs, words, boxes):
    kind = pa.list_(pa.list_(pa.float32(), 4))
    examples = pa.table({"boxes": pa.array(boxes, kind)})
    own = dataclasses.replace(pairs, examples=examples, uids=pairs.uids[: len(boxes)])
    return dataclasses.replace(own, notes=(right_regions.read(own, words, 16, None, None),))


def ready(corpus, words, number):
    rows = np.arange(number)
    batch = collate(corpus, rows, rows, rows >= 0, words)
    region.prepare(batch, words, region.Params())
    return batch


def model_of(make_model, **params):
    none = {"mlm": None, "moc": None, "mrfr": None, "itm": None}
    return make_model(objectives={"region": params, **none})


def test_a_region_is_right_from_half_of_what_both_cover(pairs, words):
    grid = pairs.regions.boxes[pairs.image[:2]]
    boxes = [[HALF], [WIDE, grid[1, 3].tolist()]]
    batch = ready(corpus_of(pairs, words, boxes), words, 2)
    first = [bool(np.allclose(box, HALF)) for box in grid[0]]
    assert batch.targets["region"][0].tolist() == first
    assert sum(first) == 1
    assert batch.targets["region"][1].tolist() == [False, False, False, True]
    assert batch.counts["region"] == 2
    assert region.by_lot(batch) == pytest.approx(0.5)


def test_losses_are_each_region_s_or_the_picture_s(pairs, words, make_model):
    batch = ready(corpus_of(pairs, words, [[HALF], [WIDE], [HALF]]), words, 3)
    batch.regions[2, 3] = False
    wanted = batch.targets["region"]
    for loss in ("binary", "softmax"):
        model = model_of(make_model, loss=loss)
        head, states = model.heads["region"], model.states(batch)
        logits, score = head.logits(states, batch), head(states, batch)
        assert logits[2, 3] == -torch.inf
        if loss == "binary":
            told = (logits[:2].flatten(), wanted[:2].flatten().float())
            expected = F.binary_cross_entropy_with_logits(*told, reduction="sum")
            last = F.binary_cross_entropy_with_logits(
                logits[2, :3], wanted[2, :3].float(), reduction="sum"
            )
            expected = expected + last
        else:
            expected = -F.log_softmax(logits[[0, 2]], 1)[wanted[[0, 2]]].sum()
        assert torch.allclose(score.loss, expected)
        assert score.figure == wanted[range(3), logits.argmax(1)].sum()
        score.loss.backward()
        assert all(torch.isfinite(p.grad).all() for p in head.parameters())


def test_boxes_are_told_the_likeliest_first_and_none_that_is_not_there(pairs, words):
    corpus = corpus_of(pairs, words, [[HALF]] * 2)
    logits = np.array([[0.1, 3.0, -1.0, 2.0], [0.0, -np.inf, 1.0, -np.inf]])
    there = corpus.regions.present.copy()
    there[corpus.image[1]] = [True, False, True, False]
    corpus = dataclasses.replace(corpus, regions=dataclasses.replace(corpus.regions, present=there))
    found = region.told(logits, corpus, np.array([0, 1]), None)
    grid = corpus.regions.boxes[corpus.image[:2]]
    assert np.array_equal(found[0], grid[0][[1, 3, 0, 2]])
    assert np.array_equal(found[1], grid[1][[2, 0]])


def test_where_a_thing_is_is_learnt(pairs, words, make_model):
    boxes = [[pairs.regions.boxes[pairs.image[row], row % 4].tolist()] for row in range(6)]
    batch = ready(corpus_of(pairs, words, boxes), words, 6)
    model = model_of(make_model)
    assert learnt(model, batch, "region", 200).figure == 6


def test_an_example_without_a_box_is_told(pairs, words):
    with pytest.raises(DataError, match="has no box, which the objective region looks for"):
        corpus_of(pairs, words, [[HALF], []])
