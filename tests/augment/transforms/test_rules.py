import inspect

import numpy as np
import pytest

from augment.layout import Layout
from augment.transforms import plan
from augment.transforms.apply import apply
from augment.transforms.rules import REFUSED, RULES, check_arguments, rule
from curate.dataset.errors import ParamsError

GREY = (128, 128, 128)


@pytest.fixture(scope="module")
def scene():
    """(H, W, 3): an object of many colours on a grey ground, with a margin of a quarter."""
    y, x = np.mgrid[0:64, 0:96]
    picture = np.full((64, 96, 3), 128, np.uint8)
    waves = [127 + 120 * np.sin(x / a + y / b) for a, b in ((9, 23), (17, 11), (31, 7))]
    picture[16:48, 24:72] = np.stack(waves, axis=2).astype(np.uint8)[16:48, 24:72]
    return picture


@pytest.fixture(scope="module")
def mask():
    """(H, W): where that object is."""
    shown = np.zeros((64, 96), np.uint8)
    shown[16:48, 24:72] = 255
    return shown


def drawn(name, ends=(0, 1), index=0):
    """A recipe of one transform whose arguments are drawn between the ends of its bounds."""
    spec = {"p": 1.0}
    for argument, bounds in RULES[name].bounds.items():
        spec[argument] = [bounds[end] for end in ends]
    return plan.plan("photometric", "picture", index, [name], {name: spec}, Layout(GREY, 0.25))


def test_every_public_transform_of_albumentations_has_a_rule_or_a_reason_why_not():
    import albumentations
    from albumentations.core import transforms_interface as bases

    classes = dict(inspect.getmembers(albumentations, inspect.isclass))
    base = {bases.BasicTransform, bases.ImageOnlyTransform, bases.DualTransform}
    base.add(bases.Transform3D)
    public = {n for n, c in classes.items() if issubclass(c, bases.BasicTransform)}
    public -= {c.__name__ for c in base}
    assert set(RULES) | set(REFUSED) == public
    assert not set(RULES) & set(REFUSED)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("ends", [(0, 0), (1, 1), (0, 1)], ids=["least", "greatest", "between"])
@pytest.mark.parametrize("name", sorted(set(RULES) - {"LongestMaxSize"}))
def test_a_transform_works_within_the_bounds_of_its_rule_and_again_the_same(name, ends, scene):
    recipe = drawn(name, ends)
    first, again = apply(recipe, scene), apply(recipe, scene)
    assert first.pixels.dtype == np.uint8
    assert first.pixels.ndim == 3
    assert np.array_equal(first.pixels, again.pixels)


@pytest.mark.parametrize("name", sorted(set(RULES) - {"LongestMaxSize"}))
def test_a_mask_goes_where_the_object_goes_and_changes_no_pixel(name, scene, mask):
    for index in range(3):
        recipe = drawn(name, index=index)
        alone, masked = apply(recipe, scene), apply(recipe, scene, mask)
        assert np.array_equal(alone.pixels, masked.pixels)
        assert masked.mask.shape == masked.pixels.shape[:2]
        same = masked.mask.shape == mask.shape and np.array_equal(masked.mask, mask)
        assert same or RULES[name].boxes != "unaffected" or name == "RandomScale"


@pytest.mark.parametrize("name", [n for n, r in RULES.items() if r.boxes != "unaffected"])
def test_boxes_from_moved_masks_hold_the_pixels_of_the_object(name, scene, mask):
    for index in range(4):
        made = apply(drawn(name, index=index), scene, mask)
        strange = np.abs(made.pixels.astype(int) - 128).max(axis=2) > 40
        rows, columns = (np.flatnonzero(strange.any(axis=a)) for a in (1, 0))
        held = [np.flatnonzero((made.mask > 127).any(axis=a)) for a in (1, 0)]
        for seen, known in zip((rows, columns), held, strict=True):
            assert seen[0] >= known[0] - 2
            assert seen[-1] <= known[-1] + 2
            assert abs(seen[-1] - seen[0] - (known[-1] - known[0])) <= 8


@pytest.mark.parametrize("name", ["VerticalFlip", "CoarseDropout", "Morphological", "Lambda"])
def test_a_refused_transform_says_why_and_names_those_that_have_a_rule(name):
    with pytest.raises(ParamsError, match=f"{name} has no caption rule: it .*GaussNoise"):
        rule(name)


def test_an_unknown_transform_is_refused():
    with pytest.raises(ParamsError, match="Sparkle has no caption rule: captions could become"):
        rule("Sparkle")


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("Rotate", {"limit": [-90, 90]}, "limit is .*-12 to 12"),
        ("Rotate", {"limit": [5, -5]}, "limit is"),
        ("Rotate", {"limit": "wide"}, "limit is"),
        ("Rotate", {}, "Rotate needs limit"),
        ("Rotate", {"limit": [-5, 5], "fill": 0}, "takes no other"),
        ("Blur", {"blur_limit": [3, 4]}, "takes odd numbers"),
        ("LongestMaxSize", {}, "longest_side does"),
        ("HueSaturationValue", {"hue_shift_limit": [-8, 8]}, "needs hue_shift_limit, sat"),
    ],
)
def test_arguments_beyond_what_a_rule_was_found_to_hold_for_are_refused(name, arguments, message):
    with pytest.raises(ParamsError, match=message):
        check_arguments(name, arguments, "make.photometric.transforms.x")
