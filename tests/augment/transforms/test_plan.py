import pytest

from augment.layout import Layout
from augment.transforms.plan import plan, shrink

PHOTO, CUT_OUT = Layout(None, 0.0), Layout((250, 250, 250), 0.1)


def drawn(name, layout=PHOTO, **arguments):
    """Steps of fifty recipes of one transform."""
    specs = {name: {"p": 1.0, **arguments}}
    recipes = (plan("photometric", "picture", i, [name], specs, layout) for i in range(50))
    return [recipe["transforms"][0] for recipe in recipes]


def test_kernels_have_odd_sizes_and_all_of_a_range():
    assert {tuple(s["blur_limit"]) for s in drawn("MotionBlur", blur_limit=[3, 7])} == {
        (3, 3),
        (5, 5),
        (7, 7),
    }


def test_an_argument_that_takes_one_number_gets_one():
    assert all(0 <= s["scale"] <= 0.1 for s in drawn("RandomToneCurve", scale=[0.0, 0.1]))


def test_fixed_arguments_are_in_the_recipe():
    assert {s["mode"] for s in drawn("Spatter", intensity=[0.1, 0.2])} == {"rain"}


@pytest.mark.parametrize(
    ("layout", "filling"),
    [(PHOTO, {"border_mode": 4}), (CUT_OUT, {"border_mode": 0, "fill": [250, 250, 250]})],
)
def test_what_is_uncovered_is_filled_as_the_layout_asks(layout, filling):
    for step in drawn("SafeRotate", layout, limit=[-10.0, 10.0]):
        assert filling.items() <= step.items()
    assert not {"fill", "border_mode"} & set(drawn("GaussianBlur", layout, sigma_limit=1.0)[0])


def test_only_what_is_larger_is_shrunk():
    assert shrink((256, 100, 3), 256) == []
    assert shrink((257, 100, 3), 256)[0]["max_size"] == 256
