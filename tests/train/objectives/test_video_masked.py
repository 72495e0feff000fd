import dataclasses

import torch

from tests._clips import clips_of
from tests._rates import assert_rate
from train import media_task
from train.notes.video import FRAMES, PLACES
from train.objectives import video_masked
from train.plan import Plan

PLAN = Plan(streams="joint 1", width=8, heads=2, inner=16, text_tokens=16, regions=4, video=True)


def test_whole_tubes_are_hidden_at_the_rate(words):
    batch = clips_of(30_000, side=2)
    video_masked.prepare(batch, words, video_masked.Params(rate=0.3), 0, 0)
    chosen = batch.targets["video_masked"]
    assert torch.equal(chosen, batch.notes["video_hidden"])
    tubes = chosen.view(-1, FRAMES, PLACES)
    assert (tubes == tubes[:, :1]).all()
    assert_rate(tubes[:, 0].sum(), 30_000 * PLACES, 0.3)
    assert batch.counts["video_masked"] == chosen.sum()


def test_nothing_is_hidden_of_what_is_muted_or_has_no_clip(words):
    batch = clips_of(400, side=2)
    batch.notes["video_frames"][:100] = 0
    media_task.ready(batch, dataclasses.replace(PLAN, muted=0.5), 0, 0)
    video_masked.prepare(batch, words, video_masked.Params(rate=1.0), 0, 0)
    hidden = batch.notes["video_hidden"].any(1)
    wanted = ~batch.notes["video_muted"]
    wanted[:100] = False
    assert torch.equal(hidden, wanted)
