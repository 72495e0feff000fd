import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image, ImageDraw, ImageFont

from curate.dataset import sets, writing
from curate.embeddings import Embeddings
from curate.scorers import clip, text_masked


def page(text, ground="teal"):
    """A page with a red square, and a line of text if there is one."""
    picture = Image.new("RGB", (600, 400), ground)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((400, 200, 520, 320), fill="red")
    draw.text((40, 60), text, fill="black", font=ImageFont.load_default(60))
    return picture


def png(picture):
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def scored(module, rows, params):
    captions = pa.table({"caption": sorted(set(rows.column("caption").to_pylist()))})
    images = module.embed_images(sets.distinct_images(rows), params)
    found = module.score(rows, params, Embeddings(images, module.embed_texts(captions, params)))
    return dict(
        zip(rows.column("caption").to_pylist(), found["similarity"].to_pylist(), strict=True)
    )


def test_text_is_filled_with_the_colour_around_it_and_nothing_else_is_changed():
    grid, read = np.asarray(page("HELLO WORLD")), writing.reader(0.6)
    lines = read(grid)
    assert [text for _, text in lines] == ["HELLO WORLD"]
    painted = text_masked.painted(grid, [box for box, _ in lines])
    assert read(painted) == []
    assert np.abs(painted[:180].astype(int) - np.array([0, 128, 128])).max() <= 12
    assert (painted[180:] == grid[180:]).all()


def test_a_line_that_fills_the_picture_is_filled_with_its_own_mean():
    grid = np.full((20, 60, 3), 40, np.uint8)
    grid[:, ::2] = 60
    whole = np.array([[-1, -1], [60, -1], [60, 20], [-1, 20]], np.int32)
    assert (text_masked.painted(grid, [whole]) == 50).all()


def test_similarities_are_those_of_the_clip_to_the_picture_without_its_text(
    project, write_set, tiny_clip
):
    own = clip.Params(model=f"local-dir:{tiny_clip()}")
    params = text_masked.Params(clip=own)
    written = page("HELLO WORLD")
    read = writing.reader(params.confidence)
    grid = np.asarray(written)
    without = Image.fromarray(text_masked.painted(grid, [box for box, _ in read(grid)]))
    write_set(Path("pool"), [(png(written), "en", "words"), (png(page("")), "en", "no words")])
    rows = sets.located([Path("pool")])
    plain, masked = scored(clip, rows, own), scored(text_masked, rows, params)
    images, texts = clip.encoders(own)
    expected = images([("a", without)])["a"] @ texts(["words"])["words"]
    assert masked["words"] == pytest.approx(expected, abs=2e-4)
    assert masked["words"] != plain["words"]
    assert masked["no words"] == pytest.approx(plain["no words"], abs=2e-4)


def test_other_weights_have_another_fingerprint(tiny_clip):
    models = [clip.Params(model=f"local-dir:{tiny_clip(seed)}") for seed in (0, 1)]
    prints = [text_masked.fingerprint(text_masked.Params(clip=own)) for own in models]
    assert len({*prints, *map(clip.fingerprint, models)}) == 4
