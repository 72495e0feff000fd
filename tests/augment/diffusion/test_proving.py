import pytest
from PIL import Image

from augment.diffusion import proving
from augment.diffusion.drawing import Over

GREEN = Image.new("RGB", (8, 8), (30, 160, 60))
PLACE = Over(Image.new("RGB", (8, 8), "white"), Image.new("L", (8, 8), 255))


def recipe(kind="object", becomes="horse"):
    return {"twin": {"kind": kind, "was": "x", "becomes": becomes, "margin": 0.2, "caption": "x"}}


@pytest.mark.parametrize(
    ("own", "other", "proven"),
    [(0.5, 0.2, True), (0.5, 0.31, False), (0.1, 0.6, False), (float("nan"), 0.1, False)],
)
def test_either_picture_must_be_nearer_to_its_own_caption_by_the_margin(own, other, proven):
    parent = proving.of_parent(recipe(), own, other)
    drawn = proving.of_drawn(recipe(), own, other, PLACE, GREEN)
    assert (parent is None, drawn is None) == (proven, proven)
    if not proven:
        assert (parent.reason, drawn.reason) == (proving.UNKNOWN, proving.UNPROVEN)
        assert f"{own:.3f}" in drawn.detail


@pytest.mark.parametrize(("colour", "proven"), [("green", True), ("blue", False)])
def test_a_colour_is_measured_on_what_was_drawn(colour, proven):
    doubt = proving.of_drawn(recipe("attribute", colour), 0.9, 0.1, PLACE, GREEN)
    assert (doubt is None) == proven
    if doubt is not None:
        assert doubt == (proving.MISCOLOURED, "blue, and 1.00 of it is green")


def test_what_lies_outside_the_mask_has_no_part_in_the_colour():
    picture = Image.new("RGB", (8, 8), "red")
    picture.paste((30, 160, 60), (0, 0, 4, 8))
    mask = Image.new("L", (8, 8), 0)
    mask.paste(255, (0, 0, 4, 8))
    given = Over(PLACE.parent, mask)
    assert proving.of_drawn(recipe("attribute", "green"), 0.9, 0.1, given, picture) is None
