import numpy as np
import pytest
from PIL import Image, ImageDraw

from align.regions.makers import proposals

SQUARE, DISC = (20, 30, 80, 90), (120, 110, 180, 170)  # pixels of 200 x 200


def scene(ground="#3a6", mode="RGB"):
    picture = Image.new(mode, (200, 200), ground)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((20, 30, 79, 89), "red")
    draw.ellipse((120, 110, 179, 169), "yellow", "black")
    return picture


def overlap(one, other):
    x1, y1 = np.maximum(one[:2], other[:2])
    x2, y2 = np.minimum(one[2:], other[2:])
    common = max(x2 - x1, 0) * max(y2 - y1, 0)
    areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (one, other)]
    return common / (sum(areas) - common)


def best(found, box):
    """Which of the boxes is the likest, and how like it is."""
    alike = [overlap(one, np.array(box) / 200) for one in found.boxes]
    return int(np.argmax(alike)), max(alike)


@pytest.mark.parametrize("ground", ["#3a6", "white", "black"])
def test_things_before_a_plain_ground_are_found_and_rank_before_all_of_them_together(ground):
    found = proposals.maker(proposals.Params())(scene(ground), None)
    for thing in (SQUARE, DISC):
        at, alike = best(found, thing)
        assert alike > 0.9
        assert found.scores[at] > 0.75
    at, alike = best(found, (20, 30, 180, 170))
    assert alike > 0.9
    assert found.scores[at] == pytest.approx(0.75)


def test_boxes_are_cut_from_the_picture_with_its_ground_made_white():
    shown = np.asarray(proposals.maker(proposals.Params())(scene(), None).shown)
    assert (shown[2:18, 2:18] == 255).all()
    assert tuple(shown[60, 50]) == (255, 0, 0)


def test_alpha_finds_a_white_thing_on_white():
    picture = Image.new("RGB", (200, 200), "white")
    alpha = np.zeros((200, 200), np.uint8)
    alpha[30:90, 20:80] = 255
    _, alike = best(proposals.maker(proposals.Params())(picture, alpha), SQUARE)
    assert alike > 0.9


def test_without_a_plain_ground_the_frame_and_what_edges_and_colours_tell_apart_are_proposed():
    picture = Image.new("RGB", (200, 200), "#3a6")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 199, 99), "#48c")
    draw.rectangle((60, 60, 139, 139), "red")
    find = proposals.maker(proposals.Params())
    found = find(picture, None)
    assert found.boxes[0].tolist() == [0, 0, 1, 1]
    assert best(found, (60, 60, 140, 140))[1] > 0.85
    assert np.array_equal(np.asarray(found.shown), np.asarray(picture))


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (700, 2), (541, 637)])
def test_a_picture_of_any_shape_has_a_box(size):
    clear = np.zeros(size[::-1], np.uint8)
    clear[: size[1] // 2] = 255
    for colour, alpha in (("white", None), ("red", None), ("red", clear)):
        found = proposals.maker(proposals.Params())(Image.new("RGB", size, colour), alpha)
        assert len(found.boxes) >= 1
        assert ((found.boxes >= 0) & (found.boxes <= 1)).all()


def test_a_picture_has_the_same_boxes_each_time():
    find = proposals.maker(proposals.Params())
    random = np.random.default_rng(1).integers(0, 255, (60, 90, 3), np.uint8)
    picture = Image.fromarray(random).resize((300, 200))
    first, again = find(picture, None), find(picture, None)
    assert np.array_equal(first.boxes, again.boxes)
    assert np.array_equal(first.scores, again.scores)
