import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageDraw, ImageFont

from augment.made import Context, recipe_text
from augment.methods import photometric
from augment.methods.photometric import Params, remake
from curate.dataset import pixels, record, sets
from curate.dataset.errors import DataError, ParamsError
from curate.dataset.marks import Mark, packet
from curate.stage import params as parameter_file

TRANSFORMS = {
    "HorizontalFlip": {"p": 0.5},
    "SafeRotate": {"p": 0.5, "limit": [-10.0, 10.0]},
    "RandomCropFromBorders": {
        "p": 0.5,
        **dict.fromkeys(("crop_left", "crop_right", "crop_top", "crop_bottom"), 0.05),
    },
    "RandomBrightnessContrast": {
        "p": 0.5,
        "brightness_limit": [-0.2, 0.2],
        "contrast_limit": [-0.2, 0.2],
    },
    "RandomGamma": {"p": 0.3, "gamma_limit": [80.0, 120.0]},
    "HueSaturationValue": {
        "p": 0.5,
        "hue_shift_limit": [-8.0, 8.0],
        "sat_shift_limit": [-30.0, 30.0],
        "val_shift_limit": [-10.0, 10.0],
    },
    "ToGray": {"p": 0.3},
    "GaussianBlur": {"p": 0.3, "sigma_limit": [0.3, 1.0]},
    "Downscale": {"p": 0.3, "scale_range": [0.6, 0.9]},
    "GaussNoise": {"p": 0.3, "std_range": [0.01, 0.05]},
    "ImageCompression": {"p": 0.3, "quality_range": [60, 95]},
    "Perspective": {"p": 0.3, "scale": [0.01, 0.05]},
    "Rotate": {"p": 0.3, "limit": [-10.0, 10.0]},
}


NOWHERE = Context(Path("nowhere"), Path("nowhere"), None, None)


def settings(transforms=TRANSFORMS, **others):
    if not isinstance(transforms, dict):
        transforms = {name: {**TRANSFORMS[name], "p": 1.0} for name in transforms}
    values = {"transforms": transforms, **others}
    return parameter_file.build(Params, values, "make.photometric")


def make(rows, params, context=NOWHERE):
    """What is made of rows, by default looking nowhere else."""
    return photometric.make(rows, context, params)


def encoded(image, encoding="PNG"):
    out = io.BytesIO()
    image.save(out, encoding)
    return out.getvalue()


@pytest.fixture
def rows(project, write_set):
    """Located pairs of a set of (bytes, language, caption) rows."""

    def write(*pairs):
        table = write_set(project / "pool", list(pairs))
        place = pa.array(["pool"] * table.num_rows, pa.string())
        return table.add_column(1, sets.LOCATED.field("set"), place)

    return write


@pytest.fixture(scope="session")
def arrow():
    """An arrow that points left: its head fills the left half."""
    image = Image.new("RGB", (96, 96), "white")
    pen = ImageDraw.Draw(image)
    pen.polygon([(12, 48), (44, 16), (44, 80)], fill="navy")
    pen.rectangle((44, 42, 84, 54), fill="navy")
    return encoded(image)


@pytest.fixture(scope="session")
def photo():
    """A picture without a plain ground: coloured waves."""
    y, x = np.mgrid[0:80, 0:120]
    waves = [127 + 120 * np.sin(x / a + y / b) for a, b in ((9, 23), (17, 11), (31, 7))]
    return encoded(Image.fromarray(np.stack(waves, axis=2).astype(np.uint8)))


def recipe_of(made):
    return made.captions[0].recipe


def names_of(made):
    return [step["name"] for step in recipe_of(made)["transforms"]]


def test_a_red_square_stays_red_in_every_draw(rows, drawn):
    batch = make(rows((drawn("square", "red"), "en", "a red square")), settings(per_image=100))
    assert len(batch.made) == 100
    for made in batch.made:
        middle = np.asarray(pixels.decode(made.data))[40:56, 40:56].reshape(-1, 3).mean(axis=0)
        assert middle[0] > 200
        assert max(middle[1:]) < 60


def test_without_a_colour_word_the_colour_is_free_to_change(rows, drawn):
    batch = make(rows((drawn("square", "red"), "en", "a square")), settings(per_image=100))
    used = {name for made in batch.made for name in names_of(made)}
    assert used >= {"ToGray", "HueSaturationValue", "RandomBrightnessContrast"}


def test_an_arrow_points_where_each_of_its_captions_says(rows, arrow):
    pairs = rows(
        (arrow, "en", "left arrow"), (arrow, "ja", "左矢印"), (arrow, "fr", "flèche gauche")
    )
    seen = set()
    for made in make(pairs, settings(per_image=40)).made:
        dark = 255 - np.asarray(pixels.decode(made.data).convert("L")).astype(int)
        heights = (dark > 100).sum(axis=0)  # of the arrow in each column
        places = np.flatnonzero(heights)
        points_left = heights.argmax() < (places[0] + places[-1]) / 2
        captions = {c.lang: c.caption for c in made.captions}
        words = ("left arrow", "左矢印", "flèche gauche")
        if not points_left:
            words = ("right arrow", "右矢印", "flèche droite")
        assert captions == dict(zip(("en", "ja", "fr"), words, strict=True))
        seen.add(points_left)
    assert seen == {True, False}


def test_an_arrow_whose_side_one_caption_does_not_tell_is_never_mirrored(rows, arrow):
    pairs = rows((arrow, "en", "left arrow"), (arrow, "de", "Pfeil"))
    batch = make(pairs, settings(per_image=20))
    assert not any("HorizontalFlip" in names_of(made) for made in batch.made)
    assert batch.counts["forbidden", "HorizontalFlip", "pointing"] == 1


def test_every_caption_of_a_picture_goes_with_it(rows, drawn):
    data = drawn("circle", "blue")
    pairs = rows((data, "en", "a ball"), (data, "de", "ein Ball"), (data, "ru", "мяч"))
    (made,) = make(pairs, settings()).made
    assert {c.parent for c in made.captions} == set(pairs["uid"].to_pylist())
    assert {c.recipe["caption"] for c in made.captions} == {"unaffected"}


def test_a_caption_in_a_language_without_words_is_left_behind(rows, drawn):
    data = drawn("circle", "blue")
    pairs = rows((data, "en", "a ball"), (data, "sw", "mpira"))
    batch = make(pairs, settings())
    assert [c.lang for made in batch.made for c in made.captions] == ["en"]
    assert batch.counts["captions", "forbidden"] == 1


def test_a_picture_is_made_again_from_its_recipe_byte_for_byte(rows, drawn, photo):
    data = {"square": drawn("square", "green", size=300), "waves": photo}
    pairs = rows(*((picture, "en", caption) for caption, picture in data.items()))
    by_uid = {row["uid"]: data[row["caption"]] for row in pairs.to_pylist()}
    batch = make(pairs, settings(per_image=40))
    used = set()
    for made in batch.made:
        recipe = json.loads(recipe_text(recipe_of(made)))
        assert remake(recipe, [by_uid[made.captions[0].parent]], NOWHERE) == made.data
        used.update(names_of(made))
    assert used == {*TRANSFORMS, "LongestMaxSize"}


def test_the_caption_is_what_the_rules_make_of_the_parents():
    flipped = {"transforms": [{"name": "HorizontalFlip"}]}
    turned = {"transforms": [{"name": "HueSaturationValue"}]}
    again = photometric.recaption
    assert again(flipped, ["arrow to the left"], "en") == "arrow to the right"
    assert again(turned, ["arrow to the left"], "en") == "arrow to the left"
    with pytest.raises(DataError, match=r"'a red hat' forbids HueSaturationValue \(colour\)"):
        again(turned, ["a red hat"], "en")


def test_the_recipe_is_in_the_terms_of_albumentations(rows, drawn, photo):
    import albumentations

    (made,) = make(rows((photo, "en", "waves")), settings(["SafeRotate", "GaussNoise"])).made
    recipe = recipe_of(made)
    assert recipe["library"] == f"albumentations {albumentations.__version__}"
    rotate, noise = recipe["transforms"]
    border = rotate["border_mode"]
    steps = albumentations.Compose(
        [
            albumentations.SafeRotate(limit=rotate["limit"], border_mode=border, p=1),
            albumentations.GaussNoise(std_range=noise["std_range"], p=1),
        ],
        seed=recipe["seed"],
    )
    again = Image.fromarray(steps(image=np.asarray(pixels.decode(photo)))["image"])
    mark = Mark("algorithmicallyEnhanced", "photometric", [recipe["image"]])
    out = io.BytesIO()
    again.save(
        out, "JPEG", quality=recipe["quality"], subsampling=0, optimize=True, xmp=packet(mark)
    )
    assert out.getvalue() == made.data


def test_one_transform_more_leaves_the_draws_of_the_others(rows, drawn):
    pairs = rows((drawn("square", "red"), "en", "a square"))
    few = {name: TRANSFORMS[name] for name in ("SafeRotate", "GaussianBlur", "GaussNoise")}
    before = make(pairs, settings(few, per_image=30)).made
    after = make(pairs, settings({**few, "ToGray": {"p": 0.5}}, per_image=30)).made
    for one, other in zip(before, after, strict=True):
        steps = [s for s in recipe_of(other)["transforms"] if s["name"] != "ToGray"]
        if steps and len(recipe_of(one)["transforms"]) > 1:
            assert steps == recipe_of(one)["transforms"]


def test_a_rotated_cut_out_keeps_its_white_ground(rows):
    image = Image.new("RGBA", (90, 60), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((20, 10, 70, 50), fill=(200, 0, 0, 255))
    batch = make(rows((encoded(image, "WEBP"), "en", "a bean")), settings(["Rotate"], per_image=9))
    for made in batch.made:
        assert recipe_of(made)["transforms"][0]["fill"] == [255, 255, 255]
        picture = np.asarray(pixels.decode(made.data)).astype(int)
        rim = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
        assert rim.min() > 235


def test_a_rotated_photo_shows_no_ground_that_was_not_there(rows, photo):
    (made,) = make(rows((photo, "en", "waves")), settings(["SafeRotate"])).made
    step = recipe_of(made)["transforms"][0]
    assert "fill" not in step
    assert np.asarray(pixels.decode(made.data)).min(axis=2).mean() > 20


def test_a_crop_never_cuts_into_a_cut_out(rows):
    tight = Image.new("RGB", (100, 100), "white")
    ImageDraw.Draw(tight).ellipse((0, 0, 99, 99), fill="olive")
    crop = ["RandomCropFromBorders", "GaussianBlur"]
    batch = make(rows((encoded(tight), "en", "a ball")), settings(crop, per_image=5))
    assert [names_of(made) for made in batch.made] == [["GaussianBlur"]] * 5
    assert batch.counts["forbidden", "RandomCropFromBorders", "cut-out"] == 1


def test_a_crop_of_a_loose_cut_out_leaves_it_whole(rows):
    loose = Image.new("RGB", (100, 100), "white")
    ImageDraw.Draw(loose).ellipse((8, 8, 91, 91), fill="olive")
    settings_ = settings(["RandomCropFromBorders"], per_image=20)
    for made in make(rows((encoded(loose), "en", "a ball")), settings_).made:
        picture = np.asarray(pixels.decode(made.data)).astype(int)
        rim = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
        assert rim.min() > 215
        assert made.width >= 90


def test_large_pictures_are_shrunk_and_small_ones_are_not_enlarged(rows, drawn):
    pairs = rows(
        (drawn("circle", "red", 400), "en", "a ball"), (drawn("circle", "red", 50), "en", "b")
    )
    batch = make(pairs, settings(["GaussianBlur"], longest_side=128))
    assert sorted((made.width, made.height) for made in batch.made) == [(50, 50), (128, 128)]


@pytest.mark.parametrize("caption", ["a sign that says “Stop”", "a 4K photo of a ball"])
def test_a_large_picture_whose_caption_tells_of_writing_or_detail_is_not_shrunk(
    caption, rows, drawn
):
    pairs = rows((drawn("circle", "red", 400), "en", caption))
    batch = make(pairs, settings(["SafeRotate"], longest_side=128))
    assert [names_of(made) for made in batch.made] == [["SafeRotate"]]
    assert min(batch.made[0].width, batch.made[0].height) >= 400
    assert sum(count for key, count in batch.counts.items() if "LongestMaxSize" in key) == 1


def test_pictures_known_to_hold_writing_are_never_mirrored(rows, drawn):
    pairs = rows((drawn("circle", "red"), "en", "a ball"))
    known = {"writing": ["http://drawn.localhost/*"]}
    batch = make(pairs, settings(per_image=20, known=known))
    assert not any("HorizontalFlip" in names_of(made) for made in batch.made)
    elsewhere = {"writing": ["http://other.localhost/*"]}
    batch = make(pairs, settings(per_image=20, known=elsewhere))
    assert any("HorizontalFlip" in names_of(made) for made in batch.made)


def test_a_picture_for_which_everything_is_forbidden_is_rejected_with_the_reasons(rows, drawn):
    pairs = rows((drawn("circle", "red"), "en", "a red circle"))
    batch = make(pairs, settings(["ToGray", "HueSaturationValue"]))
    assert batch.made == []
    assert batch.rejected == [(pairs["uid"][0].as_py(), "every transform forbidden", "colour")]


def test_a_picture_too_narrow_to_show_anything_is_rejected(rows):
    line = encoded(Image.new("RGB", (900, 12), "red"))
    batch = make(rows((line, "en", "a line")), settings())
    assert [(reason, detail) for _, reason, detail in batch.rejected] == [
        ("unusable picture", "900 x 12 is 3 pixels narrow once shrunk to 256")
    ]


def test_a_narrow_picture_that_is_not_shrunk_is_not_too_narrow(rows):
    line = encoded(Image.new("RGB", (900, 12), "red"))
    batch = make(rows((line, "en", "a finely detailed rod")), settings(["HorizontalFlip"]))
    assert not batch.rejected
    assert {(made.width, made.height) for made in batch.made} == {(900, 12)}


@pytest.mark.parametrize(("text", "mirrored"), [("OPEN", False), ("O", True)])
def test_a_picture_on_which_writing_is_read_is_not_mirrored_though_no_caption_tells_of_it(
    text, mirrored, rows
):
    door = Image.new("RGB", (400, 300), "teal")
    ImageDraw.Draw(door).text((60, 90), text, fill="white", font=ImageFont.load_default(90))
    pairs = rows((encoded(door), "en", "a door"))
    flip = settings(["HorizontalFlip"], written={"letters": 3})
    assert bool(make(pairs, flip).made) == mirrored
    assert len(make(pairs, settings(["HorizontalFlip"])).made) == 1  # where nobody looks


@pytest.fixture
def labelled(project):
    """A context whose labels hold scene graphs: uid -> (nodes, edges)."""

    def write(graphs):
        node_names = ("node", "kind", "text", "lemma", "start", "end", "parent", "quantifier")
        edge_names = ("edge", "source", "target", "relation", "lemma", "start", "end")
        for file, names, which in (("nodes", node_names, 0), ("edges", edge_names, 1)):
            table = [
                {"uid": uid, **dict(zip(names, row, strict=True))}
                for uid, graph in graphs.items()
                for row in graph[which]
            ]
            empty = pa.table({name: pa.array([], pa.string()) for name in ("uid", *names)})
            place = project / "labels" / "scene" / f"{file}.parquet"
            place.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pylist(table) if table else empty, place)
        return Context(Path("nowhere"), Path("nowhere"), project / "labels", None)

    return write


@pytest.fixture
def grounded(project, labelled):
    """A context whose labels know boxes: uid -> (image, phrases), (things, boxes) each."""

    def write(said):
        context = labelled({})
        found = {"grounding/phrases": [], "grounding/alignments": [], "regions/regions": []}
        for uid, (image, phrases) in said.items():
            for node, (things, boxes) in enumerate(phrases):
                row = {"uid": uid, "node": node, "things": things, "regions": len(boxes)}
                found["grounding/phrases"].append(row)
                for box in boxes:
                    region = len(found["regions/regions"])
                    corners = dict(zip(("x1", "y1", "x2", "y2"), box, strict=True))
                    found["regions/regions"].append({"image": image, "region": region, **corners})
                    found["grounding/alignments"].append({"uid": uid, "region": region})
        for name, rows in found.items():
            place = project / "labels" / f"{name}.parquet"
            place.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pylist(rows), place)
        return context

    return write


CROP = ["RandomCropFromBorders", "GaussianBlur"]


def whole(made):
    return "RandomCropFromBorders" not in names_of(made)


def test_a_photo_is_never_cropped_where_nobody_knows_what_lies_where(rows, photo, labelled):
    pairs = rows((photo, "en", "a bird in the sky"))
    for context in (NOWHERE, labelled({})):
        batch = make(pairs, settings(CROP, per_image=5), context)
        assert all(map(whole, batch.made))
        assert batch.counts["forbidden", "RandomCropFromBorders", "mentioned somewhere"] == 1


LOOSE, RIM = (0.2, 0.2, 0.8, 0.8), (0.0, 0.2, 0.5, 0.8)  # boxes
DOG, BIRDS = (1, [LOOSE]), (None, [LOOSE, LOOSE])


@pytest.mark.parametrize(
    ("phrases", "reason"),
    [
        ([DOG, (1, [RIM])], "mentioned object"),
        ([DOG, (1, [])], "mentioned somewhere"),
        ([BIRDS], "mentioned somewhere"),
        ([(2, [LOOSE])], "mentioned somewhere"),
    ],
)
def test_a_photo_is_never_cropped_where_a_box_is_unknown_or_at_the_rim(
    phrases, reason, rows, photo, grounded
):
    pairs = rows((photo, "en", "a dog chasing a cat"))
    said = {pairs["uid"][0].as_py(): (pairs["image"][0].as_py(), phrases)}
    batch = make(pairs, settings(CROP, per_image=5), grounded(said))
    assert all(map(whole, batch.made))
    assert batch.counts["forbidden", "RandomCropFromBorders", reason] == 1


def test_a_photo_is_cropped_as_long_as_every_mentioned_box_stays_inside(rows, grounded):
    grid = np.tile(np.linspace(20, 120, 120, dtype=np.uint8), (80, 1))
    grid[40:45, 3:8] = 255  # the cat, that most crops would cut into
    pairs = rows((encoded(Image.fromarray(grid).convert("RGB")), "en", "a dog chasing a cat"))
    uid, image = pairs["uid"][0].as_py(), pairs["image"][0].as_py()
    cat = (1, [(3 / 120, 40 / 80, 8 / 120, 45 / 80)])
    crop = settings(["RandomCropFromBorders", "ImageCompression"], per_image=30)
    made = make(pairs, crop, grounded({uid: (image, [DOG, cat])})).made
    assert {whole(one) for one in made} == {True, False}
    for one in made:
        seen = np.asarray(pixels.decode(one.data).convert("L")) > 190
        assert abs(int(seen.sum()) - 25) <= 2
    made = make(pairs, crop, grounded({uid: (image, [DOG])})).made
    assert not any(map(whole, made))


def test_a_photo_with_a_caption_that_was_not_grounded_is_never_cropped(rows, photo, grounded):
    pairs = rows((photo, "en", "a dog"), (photo, "de", "ein Hund vor einem Haus"))
    english = next(row for row in pairs.to_pylist() if row["lang"] == "en")
    context = grounded({english["uid"]: (english["image"], [DOG])})
    assert all(map(whole, make(pairs, settings(CROP, per_image=5), context).made))


BEAN = ([(0, "object", "bean", "bean", 2, 6, None, None)], [])
LEFT_ARROW = (
    [
        (0, "attribute", "left", "left", 0, 4, 1, None),
        (1, "object", "arrow", "arrow", 5, 10, None, None),
    ],
    [],
)


def cut_out(size=(90, 60), box=(20, 10, 70, 50)):
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse(box, fill=(0, 120, 0, 255))
    return encoded(image, "WEBP")


def rows_of(batch, table):
    return batch.rows[table]


def test_the_box_of_a_cut_out_with_one_captioned_object_holds_exactly_its_pixels(rows, labelled):
    pairs = rows((cut_out(), "en", "a bean"), (cut_out(), "de", "eine Bohne"))
    english = next(row["uid"] for row in pairs.to_pylist() if row["lang"] == "en")
    moving = ["HorizontalFlip", "SafeRotate", "RandomCropFromBorders", "Perspective"]
    batch = make(pairs, settings(moving, per_image=12), labelled({english: BEAN}))
    by_image = {record.image_name(made.data): made for made in batch.made}
    assert {row["image"] for row in rows_of(batch, "objects")} == set(by_image)
    for row in rows_of(batch, "objects"):
        assert (row["name"], row["parent"], row["visible"]) == ("bean", english, 1.0)
        picture = np.asarray(pixels.decode(by_image[row["image"]].data)).astype(int)
        shown = picture.min(axis=2) < 128
        height, width = shown.shape
        places = [np.flatnonzero(shown.any(axis=axis)) for axis in (0, 1)]
        seen = [(p[0] / n, (p[-1] + 1) / n) for p, n in zip(places, (width, height), strict=True)]
        known = [(row["x1"], row["x2"]), (row["y1"], row["y2"])]
        assert np.allclose(seen, known, atol=2 / min(height, width))
    uids = {row["uid"] for row in rows_of(batch, "mentions")}
    assert uids == {record.pair_uid(image, "en", "a bean") for image in by_image}
    assert {(row["start"], row["end"]) for row in rows_of(batch, "mentions")} == {(2, 6)}


def test_facts_of_a_mirrored_picture_name_the_other_side(rows, arrow, labelled):
    pairs = rows((arrow, "en", "left arrow"))
    context = labelled({pairs["uid"][0].as_py(): LEFT_ARROW})
    (made,) = make(pairs, settings(["HorizontalFlip"]), context).made
    batch = make(pairs, settings(["HorizontalFlip"]), context)
    uid = record.pair_uid(record.image_name(made.data), "en", "right arrow")
    assert {row["uid"] for row in rows_of(batch, "facts")} == {uid}
    said = [(r["kind"], r["subject"], r["value"], r["target"]) for r in rows_of(batch, "facts")]
    assert said == [("attribute", "arrow", "right", None), ("object", "arrow", None, None)]
    (kept,) = make(pairs, settings(["GaussNoise"]), context).made
    assert kept.captions[0].caption == "left arrow"


def test_without_labels_nothing_is_said_to_be_known(rows):
    batch = make(rows((cut_out(), "en", "a bean")), settings())
    assert batch.made
    assert batch.rows == {"facts": [], "mentions": [], "objects": []}


def test_a_rotation_that_would_cut_into_a_cut_out_is_left_away(rows):
    wide = cut_out((200, 40), (1, 1, 198, 38))
    batch = make(rows((wide, "en", "a bean")), settings(["Rotate", "GaussianBlur"], per_image=6))
    for made in batch.made:
        picture = np.asarray(pixels.decode(made.data)).astype(int)
        rim = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
        assert rim.min() > 100  # the bean has none of red
    assert ["GaussianBlur"] in [names_of(made) for made in batch.made]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"transforms": {"VerticalFlip": {"p": 0.5}}}, "VerticalFlip has no caption rule"),
        ({"transforms": {"ToGray": {"p": 2}}}, "transforms.ToGray.p is 2"),
        ({"transforms": {"ToGray": {}}}, "transforms.ToGray.p is None"),
        ({"transforms": {"Rotate": {"p": 1, "limit": 45}}}, "Rotate.limit is 45"),
        ({"transforms": {}, "known": {"smell": ["*"]}}, "known names smell"),
        ({"transforms": {}, "shares": 1}, "did you mean 'share'"),
        ({"transforms": {}, "share": 1.5}, "make.photometric.share is 1.5"),
    ],
)
def test_params_that_could_make_captions_false_are_refused(values, message):
    with pytest.raises(ParamsError, match=message):
        parameter_file.build(Params, values, "make.photometric")
