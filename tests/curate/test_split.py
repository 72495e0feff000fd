import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curate import split, together
from curate.dataset import record, sets, tables
from curate.dataset.errors import ParamsError
from curate.dataset.record import image_name
from curate.scorers import phash

PARAMS = {
    "train": 0.5,
    "validation": 0.2,
    "test": 0.3,
    "distance": 2,
    "shared_by": 3,
    "largest_group": 6,
}


@pytest.fixture
def divide(project, write_set):
    """Splits a pool of (bytes, language, caption) rows: image name -> its row of the table."""

    def call(rows, **params):
        write_set(Path("pool"), rows)
        hashes = together.measure(
            sets.distinct_images(sets.located([Path("pool")])), [(phash, phash.Params())]
        )[0]
        tables.write(hashes, Path("phash.parquet"), "image", phash.SCHEMA)
        figures = split.main(
            Path("pool"),
            Path("phash.parquet"),
            Path("split.parquet"),
            split.SplitParams(**{**PARAMS, **params}),
        )
        table = tables.conform(tables.read(Path("split.parquet")), record.SPLITS, "split")
        return {row["image"]: row for row in table.to_pylist()}, figures

    return call


@pytest.fixture
def unlike():
    """Pictures that are unlike each other: seeded noise of few, large cells."""

    def make(seed, side=96):
        cells = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
        out = io.BytesIO()
        Image.fromarray(cells).resize((side, side), Image.Resampling.BICUBIC).save(out, "PNG")
        return out.getvalue()

    return make


def test_a_concept_is_a_caption_without_case_punctuation_and_variants_of_a_person():
    assert split.concept("Thumbs up: dark skin tone") == "thumbs up"
    assert split.concept("man: medium-light skin tone, red hair") == "man"
    assert split.concept("kiss: man, woman, light skin tone, dark skin tone") == "kiss man woman"
    assert split.concept("A sports car.") == split.concept("a sports car")
    assert split.concept("flag: Chad") != split.concept("flag: Romania")
    assert split.concept("keycap: 1") != split.concept("keycap: 2")
    assert split.concept("…") == ""


def test_near_duplicates_are_in_one_group_named_after_the_smallest(divide, unlike):
    small, large, other = unlike(1), unlike(1, 200), unlike(0)
    found, _ = divide([(small, "en", "a"), (large, "en", "b"), (other, "en", "c")])
    names = sorted(map(image_name, (small, large)))
    assert {found[name]["group"] for name in names} == {names[0]}
    assert found[image_name(other)]["group"] == image_name(other)


def test_images_of_one_english_concept_are_in_one_group(divide, unlike):
    rows = [
        (unlike(1), "en", "waving hand: dark skin tone"),
        (unlike(2), "en-GB", "Waving hand"),
        (unlike(3), "de", "Waving hand"),
        (unlike(4), "en", "flag: Chad"),
        (unlike(5), "en", "flag: Peru"),
    ]
    found, figures = divide(rows)
    groups = [found[image_name(data)]["group"] for data, *_ in rows]
    assert groups[0] == groups[1]
    assert len(set(groups)) == 4
    assert figures["group_sizes"]["up to 2"] == 1


def test_a_caption_of_many_images_names_no_concept(divide, unlike):
    rows = [(unlike(seed), "en", "card") for seed in range(4)]
    assert divide(rows)[1]["groups"] == 4
    assert divide(rows, shared_by=4)[1]["groups"] == 1


def test_a_group_that_is_too_large_goes_to_train(divide, unlike):
    rows = [(unlike(seed), "en", "card") for seed in range(4)]
    for largest, expected in ((3, {"train"}), (4, {"test"})):
        found, _ = divide(
            rows, shared_by=9, largest_group=largest, train=0.0, validation=0.0, test=1.0
        )
        assert {row["split"] for row in found.values()} == expected


def test_shares_are_kept_over_many_groups(divide, unlike):
    _, figures = divide([(unlike(seed), "en", f"thing {seed}") for seed in range(300)])
    assert figures["images"] == figures["groups"] == 300
    for name in ("train", "validation", "test"):
        assert figures["splits"][name] == pytest.approx(300 * PARAMS[name], abs=30)
    assert sum(figures["sources"]["drawn"].values()) == 300


def test_more_pictures_leave_the_others_where_they_are(divide, unlike):
    rows = [(unlike(seed), "en", f"thing {seed}") for seed in range(30)]
    before, _ = divide(rows[:20])
    after, _ = divide(rows)
    assert all(after[name] == row for name, row in before.items())


def test_a_concept_is_one_however_its_language_is_written(divide, unlike):
    tags = ["en", "EN", "en-GB", "En-us", "enm"]
    rows, _ = divide(
        [(unlike(seed), tag, "thumbs up") for seed, tag in enumerate(tags)], shared_by=9
    )
    groups = [rows[record.image_name(unlike(seed))]["group"] for seed in range(len(tags))]
    assert len(set(groups[:4])) == 1
    assert groups[4] != groups[0]


def test_shares_that_do_not_add_up_are_refused(divide, unlike):
    with pytest.raises(ParamsError, match="do not add up to 1"):
        divide([(unlike(0), "en", "a")], train=0.9)
