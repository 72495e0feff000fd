import hashlib
import io
import json
from pathlib import Path

import imagehash
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageDraw, ImageOps

from curate.dataset import record, sets
from curate.dataset.errors import DataError
from curate.scorers import leakage

COUNT = 24  # evaluation pictures, and as many that are in no evaluation set


def photo(seed):
    """A smooth random field with finer ones on it, as a photo has."""
    random = np.random.default_rng(seed)
    layers = [
        np.asarray(
            Image.fromarray(random.integers(0, 256, (side, side, 3), np.uint8)).resize(
                (240, 180), Image.Resampling.BICUBIC
            ),
            np.float32,
        )
        * share
        for side, share in ((4, 0.4), (9, 0.35), (30, 0.25))
    ]
    return Image.fromarray(sum(layers).clip(0, 255).astype(np.uint8))


def encoded(image, kind="PNG", **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def watermarked(image):
    marked = image.copy()
    ImageDraw.Draw(marked).text((60, 80), "(C) SOMEONE", "white", font_size=18)
    return encoded(marked)


COPIES = {
    "exact": encoded,
    "encoded again": lambda image: encoded(image, "JPEG", quality=50),
    "resized": lambda image: encoded(image.resize((100, 75), Image.Resampling.LANCZOS)),
    "watermarked": watermarked,
    "cropped by 1%": lambda image: encoded(image.crop((1, 1, 239, 179))),
    "cropped by 10%": lambda image: encoded(image.crop((12, 9, 228, 171))),
    "a square of it": lambda image: encoded(image.crop((30, 0, 210, 180)).resize((96, 96))),
    "a corner of it": lambda image: encoded(image.crop((0, 0, 180, 135))),
    "flipped": lambda image: encoded(ImageOps.mirror(image)),
    "flipped and cropped": lambda image: encoded(ImageOps.mirror(image.crop((12, 9, 228, 171)))),
    "cropped anywhere": lambda image: encoded(image.crop((31, 8, 199, 134))),
}
FOUND = {  # way -> lowest and highest share of the copies that is found so; "of": in any way
    "exact": {"exact": (1, 1), "near": (1, 1), "cropped": (0, 0), "holding": (0, 0)},
    "encoded again": {"near": (1, 1)},
    "resized": {"near": (1, 1)},
    "watermarked": {"near": (0.75, 1)},
    "cropped by 1%": {"near": (0.9, 1)},
    "cropped by 10%": {"near": (0, 0.3), "cropped": (0.7, 1), "of": (1, 1)},
    "a square of it": {"near": (0, 0.1), "cropped": (0.9, 1)},
    "a corner of it": {"near": (0, 0.1), "cropped": (1, 1)},
    "flipped": {"near": (0, 0), "mirrored": (1, 1)},
    "flipped and cropped": {"near": (0, 0), "cropped": (0.7, 1), "mirrored": (1, 1)},
    "cropped anywhere": {"near": (0, 0.1), "cropped": (0.9, 1), "holding": (0, 0)},
}


@pytest.fixture
def leaks(project, write_set):
    def call(pictures, named, **options):
        write_set(Path("pool"), [(data, "en", "a picture") for data in pictures])
        rows = sets.distinct_images(sets.located([Path("pool")]))
        params = leakage.Params(sets=named, **options)
        table = leakage.score(rows, params)
        assert table.schema == leakage.SCHEMA
        found = {row["image"]: row for row in table.to_pylist()}
        return [found[record.image_name(data)] for data in pictures]

    return call


@pytest.fixture
def held_out(project):
    folder = Path("held-out")
    (folder / "below").mkdir(parents=True)
    for seed in range(COUNT):
        (folder / "below" / f"{seed}.png").write_bytes(encoded(photo(seed)))
    (folder / "readme.txt").write_text("no picture")
    return folder


@pytest.mark.parametrize("copy", COPIES)
def test_planted_copies_are_found_as_far_as_a_hash_can_and_nothing_else(leaks, held_out, copy):
    copies = [COPIES[copy](photo(seed)) for seed in range(COUNT)]
    others = [encoded(photo(seed)) for seed in range(1000, 1000 + COUNT)]
    rows = leaks([*copies, *others], {"held-out": str(held_out)})
    for way, (lowest, highest) in FOUND[copy].items():
        share = sum(bool(row[way]) for row in rows[:COUNT]) / COUNT
        assert lowest <= share <= highest, (way, share)
    for row in rows[COUNT:]:  # precision 1
        assert not any(row[way] for way in ("exact", *leakage.WAYS))
        assert row["of"] is row["item"] is row["kind"] is row["distance"] is None
    for seed, row in enumerate(rows[:COUNT]):
        assert row["exact"] == (copy == "exact")
        if row["kind"]:  # every hit names what it is a copy of
            assert (row["of"], row["item"]) == ("held-out", f"below/{seed}.png")
            assert row[row["kind"]]
            assert 0 <= row["distance"] <= (0.05 if row["kind"] in ("cropped", "holding") else 6)


def part(image, seed):
    """Any crop of 40 to 90% of a picture, its shape up to 4:3 of the picture's, maybe mirrored."""
    random = np.random.default_rng(seed)
    area, shape = random.uniform(0.4, 0.9), (4 / 3) ** random.uniform(-1, 1)
    shares = np.minimum(np.sqrt([area * shape, area / shape]), 1)
    size = np.array(image.size)
    start = random.uniform(0, 1 - shares) * size
    cut = image.crop((*start.round().astype(int), *(start + shares * size).round().astype(int)))
    mirrored = bool(random.integers(2))
    return encoded(ImageOps.mirror(cut) if mirrored else cut, "JPEG", quality=70), mirrored


@pytest.mark.parametrize("way", ["cropped", "holding"])
def test_crops_are_found_both_ways_wherever_they_are_mirrored_or_not(leaks, project, way):
    parts = [part(photo(seed), seed) for seed in range(COUNT)]
    wholes = [encoded(photo(seed)) for seed in range(COUNT)]
    held, ours = ([data for data, _ in parts], wholes)
    if way == "cropped":
        held, ours = ours, held
    Path("held-out").mkdir()
    for seed, data in enumerate(held):
        Path(f"held-out/{seed}.png").write_bytes(data)
    others = [encoded(photo(seed)) for seed in range(1000, 1000 + 4 * COUNT)]
    rows = leaks([*ours, *others], {"held-out": "held-out"})
    right = [
        (row["item"], row["kind"], row["mirrored"]) == (f"{seed}.png", way, mirrored)
        for seed, (row, (_, mirrored)) in enumerate(zip(rows, parts, strict=False))
    ]
    assert np.mean(right) >= 0.85
    assert all(row["item"] in (None, f"{seed}.png") for seed, row in enumerate(rows[:COUNT]))
    assert all(row["of"] is None for row in rows[COUNT:])


def test_how_alike_a_crop_must_be_is_asked(leaks, held_out):
    marked = Image.open(io.BytesIO(watermarked(photo(3).crop((31, 8, 199, 134)))))
    named = {"held-out": str(held_out)}
    assert leaks([encoded(marked)], named, alike=0.8)[0]["kind"] == "cropped"
    assert leaks([encoded(marked)], named, alike=0.999)[0]["kind"] is None


def test_plain_pictures_are_no_crops_of_anything(leaks, project):
    Path("held-out").mkdir()
    held = Image.new("RGB", (120, 90), "white")
    ImageDraw.Draw(held).ellipse((5, 5, 40, 40), "navy")
    Path("held-out/0.png").write_bytes(encoded(held))
    rows = leaks(
        [encoded(Image.new("RGB", (80, 60), colour)) for colour in ("white", "teal")],
        {"held-out": "held-out"},
    )
    assert [row["of"] for row in rows] == [None, None]


def test_a_table_of_hashes_does_as_well_as_its_pictures(leaks, project):
    data = [encoded(photo(seed)) for seed in range(3)]
    sha256s = [hashlib.sha256(each).hexdigest() for each in data]
    phashes = [str(imagehash.phash(photo(seed))).upper() for seed in range(3)]
    pq.write_table(pa.table({"sha256": [sha256s[0]]}), "bytes.parquet")
    Path("looks.csv").write_text(f"phash,split\n{phashes[1]},test\n0000000000000000,test\n")
    rows = leaks(data, {"a": "bytes.parquet", "b": "looks.csv"})
    assert [(row["exact"], row["near"], row["of"]) for row in rows] == [
        (True, False, "a"),
        (False, True, "b"),
        (False, False, None),
    ]


def test_the_nearest_set_is_named_and_distance_0_asks_for_the_same_hash(leaks, project):
    code = int(str(imagehash.phash(photo(0))), 16)
    pq.write_table(pa.table({"phash": [f"{code ^ 3:016x}"]}), "a.parquet")
    pq.write_table(pa.table({"phash": [f"{code ^ 4:016x}"]}), "b.parquet")
    named = {"a": "a.parquet", "b": "b.parquet"}
    assert leaks([encoded(photo(0))], named)[0]["of"] == "b"
    assert leaks([encoded(photo(0))], named, distance=0)[0]["near"] is False


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({}, "names no evaluation set"),
        ({"gone": "nowhere"}, r"evaluation set gone, nowhere: no such.*score\.leakage\.sets\.gone"),
        ({"empty": "empty"}, "empty is empty: it holds no picture"),
        ({"odd": "odd.csv"}, "has no column sha256 or phash; it has name"),
        ({"bad": "bad.csv"}, "column phash: '12' is not 16 hexadecimal digits"),
        ({"torn": "torn.parquet"}, r"torn\.parquet cannot be read"),
        ({"broken": "broken"}, r"broken: a\.png"),
    ],
)
def test_sets_that_are_missing_empty_or_broken_are_errors_that_name_them(project, named, message):
    for folder in ("empty", "broken"):
        Path(folder).mkdir()
    Path("broken/a.png").write_bytes(b"no picture")
    Path("odd.csv").write_text("name\nx\n")
    Path("bad.csv").write_text("phash\n12\n")
    Path("torn.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match=message):
        leakage.fingerprint(leakage.Params(sets=named))


def test_the_table_carries_the_register_with_a_hash_of_each_set(project):
    pq.write_table(pa.table({"phash": ["a" * 16]}), "a.parquet")
    sets_ = {"held": leakage.evaluation.EvaluationSet(path="a.parquet", version="2017")}
    (before,) = json.loads(leakage.told(leakage.Params(sets=sets_))["evaluation_sets"])
    assert (before["name"], before["version"], before["place"]) == ("held", "2017", "a.parquet")
    pq.write_table(pa.table({"phash": ["b" * 16, "c" * 16]}), "a.parquet")
    (after,) = json.loads(leakage.told(leakage.Params(sets=sets_))["evaluation_sets"])
    assert before["hash"] != after["hash"]


def test_other_hashes_are_another_memory(project):
    prints = []
    for name in ("a", "b"):
        pq.write_table(pa.table({"phash": [name * 16]}), f"{name}.parquet")
        prints.append(leakage.fingerprint(leakage.Params(sets={"held": f"{name}.parquet"})))
    assert prints[0] != prints[1]


def test_a_set_that_is_changed_is_read_again_by_the_same_process(leaks, project):
    first, second = (encoded(photo(seed)) for seed in (1, 2))
    Path("eval").mkdir()
    Path("eval/held.png").write_bytes(first)
    assert [row["exact"] for row in leaks([first, second], {"held": "eval"})] == [True, False]
    Path("eval/held.png").write_bytes(second)
    assert [row["exact"] for row in leaks([first, second], {"held": "eval"})] == [False, True]
