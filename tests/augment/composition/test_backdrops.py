"""Scenes before pictures that fill their frame."""

import io

import numpy as np
import pytest
from PIL import Image

from augment.composition.filling import filling
from augment.methods import compose
from curate.dataset import pixels, record
from curate.dataset.errors import ImageError
from curate.dataset.shards import ShardReader
from tests.augment._things import COLOURS, cut_out, pool

RED, GREEN, BLUE = COLOURS.values()


def encoded(image):
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def photo(size=(200, 160)):
    """A picture without ground: bright yellow and white patches."""
    draw = np.random.default_rng(0)
    patches = draw.integers(0, 2, (8, 10))[..., None] * np.array([20, 60, 150])
    patches = (np.array([255, 235, 160]) - patches).astype(np.uint8)
    return encoded(Image.fromarray(patches).resize(size, Image.Resampling.NEAREST))


THINGS = [
    (cut_out(RED), {"en": "A red apple.", "de": "Ein roter Apfel."}),
    (cut_out(BLUE, (50, 80), "rectangle"), {"en": "A horse.", "de": "Ein Pferd."}),
]


def composed(project, write_set, pictures, **params):
    rows, context = pool(project, write_set, pictures)
    wanted = {"per_image": 6, "counting": 0.0, "depth": 0.0, "backgrounds": 1.0, **params}
    return compose.make(rows, context, compose.Params(**wanted)), rows, context


def before(batch):
    """Made pictures whose recipe draws them before a picture."""
    return [m for m in batch.made if isinstance(m.captions[0].recipe["ground"], dict)]


def test_a_relation_is_told_before_a_picture_whose_pair_is_a_parent_and_that_shows_around_it(
    project, write_set
):
    batch, rows, context = composed(project, write_set, [*THINGS, (photo(), {"en": "A hut."})])
    made = before(batch)
    assert len(made) == batch.counts["backgrounds", "found"] > 6
    owner = {row["uid"]: row for row in rows.to_pylist()}
    behind = np.asarray(filling(photo(), 256)).astype(int)
    for one in made:
        shown = np.asarray(pixels.decode(one.data)).astype(int)
        around = np.ones(shown.shape[:2], bool)
        for item in one.captions[0].recipe["objects"]:
            left, top, width, height = item["box"]
            around[max(0, top - 8) : top + height + 8, max(0, left - 8) : left + width + 8] = False
        assert np.median(np.abs(shown - behind)[around]) < 12
        for caption in one.captions:
            held = [owner[uid] for uid in (caption.parent, *caption.others)]
            assert [row["image"] for row in held] == caption.recipe["images"]
            assert held[-1]["caption"] == "A hut."
            assert "hut" not in caption.caption
            with ShardReader("pool") as reader:
                data = [reader.read(r["shard"], r["offset"], r["size"]) for r in held]
            assert compose.remake(caption.recipe, data, context) == one.data
    objects = {row["image"] for row in batch.rows["objects"]}
    assert {record.image_name(one.data) for one in made} <= objects


@pytest.mark.parametrize("caption", ["A green apple.", "A horse.", "hut qwx"])
def test_a_picture_that_names_a_thing_of_the_scene_or_is_not_understood_is_not_behind_it(
    project, write_set, caption
):
    batch, _, _ = composed(project, write_set, [*THINGS, (photo(), {"en": caption})])
    assert batch.made
    assert before(batch) == []


def test_what_does_not_stand_out_from_a_picture_is_not_drawn_before_it(project, write_set):
    red = [encoded(Image.effect_noise((160, 160), 40)) for _ in "a"]
    mixed = Image.merge(
        "RGB",
        [
            Image.new("L", (160, 160), 215),
            *[Image.open(io.BytesIO(red[0])).point(lambda v: v // 5)] * 2,
        ],
    )
    batch, _, _ = composed(project, write_set, [*THINGS, (encoded(mixed), {"en": "A hut."})])
    assert batch.made
    assert before(batch) == []


def test_what_counts_is_drawn_on_plain_colours_alone(project, write_set):
    pictures = [*THINGS, (photo(), {"en": "A hut."})]
    batch, _, _ = composed(project, write_set, pictures, counting=1.0)
    assert batch.made
    assert before(batch) == []


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (cut_out(RED), "not opaque"),
        (photo((100, 90)), "too small"),
        (photo((600, 200)), "too long"),
        (encoded(Image.new("RGB", (200, 200), "white")), "ground of its own"),
    ],
)
def test_what_does_not_fill_its_frame_is_no_picture_to_draw_before(data, why):
    with pytest.raises(ImageError, match=why):
        filling(data, 256)


def test_a_picture_that_fills_its_frame_is_cut_to_its_middle_square():
    assert filling(photo(), 96).size == (96, 96)
