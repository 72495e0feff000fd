import hashlib
import io
from pathlib import Path

import imagehash
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageOps

from curate.dataset import record, sets
from curate.dataset.errors import DataError
from curate.scorers import leakage

COUNT = 60  # evaluation pictures, and as many that are in no evaluation set


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


COPIES = {
    "exact": encoded,
    "encoded again": lambda image: encoded(image, "JPEG", quality=50),
    "resized": lambda image: encoded(image.resize((100, 75), Image.Resampling.LANCZOS)),
    "cropped by 1%": lambda image: encoded(image.crop((1, 1, 239, 179))),
    "cropped by 10%": lambda image: encoded(image.crop((12, 9, 228, 171))),
    "flipped": lambda image: encoded(ImageOps.mirror(image)),
}
RECALL = {  # lowest and highest share of the copies that is found
    "exact": (1, 1),
    "encoded again": (1, 1),
    "resized": (1, 1),
    "cropped by 1%": (0.9, 1),
    "cropped by 10%": (0, 0.3),  # mostly missed: it moves what the hash's frequencies see
    "flipped": (0, 0),  # never found: its hash is another
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
    found = [row["near"] for row in rows]
    lowest, highest = RECALL[copy]
    assert lowest <= sum(found[:COUNT]) / COUNT <= highest
    assert not any(found[COUNT:])  # precision 1
    assert [row["exact"] for row in rows] == [copy == "exact"] * COUNT + [False] * COUNT
    assert all((row["of"] == "held-out") == row["near"] for row in rows)


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


def test_other_hashes_are_another_memory(project):
    prints = []
    for name in ("a", "b"):
        pq.write_table(pa.table({"phash": [name * 16]}), f"{name}.parquet")
        prints.append(leakage.fingerprint(leakage.Params(sets={"held": f"{name}.parquet"})))
    assert prints[0] != prints[1]
