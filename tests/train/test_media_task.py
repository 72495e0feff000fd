import dataclasses

import pytest
import torch

from curate.dataset.errors import ParamsError
from tests._rates import assert_rate
from tests._speech import batch_of
from train import media_task
from train.notes import belongs
from train.objectives import sound_contrast, sound_masked, sound_match
from train.plan import Plan, Sizes

SIZES = Sizes(vocabulary=50, features=6, classes=4)
DEAF = Plan(streams="joint 1", width=8, heads=2, inner=16, text_tokens=16, regions=4)


@pytest.mark.parametrize("task", [sound_contrast, sound_match, sound_masked])
def test_a_task_on_sound_is_refused_to_a_plan_that_hears_none(task):
    with pytest.raises(ParamsError, match=r"objectives\.sound_.* hears .*sound: true"):
        task.Head(DEAF, SIZES)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"streams": "text 1 | vision 1 | cross 1", "sound": True}, "joint layers"),
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
