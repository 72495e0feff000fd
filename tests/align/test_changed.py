import io
from pathlib import Path

import pytest
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


SHAPE = shape()


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
    assert (changed.difference(other, encoded(SHAPE)) < 1) == same


def test_only_made_pairs_with_a_picture_of_their_own_are_judged(project, write_set):
    write_set(Path("pool"), [(encoded(SHAPE), "en", "a shape")])
    flipped = encoded(SHAPE.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    write_set(Path("made"), [(flipped, "en", "a shape"), (flipped, "de", "eine Form")])
    (parent,) = sets.located([Path("pool")]).to_pylist()
    made = [{**row, "parent": parent["uid"]} for row in sets.located([Path("made")]).to_pylist()]
    told = {**parent, "uid": "new", "caption": "that shape", "parent": parent["uid"]}
    found = changed.judge([*made, told], {parent["uid"]: parent})
    assert found.keys() == {row["uid"] for row in made}
    assert min(found.values()) > 1
