import dataclasses

import pytest
import torch

from curate.dataset.errors import ParamsError
from tests._clips import clips_of
from tests._rates import assert_rate
from tests._speech import batch_of
from train import media_task
from train.notes import belongs
from train.objectives import (
    sound_contrast,
    sound_masked,
    sound_match,
    video_contrast,
    video_masked,
    video_match,
)
from train.plan import Plan, Sizes

SIZES = Sizes(vocabulary=50, features=6, classes=4)
DEAF = Plan(streams="joint 1", width=8, heads=2, inner=16, text_tokens=16, regions=4)


@pytest.mark.parametrize("task", [sound_contrast, sound_match, sound_masked])
def test_a_task_on_sound_is_refused_to_a_plan_that_hears_none(task):
    with pytest.raises(ParamsError, match=r"objectives\.sound_.* hears .*sound: true"):
        task.Head(DEAF, SIZES)


@pytest.mark.parametrize("task", [video_contrast, video_match, video_masked])
def test_a_task_on_clips_is_refused_to_a_plan_that_watches_none(task):
    plan = dataclasses.replace(DEAF, objectives={"itc": {}})
    with pytest.raises(ParamsError, match=r"objectives\.video_.* watches clips.*video: true"):
        task.Head(plan, SIZES)


@pytest.mark.parametrize("task", [video_contrast, video_match])
def test_clips_are_set_against_sounds_by_a_model_that_also_hears(task):
    name = task.__name__.rpartition(".")[2]
    objectives = {"itc": {}, name: {"across": ["sound"]}}
    plan = dataclasses.replace(DEAF, video=True, objectives=objectives)
    with pytest.raises(ParamsError, match=r"hears .*sound: true"):
        task.Head(plan, SIZES)
    hears = dataclasses.replace(plan, sound=True)
    if task is video_contrast:
        with pytest.raises(ParamsError, match="space of the task sound_contrast; add it"):
            task.Head(hears, SIZES)
        hears = dataclasses.replace(hears, objectives={**objectives, "sound_contrast": {}})
    task.Head(hears, SIZES)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"streams": "text 1 | vision 1 | cross 1", "sound": True}, "joint layers"),
        ({"streams": "text 1 | vision 1 | cross 1", "video": True}, "regions and video, not"),
        ({"clip_crops": 0.5, "sound": True}, "set `video: true`"),
        ({"muted": 0.5}, "set `sound: true`"),
        ({"spec_augment": 0.5}, "set `sound: true`"),
    ],
)
def test_a_plan_that_cannot_hear_is_refused(changed, said):
    with pytest.raises(ParamsError, match=said):
        dataclasses.replace(DEAF, **changed)


def test_a_share_of_the_pairs_is_muted_the_same_each_time():
    batch = batch_of(100_000, 8)
    plan = dataclasses.replace(DEAF, sound=True, muted=0.3)
    assert not media_task.muted(batch, "sound").any()
    media_task.ready(batch, plan, 0, 5)
    first = media_task.muted(batch, "sound")
    media_task.ready(batch, plan, 0, 5)
    assert torch.equal(first, media_task.muted(batch, "sound"))
    assert_rate(first.sum(), len(first), 0.3)


def test_each_medium_is_left_out_by_itself():
    batch = batch_of(100_000, 8)
    batch.notes |= clips_of(1).notes
    batch.notes["video_frames"] = batch.notes["video_frames"].expand(100_000)
    media_task.ready(batch, dataclasses.replace(DEAF, sound=True, video=True, muted=0.3), 0, 5)
    sound, video = (media_task.muted(batch, name) for name in ("sound", "video"))
    assert_rate(video.sum(), len(video), 0.3)
    assert_rate((sound & video).sum(), len(video), 0.09)


def test_a_clip_belongs_to_its_picture_and_to_all_that_is_written_or_spoken_of_it():
    notes = {  # picture, wording, family
        "said": torch.tensor([[0, 0, 0], [0, 1, 0], [1, 2, 1], [2, 3, 0]]),
        "shown": torch.tensor([[0, 0, 0], [0, 1, 0], [1, 2, 1], [2, 3, 0]]),
        "video_frames": torch.tensor([8, 8, 8, 0]),
        "sound_frames": torch.tensor([0, 5, 5, 5]),
    }
    batch = type("Batch", (), {"notes": notes, "matched": torch.ones(4, dtype=torch.bool)})
    written = [[1, 1, 0, -1], [1, 1, 0, -1], [0, 0, 1, 0], [-1, -1, -1, -1]]
    for side in ("text", "image"):
        assert media_task.belongs(batch, "video", side).tolist() == written
    spoken = [[-1, *row[1:]] for row in written]
    assert media_task.belongs(batch, "video", "sound").tolist() == spoken
    notes["said"] = notes["said"][[2, 1, 0, 3]]  # captions of other pictures, spoken or not
    found = media_task.belongs(batch, "video", "text").tolist()
    assert found == [[0, 1, 1, -1], [0, 1, 1, -1], [1, 0, 0, 0], [-1, -1, -1, -1]]
    assert media_task.belongs(batch, "video", "image").tolist() == written


def test_the_same_words_belong_to_a_sound_and_others_of_its_picture_are_unclear():
    marks = [  # picture, wording, family
        [0, 0, 0],
        [0, 1, 0],  # another language
        [1, 0, 1],  # the same words of another picture
        [2, 2, 0],  # a picture that was made of the first
        [3, 3, 3],
        [-1, 4, 4],  # one of two captions
    ]
    found = belongs.worded(torch.tensor(marks))
    assert found.tolist() == [
        [1, -1, 1, -1, 0, -1],
        [-1, 1, 0, -1, 0, -1],
        [1, 0, 1, 0, 0, -1],
        [-1, -1, 0, 1, 0, -1],
        [0, 0, 0, 0, 1, -1],
        [-1, -1, -1, -1, -1, -1],
    ]
