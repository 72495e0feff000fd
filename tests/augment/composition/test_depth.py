"""Places of one thing in front of another, or on it."""

import random

import numpy as np
import pytest
from PIL import Image, ImageDraw

from augment.composition import composing, depth
from augment.composition.cutouts import cut_out as cut
from tests.augment._things import COLOURS, cut_out

CANVAS = 256
RED, GREEN, BLUE = COLOURS.values()
BOX, BALL = cut(cut_out(RED, (90, 70), "rectangle")), cut(cut_out(BLUE, (70, 70)))


def plan(places):
    objects = [{"parent": number, "box": place} for number, place in enumerate(places)]
    return {"canvas": (CANVAS, CANVAS), "ground": (255, 255, 255), "objects": objects}


def draws():
    return [random.Random(number) for number in range(40)]


def test_what_is_in_front_covers_a_part_stands_lower_and_leaves_most_to_be_seen():
    planned = [depth.behind(BOX, BALL, CANVAS, draw) for draw in draws()]
    shown = [plan(p) for p in planned if p and depth.both_show(plan(p), [BOX, BALL])]
    assert len(shown) > 20
    for one in shown:
        composed = composing.compose(one, [BOX, BALL])
        back, front = composed.boxes
        assert front[3] > back[3]
        assert 0.6 < composed.visible[0] < 1
        assert composed.visible[1] == 1
        assert min(min(box) for box in composed.boxes) >= 0
        assert max(max(box) for box in composed.boxes) <= CANVAS


def test_what_is_of_the_colour_of_the_thing_behind_it_does_not_show():
    alike = cut(cut_out(RED, (70, 70)))
    planned = [p for draw in draws() if (p := depth.behind(BOX, alike, CANVAS, draw))]
    assert planned
    assert not any(depth.both_show(plan(p), [BOX, alike]) for p in planned)


def test_what_stands_beside_a_thing_is_not_in_front_of_it():
    apart = [(10, 10, 90, 70), (160, 150, 60, 60)]
    assert not depth.both_show(plan(apart), [BOX, BALL])


def test_a_thing_stands_on_the_flat_top_without_a_gap_and_without_covering_it():
    table = Image.new("RGBA", (100, 80), (0, 0, 0, 0))  # the left half of its top is level
    ImageDraw.Draw(table).polygon([(0, 0), (60, 0), (99, 60), (99, 79), (0, 79)], fill=(*RED, 255))
    brick = cut(cut_out(BLUE, (60, 60), "rectangle"))
    planned = [p for draw in draws() if (p := depth.standing(brick, table, CANVAS, draw))]
    assert len(planned) > 10
    for places in planned:
        thing, base = composing.compose(plan(places), [brick, table]).boxes
        assert abs(thing[3] - base[1]) <= 2
        assert thing[0] >= base[0] - 1
        assert thing[2] <= base[0] + 0.63 * (base[2] - base[0])


@pytest.mark.parametrize("shape", ["round", "slanted", "two towers"])
def test_nothing_stands_on_a_top_that_is_not_flat(shape):
    base = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    pen = ImageDraw.Draw(base)
    if shape == "round":
        pen.ellipse((0, 0, 99, 99), fill=(*RED, 255))
    elif shape == "slanted":
        pen.polygon([(0, 0), (99, 50), (99, 99), (0, 99)], fill=(*RED, 255))
    else:
        pen.rectangle((0, 0, 30, 99), fill=(*RED, 255))
        pen.rectangle((0, 60, 99, 99), fill=(*RED, 255))
        pen.rectangle((70, 0, 99, 99), fill=(*RED, 255))
    assert depth.flat_top(base) is None
    assert all(depth.standing(BOX, base, CANVAS, draw) is None for draw in draws())


def test_nothing_stands_on_a_pointed_foot():
    top = np.zeros((60, 60, 4), np.uint8)
    for row in range(60):
        top[row, row // 2 : 60 - row // 2] = (*BLUE, 255)
    assert depth.flat_top(Image.fromarray(top), turned=True) is None
    assert depth.flat_top(Image.fromarray(top)) == (0.0, 1.0, 0.0)
