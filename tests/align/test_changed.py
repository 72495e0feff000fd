import io
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image, ImageDraw

from align import changed
from curate.dataset import sets


def encoded(image, encoding="PNG", **options):
    out = io.BytesIO()
    image.save(out, encoding, **options)
    return out.getvalue()


def shape(side=120):
    image = Image.new("RGB", (side, side), "white")
    corners = [(0.1, 0.2), (0.7, 0.1), (0.9, 0.5), (0.4, 0.5), (0.3, 0.9)]
    ImageDraw.Draw(image).polygon([(x * side, y * side) for x, y in corners], fill="navy")
    return image


def disc(colour, ground):
    image = Image.new("RGB", (256, 256), ground)
    ImageDraw.Draw(image).ellipse((100, 100, 156, 156), fill=colour)
    return image


SHAPE = shape()
PARAMS = yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text("utf-8"))
LEAST = PARAMS["filter_made"]["rules"]["changed"]["at_least"]


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (encoded(SHAPE), True),
        (encoded(SHAPE, "JPEG", quality=95), True),
        (encoded(SHAPE.resize((60, 60), Image.Resampling.BOX)), True),
        (encoded(SHAPE.transpose(Image.Transpose.FLIP_LEFT_RIGHT)), False),
        (encoded(SHAPE.rotate(8, fillcolor="white")), False),
        (encoded(SHAPE.convert("L")), False),
    ],
)
def test_what_is_encoded_anew_is_the_same_picture_and_what_is_turned_or_recoloured_is_not(
    other, same
):
    assert (changed.difference(other, encoded(SHAPE)) < LEAST) == same


def test_grain_that_a_codec_smooths_is_no_change():
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:320, :320]
    light = 128 + 60 * np.sin(x / 40) + 40 * np.cos(y / 23)
    grain = light[..., None] + rng.normal(0, 4, (320, 320, 3))
    photograph = Image.fromarray(np.clip(grain, 0, 255).astype(np.uint8))
    for quality in (92, 75, 55):
        other = encoded(photograph, "JPEG", quality=quality)
        assert changed.difference(other, encoded(photograph)) < LEAST


@pytest.mark.parametrize("ground", ["white", "grey"])
def test_a_small_thing_that_is_recoloured_is_a_change(ground):
    before, after = (disc(colour, ground) for colour in ((120, 60, 200), (140, 80, 200)))
    assert changed.difference(encoded(after), encoded(before)) >= 2 * LEAST


def test_only_made_pairs_with_a_picture_of_their_own_are_judged(project, write_set):
    write_set(Path("pool"), [(encoded(SHAPE), "en", "a shape")])
    flipped = encoded(SHAPE.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    write_set(Path("made"), [(flipped, "en", "a shape"), (flipped, "de", "eine Form")])
    (parent,) = sets.located([Path("pool")]).to_pylist()
    made = [{**row, "parent": parent["uid"]} for row in sets.located([Path("made")]).to_pylist()]
    told = {**parent, "uid": "new", "caption": "that shape", "parent": parent["uid"]}
    found = changed.judge([*made, told], {parent["uid"]: parent})
    assert found.keys() == {row["uid"] for row in made}
    assert min(found.values()) > LEAST
