import random

import pytest

from augment.composition import composing, placing


def boxes(places):
    return [(x, y, x + w, y + h) for x, y, w, h in places]


def apart(a, b):
    return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


@pytest.mark.parametrize("axis", [0, 1])
def test_what_is_placed_in_line_is_plainly_beside_or_above_and_inside(axis):
    draw = random.Random(0)
    relation = ("left of", "above")[axis]
    for _ in range(200):
        shapes = [(draw.randint(50, 300), draw.randint(50, 300)) for _ in "ab"]
        sizes = [placing.scaled(shape, draw.uniform(0.17, 0.45), 256) for shape in shapes]
        placed = placing.in_line(sizes[0], sizes[1], axis, 256, draw)
        assert placed is not None
        first, second = boxes(placed)
        assert (0, relation, 1) in composing.relations([first, second], 256)
        assert min(first + second) >= 0
        assert max(first + second) <= 256


def test_there_is_no_room_for_what_is_too_long():
    assert placing.in_line((150, 50), (100, 50), 0, 256, random.Random(0)) is None
    assert placing.in_line((50, 250), (50, 50), 0, 256, random.Random(0)) is None


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6])
def test_scattered_objects_lie_apart_inside_the_canvas_and_vary_in_size(number):
    draw = random.Random(number)
    for _ in range(100):
        shapes = [(draw.randint(50, 300), draw.randint(50, 300))] * number
        found = boxes(placing.scattered(shapes, (0.7, 1.0), 256, draw))
        assert len(found) == number
        assert all(apart(a, b) for i, a in enumerate(found) for b in found[:i])
        assert all(low >= 0 and high <= 256 for b in found for low, high in (b[::2], b[1::2]))
        assert number < 3 or len({b[2] - b[0] for b in found}) > 1


@pytest.mark.parametrize("axis", [0, 1])
def test_two_that_change_places_keep_their_span_their_gap_and_what_is_across(axis):
    draw = random.Random(1)
    for _ in range(50):
        sizes = [(draw.randint(20, 90), draw.randint(20, 90)) for _ in "ab"]
        places = placing.in_line(sizes[0], sizes[1], axis, 256, draw)
        turned = placing.swapped(places[0], places[1], axis)
        before, after = boxes(places), boxes(turned)
        assert after[1][axis] == before[0][axis]
        assert after[0][axis + 2] == before[1][axis + 2]
        assert after[0][axis] - after[1][axis + 2] == before[1][axis] - before[0][axis + 2]
        assert [b[1 - axis] for b in after] == [b[1 - axis] for b in before]
        assert placing.swapped(turned[0], turned[1], axis) == places


def test_another_object_takes_the_box_and_another_size_its_middle():
    place = (100, 80, 60, 40)
    assert placing.resized(place, (90, 60), None, 256) == place
    left, top, width, height = placing.resized(place, (50, 100), None, 256)
    assert (width, height) == (20, 40)
    assert (left + width / 2, top + height / 2) == (130, 100)
    left, top, width, height = placing.resized(place, (90, 60), 0.45, 256)
    assert (width, height) == (115, 77)
    assert abs(left + width / 2 - 130) <= 1
    assert min(placing.resized((0, 0, 30, 30), (60, 60), 0.4, 256)) >= 0
