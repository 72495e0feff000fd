import dataclasses

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from train.batches import Batches
from train.medium import Read
from train.objectives import States, itc, needs, sound_contrast, video_contrast
from train.params import Sampling
from train.plan import Plan, Sizes

TASKS = {"itc": {}, "sound_contrast": {}, "video_contrast": {"across": ["image", "sound"]}}
PLAN = Plan(
    streams="joint 1",
    width=8,
    heads=2,
    inner=16,
    text_tokens=16,
    regions=4,
    sound=True,
    video=True,
    objectives=TASKS,
)
SIZES = Sizes(vocabulary=50, features=6, classes=4)


def read_of(there):
    states = torch.randn(len(there), 5, 8)
    shown = torch.tensor(there)[:, None] & torch.ones(len(there), 5, dtype=torch.bool)
    return Read(states, torch.zeros(len(there), 5, 1), shown, alone=states)


def test_the_loss_is_itcs_of_clips_with_pictures_and_with_the_sounds_that_there_are():
    torch.manual_seed(0)
    modules = {"itc": itc, "sound_contrast": sound_contrast, "video_contrast": video_contrast}
    heads = nn.ModuleDict({name: module.Head(PLAN, SIZES) for name, module in modules.items()})
    for name in ("sound_contrast", "video_contrast"):
        heads[name].bind(heads)
    sides = torch.randn(4, 3, 8), torch.randn(4, 4, 8)
    media = {
        "video": read_of([True, True, True, False]),
        "sound": read_of([True, True, False, True]),
    }
    shown, none = torch.ones(4, 4, dtype=torch.bool), torch.zeros(1)
    states = States(*sides, none, none, alone=sides, shown=shown, media=media)
    eye = torch.eye(4, dtype=torch.long)
    images, sounds = eye.clone(), eye.clone()
    images[3] = sounds[3] = sounds[:, 2] = -1  # no clip; no sound
    targets = {"video_contrast": torch.stack([images, sounds])}
    score = heads["video_contrast"](states, type("Batch", (), {"targets": targets, "notes": {}}))
    clips, heard = (
        heads[f"{name}_contrast"].vectors(media[name].alone, media[name].there)
        for name in ("video", "sound")
    )
    _, pictures = heads["itc"].vectors(sides, shown)
    seen = clips[:3] @ pictures.T / 0.07
    wanted = F.cross_entropy(seen, torch.arange(3), reduction="sum")
    wanted = wanted + F.cross_entropy(seen.T[:3], torch.arange(3), reduction="sum")
    each = clips[:3] @ heard[[0, 1, 3]].T / 0.07
    wanted = wanted + F.cross_entropy(each[:2], torch.arange(2), reduction="sum")
    wanted = wanted + F.cross_entropy(each.T[:2], torch.arange(2), reduction="sum")
    torch.testing.assert_close(score.loss, wanted)
    score.loss.backward()
    grads = [weight.grad for weight in heads["video_contrast"].parameters()]
    assert all(torch.isfinite(grad).all() for grad in grads)


def test_targets_are_of_the_clips_and_each_counts_both_ways(shown, words):
    plain = {"itc": {}, "video_contrast": {}}
    assert needs(plain) == ("belongs", "video")
    assert needs(TASKS) == ("belongs", "sound", "video")
    corpus = shown("belongs")
    batches = Batches(corpus, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    batch = batches.make(0, np.arange(24), wrong=False)
    video_contrast.prepare(batch, words, video_contrast.Params())
    moving = batch.notes["video_frames"] > 0
    same = torch.from_numpy(corpus.image[:24][:, None] == corpus.image[:24])
    for side in batch.targets["video_contrast"]:
        assert (side[~moving] == -1).all()
        assert torch.equal(side[moving] == 1, same[moving])
    found = int(moving.sum()) + int(same[moving].any(0).sum())
    assert batch.counts["video_contrast"] == 2 * found


def test_a_head_without_sounds_asks_for_none():
    plan = dataclasses.replace(PLAN, sound=False, objectives={"itc": {}, "video_contrast": {}})
    assert video_contrast.Head(plan, SIZES).params.across == ("text", "image")
