import dataclasses
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from curate.dataset.errors import ParamsError
from train.batches import Batches
from train.medium import Read
from train.objectives import States, itc, needs, sound_contrast
from train.params import Sampling
from train.plan import Plan, Sizes

TASKS = {"itc": {}, "sound_contrast": {}}
PLAN = Plan(
    streams="joint 1",
    width=8,
    heads=2,
    inner=16,
    text_tokens=16,
    regions=4,
    sound=True,
    objectives=TASKS,
)
SIZES = Sizes(vocabulary=50, features=6, classes=4)


def heads(**params):
    plan = dataclasses.replace(PLAN, objectives={"itc": {}, "sound_contrast": params})
    torch.manual_seed(0)
    found = nn.ModuleDict(
        {"itc": itc.Head(plan, SIZES), "sound_contrast": sound_contrast.Head(plan, SIZES)}
    )
    found["sound_contrast"].bind(found)
    return found


def states_of(heard):
    number = len(heard)
    torch.manual_seed(1)
    sides = torch.randn(number, 3, 8), torch.randn(number, 4, 8)
    there = torch.tensor(heard)[:, None] & torch.ones(number, 5, dtype=torch.bool)
    sounds = torch.randn(number, 5, 8)
    shown = torch.ones(number, 4, dtype=torch.bool)
    read = Read(sounds, torch.zeros(number, 5, 1), there, alone=sounds)
    return States(
        *sides, torch.zeros(1), torch.zeros(1), alone=sides, shown=shown, media={"sound": read}
    )


def batch_of(*answers):
    return type("Batch", (), {"targets": {"sound_contrast": torch.stack(answers)}, "notes": {}})


def logits(found, states, rows):
    captions, pictures = found["itc"].vectors(states.alone, states.shown)
    heard = states.media["sound"]
    sounds = found["sound_contrast"].vectors(heard.alone[rows], heard.there[rows])
    return sounds @ captions.T / 0.07, sounds @ pictures.T / 0.07


def test_with_one_answer_each_the_loss_is_itcs_of_sounds_with_each_other_sense():
    found, states = heads(), states_of([True] * 6)
    eye = torch.eye(6, dtype=torch.long)
    score = found["sound_contrast"](states, batch_of(eye, eye))
    ways = [way for side in logits(found, states, slice(None)) for way in (side, side.T)]
    wanted = sum(F.cross_entropy(way, torch.arange(6), reduction="sum") for way in ways)
    torch.testing.assert_close(score.loss, wanted)
    assert score.figure == sum((way.argmax(1) == torch.arange(6)).sum() for way in ways)


def test_a_pair_without_sound_is_no_sound_and_still_to_be_chosen_among():
    found, states = heads(across=("text",)), states_of([True, True, False, True])
    eye = torch.eye(4, dtype=torch.long)
    eye[2] = -1
    score = found["sound_contrast"](states, batch_of(eye))
    rows = torch.tensor([0, 1, 3])
    side, _ = logits(found, states, rows)
    wanted = F.cross_entropy(side, rows, reduction="sum")
    wanted = wanted + F.cross_entropy(side.T[rows], torch.arange(3), reduction="sum")
    torch.testing.assert_close(score.loss, wanted)
    torch.testing.assert_close(score.pairs[:, 0].sum(), wanted.detach())
    assert score.pairs[:, 1].tolist() == [2, 2, 0, 2]
    score.loss.backward()
    assert all(torch.isfinite(w.grad).all() for w in found["sound_contrast"].parameters())


def test_where_nothing_is_spoken_there_is_no_loss():
    found, states = heads(), states_of([False] * 3)
    none = torch.full((3, 3), -1)
    score = found["sound_contrast"](states, batch_of(none, none))
    assert score.loss == score.figure == 0
    assert score.pairs.tolist() == [[0, 0]] * 3
    score.loss.backward()


def test_targets_are_of_the_spoken_pairs_and_each_counts_both_ways(listened, words):
    corpus = listened(*needs(TASKS)[:-1])
    batches = Batches(corpus, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    batch = batches.make(0, np.arange(24), wrong=False)
    sound_contrast.prepare(batch, words, sound_contrast.Params(), 0)
    heard = batch.notes["sound_frames"] > 0
    text, image = batch.targets["sound_contrast"]
    assert (text[~heard] == -1).all()
    assert (image[~heard] == -1).all()
    assert torch.equal(text[heard] == 1, torch.eye(24, dtype=torch.bool)[heard])
    same = torch.from_numpy(corpus.image[:24][:, None] == corpus.image[:24])
    assert torch.equal(image[heard] == 1, same[heard])
    assert (text[heard][same[heard] & (text[heard] != 1)] == -1).all()  # in German
    pictures = int(same[heard].any(0).sum())
    assert batch.counts["sound_contrast"] == 3 * int(heard.sum()) + pictures


def test_the_temperature_has_a_least():
    head = heads(least=0.02)["sound_contrast"]
    nn.init.constant_(head.scale, 99.0)
    states = states_of([True] * 2)
    head(states, batch_of(*[torch.eye(2, dtype=torch.long)] * 2))
    assert head.scale.item() == pytest.approx(-math.log(0.02))


def test_without_itc_there_is_no_space_to_compare_in():
    plan = dataclasses.replace(PLAN, objectives={"sound_contrast": {}})
    with pytest.raises(ParamsError, match="task itc; add it"):
        sound_contrast.Head(plan, SIZES)
