import dataclasses

import numpy as np
import torch

from tests._clips import clips_of
from tests._rates import assert_rate
from train import clip_crops
from train.notes.video import FRAMES, SIDE


def distorted(batch, share, *purpose):
    other = dataclasses.replace(batch, notes=dict(batch.notes))
    clip_crops.distort(other, share, *purpose)
    return [other.notes[name] for name in ("video", "video_times", "video_frames")]


def test_draws_fix_what_is_distorted_and_a_share_of_none_changes_nothing():
    batch = clips_of(16)
    first, again = (distorted(batch, 1.0, 0, 3) for _ in range(2))
    assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))
    assert not torch.equal(first[1], distorted(batch, 1.0, 0, 4)[1])
    given = [batch.notes[name] for name in ("video", "video_times", "video_frames")]
    same = distorted(batch, 0.0, 0, 3)
    assert all(torch.equal(one, other) for one, other in zip(same, given, strict=True))


def test_a_share_is_distorted_and_the_others_and_those_without_a_clip_stay():
    batch = clips_of(101_000, side=4)
    batch.notes["video_frames"][:1000] = 0
    video, times, frames = distorted(batch, 0.3, 0, 0)
    changed = (times != batch.notes["video_times"]).any(1) | (frames < FRAMES)
    assert_rate(changed[1000:].sum(), 100_000, 0.3)
    assert (frames[:1000] == 0).all()
    same = torch.nonzero(~changed[1000:]).flatten() + 1000
    assert torch.equal(video[same], batch.notes["video"][same])


def test_frames_at_the_ends_are_left_out_and_what_is_left_follows_as_before(monkeypatch):
    monkeypatch.setattr(clip_crops, "NEAR", 0.0)
    batch = clips_of(200)
    whole = batch.notes["video"]
    video, times, frames = distorted(batch, 1.0, 0, 0)
    assert set(frames.tolist()) == {5, 6, 7, 8}
    firsts = set()
    for one, clip, seconds, number in zip(video, whole, times, frames.tolist(), strict=True):
        (first,) = (at for at in range(FRAMES) if torch.equal(one[0], clip[at]))
        firsts.add(first)
        assert torch.equal(one[:number], clip[first : first + number])
        assert (one[number:] == 0).all()
        assert (seconds[number:] == 0).all()
        steps = seconds[:number].diff()
        torch.testing.assert_close(steps, steps[:1].expand(number - 1), atol=1e-6, rtol=0)
        assert 0.1 * (1 - clip_crops.PACE) <= steps[0] <= 0.1 * (1 + clip_crops.PACE)
    assert firsts == {0, 1, 2, 3}


def test_of_all_frames_the_same_square_is_seen_as_large_as_before():
    video = torch.zeros(1, 2, 3, SIDE, SIDE, dtype=torch.uint8)
    video[..., SIDE // 2 :] = 200
    half = torch.tensor([[1.0, 0.5, 0.5]])  # in the middle, NEAR of the side left out
    found = clip_crops._nearer(video, half)
    assert torch.equal(found[0, 0], found[0, 1])
    assert (found[..., : SIDE // 2 - 1] == 0).all()
    assert (found[..., SIDE // 2 + 1 :] == 200).all()
    right = clip_crops._nearer(video, torch.tensor([[1.0, 1.0, 0.5]]))
    light = (right[0, 0, 0, 0] == 200).double().mean().item()
    assert np.isclose(light, 0.5 / (1 - clip_crops.NEAR), atol=1 / SIDE)
