import math

import pytest
import torch

from train.boxes import BOXES, corners_area, waves
from train.models import ernievil, imagebert, lxmert, uniter, vilbert, visualbert, vlbert


def test_boxes_become_their_corners_and_their_area():
    found = corners_area(torch.tensor([[0.25, 0.5, 0.75, 1.0], [0.0, 0.0, 1.0, 1.0]]))
    assert found.tolist() == [[0.25, 0.5, 0.75, 1.0, 0.25], [0.0, 0.0, 1.0, 1.0, 1.0]]


@pytest.mark.parametrize("name", BOXES)
def test_every_encoding_of_boxes_has_the_length_that_it_says(name):
    length, encode = BOXES[name]
    assert encode(torch.rand(2, 3, 4)).shape == (2, 3, length)


FURTHER = {"corners": [], "corners_area": [0.25], "corners_size_area": [0.5, 0.5, 0.25]}


@pytest.mark.parametrize(("name", "further"), FURTHER.items())
def test_corners_come_first(name, further):
    found = BOXES[name][1](torch.tensor([[0.25, 0.5, 0.75, 1.0]]))
    assert found.tolist() == [[0.25, 0.5, 0.75, 1.0, *further]]


def test_waves_are_sines_and_cosines_of_centre_and_size_in_percent():
    found = waves(torch.tensor([0.1, 0.2, 0.5, 0.8])).view(4, 2, 256)
    for part, percent in zip(found, (30.0, 50.0, 40.0, 60.0), strict=True):
        for k in (0, 100, 255):
            angle = percent / 1000 ** (k / 256)
            assert part[0, k].item() == pytest.approx(math.sin(angle), abs=1e-4)
            assert part[1, k].item() == pytest.approx(math.cos(angle), abs=1e-4)


@pytest.mark.parametrize(
    ("module", "length"),
    [
        (imagebert, 5),
        (vilbert, 5),
        (ernievil, 5),
        (uniter, 7),
        (lxmert, 4),
        (vlbert, 2048),
        (visualbert, 0),
    ],
)
def test_each_model_is_told_boxes_as_its_paper_tells_them(module, length):
    for size in module.RECIPE.sizes:
        plan = module.plan(module.Params(size=size))
        assert BOXES[plan.box][0] == length
