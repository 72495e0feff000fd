import hashlib
import io
import json
import shutil
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from align import label
from curate import blur
from curate.dataset import record, tables
from curate.dataset.errors import WeightsError
from curate.dataset.shards import ShardReader
from curate.export import export
from curate.stage import params as parameter_file
from tests import _faces
from train.corpus import read_regions

FACE = (40, 20, 72, 60)  # left, top, right, bottom
MORE = 5  # a tenth of the diagonal of 51 pixels
AROUND = np.s_[FACE[1] - MORE : FACE[3] + MORE, FACE[0] - MORE : FACE[2] + MORE]
ON = {"model": "model.onnx", "form": "boxes", "size": 48, "per_shard": 1}
FOLDERS = ("data/pool", "data/made", "data/decisions", "data/blurred")
WITH_FACE = ("a face", "un visage", "in a png")


def photo(seed, face=True, form="JPEG"):
    """A dark picture, with a bright one of much detail inside."""
    random = np.random.default_rng(seed)
    small = Image.fromarray(random.integers(20, 90, (8, 12, 3), np.uint8))
    grid = np.array(small.resize((144, 96), Image.Resampling.BICUBIC))
    if face:
        left, top, right, bottom = FACE
        grid[top:bottom, left:right] = random.choice([225, 255], (bottom - top, right - left, 1))
    out = io.BytesIO()
    Image.fromarray(grid).save(out, form, quality=95)
    return out.getvalue()


@pytest.fixture
def job(drawn_project, write_set, workers):
    """Two pictures with a face and two without, all kept, and one with a face made from one."""
    _faces.boxes_model(Path("model.onnx"), 48)
    rows = [
        (photo(0, face=False), "en", "plain"),
        (photo(1), "en", "a face"),
        (photo(1), "fr", "un visage"),
        (photo(2, form="PNG"), "en", "in a png"),
        (photo(3, face=False), "en", "plain, too"),
    ]
    pairs = write_set(Path("data/pool"), rows).to_pylist()
    known = {row["caption"]: row for row in pairs}
    slots = {"red": "plain", "green": "a face", "gold": "in a png", "teal": "plain, too"}
    drawn_project.circles = {slot: known[caption] for slot, caption in slots.items()}
    drawn_project.write_splits(lambda row: row)
    drawn_project.decide("pool", pairs)
    drawn_project.draw = lambda *_: photo(4)
    drawn_project.write_made([("made", "", "made", known["plain"]["uid"])])
    return drawn_project


def run(**params):
    built = parameter_file.build(blur.BlurParams, params, "blur")
    return blur.main(*map(Path, FOLDERS), built)


def files(folder):
    return {f.relative_to(folder): f.read_bytes() for f in Path(folder).rglob("*") if f.is_file()}


def located(*folders):
    """Pairs of sets by caption, with their set."""
    return {
        row["caption"]: {**row, "set": folder}
        for folder in folders
        for row in tables.read(Path(folder) / "pairs.parquet").to_pylist()
    }


def encoded(row):
    with ShardReader(row["set"]) as reader:
        return reader.read(row["shard"], row["offset"], row["size"])


def grid(row):
    return np.asarray(Image.open(io.BytesIO(encoded(row))).convert("RGB"), np.int16)


def frozen(job):
    job.freeze(blurred=Path("data/blurred"))
    return {row["caption"]: row for row in job.manifest()}


def test_pictures_with_faces_alone_become_a_set_and_the_pool_stays(job):
    before = files("data/pool")
    assert run(**ON) == {"images": 5, "blurred": 3, "faces": 3, "pairs": 4}
    assert files("data/pool") == before
    pool, clear = located("data/pool", "data/made/geometric"), located("data/blurred")
    assert set(clear) == {*WITH_FACE, "made"}
    for caption, row in clear.items():
        assert row["uid"] == pool[caption]["uid"]
        assert row["image"] == record.image_name(encoded(row)) != pool[caption]["image"]


def test_a_face_loses_its_detail_and_the_rest_of_the_picture_stays(job):
    run(**ON)
    pool, clear = located("data/pool"), located("data/blurred")
    for caption, most in (("in a png", 0), ("a face", 6)):  # levels that JPEG moves a pixel by
        old, new = grid(pool[caption]), grid(clear[caption])
        assert old.shape == new.shape
        apart = np.abs(old - new).max(axis=2)
        left, top, right, bottom = FACE
        assert new[top + 8 : bottom - 8, left + 8 : right - 8].std() < 5
        assert old[top + 8 : bottom - 8, left + 8 : right - 8].std() > 10
        apart[AROUND] = 0
        apart = apart if not most else apart[:8]  # its blocks of 16 pixels reach beyond the box
        assert apart.max() <= most


def test_a_large_face_is_blurred_as_by_one_wide_gaussian(job):
    random = np.random.default_rng(0)
    small = Image.fromarray(random.integers(0, 256, (30, 40, 3), np.uint8))
    page = np.asarray(small.resize((800, 600), Image.Resampling.BICUBIC))
    clear = blur.blurred(page, np.array([[0, 0, 800, 600]]), 0.1, 0.03)
    wide = cv2.GaussianBlur(page, (0, 0), 30)
    assert np.abs(clear.astype(int) - wide).mean() < 1
    assert np.abs(page.astype(int) - wide).mean() > 20


def test_the_recipe_says_of_which_picture_by_which_model_and_how_many_faces(job):
    run(**ON)
    pool, clear = located("data/pool", "data/made/geometric"), located("data/blurred")
    model = hashlib.sha256(Path("model.onnx").read_bytes()).hexdigest()
    for caption, row in clear.items():
        told = {"image": pool[caption]["image"], "faces": 1, "model": model}
        earlier = json.loads(pool[caption]["recipe"] or "{}")
        assert json.loads(row["recipe"]) == earlier | {"blurred": told}
    assert json.loads(clear["made"]["recipe"])["method"] == "geometric"


def test_a_snapshot_refers_to_blurred_pictures_and_they_are_what_is_materialised(job):
    job.freeze()
    plain = {row["caption"]: row for row in job.manifest()}
    run(**ON)
    rows = frozen(job)
    assert {c: r["split"] for c, r in rows.items()} == {c: r["split"] for c, r in plain.items()}
    assert {c for c, r in rows.items() if r["set"] == "data/blurred"} == {*WITH_FACE, "made"}
    assert rows["plain"] == plain["plain"]
    listed = json.loads(Path("data/snapshot/snapshot.json").read_text())["shards"]
    assert {"data/blurred"} < {shard["set"] for shard in listed}
    export(Path("data/snapshot"), Path("out"), "webdataset", [], 100)
    held = {}
    for file in Path("out").rglob("*.tar"):
        with tarfile.open(file) as tar:
            held |= {m.name: tar.extractfile(m).read() for m in tar if not m.name.endswith("json")}
    assert {encoded(row) for row in rows.values()} <= set(held.values())
    assert not {encoded(plain[caption]) for caption in (*WITH_FACE, "made")} & set(held.values())


def test_what_training_sees_of_a_picture_is_of_the_blurred_one(job, tiny_clip):
    run(**ON)
    rows = frozen(job)
    values = {"model": f"local-dir:{tiny_clip()}", "grid": 2, "classes": 2, "sample": 1.0}
    folders = [Path("data") / name for name in ("pool", "made", "decisions", "packages")]
    label.main("regions", *folders, Path("data/labels/regions"), values, Path("data/blurred"))
    images = tables.read(Path("data/snapshot/manifest.parquet")).column("image")
    seen = read_regions(Path("data/labels"), images, 4)
    assert seen.names.to_pylist() == sorted({row["image"] for row in rows.values()})
    images = tables.read(Path("data/labels/regions/images.parquet")).column("image").to_pylist()
    originals = {r["image"] for c, r in located("data/pool").items() if c in WITH_FACE}
    assert not originals & set(images)


def test_the_same_pictures_give_the_same_bytes_and_without_memory_too(job):
    run(**ON)
    first = files("data/blurred")
    run(**ON)
    assert files("data/blurred") == first
    shutil.rmtree(".pairwright")
    run(**ON)
    assert files("data/blurred") == first


def test_without_a_detector_nothing_is_blurred_and_the_snapshot_is_the_same(job):
    job.freeze()
    before = files("data/snapshot")
    run(**ON)
    assert run() == {"images": 0, "blurred": 0, "faces": 0, "pairs": 0}
    assert list(files("data/blurred")) == [Path("pairs.parquet")]
    frozen(job)
    assert files("data/snapshot") == before


def test_a_detector_that_is_not_there_stops_the_stage(job):
    with pytest.raises(WeightsError, match=r"no file models/faces\.onnx \(blur\.model\)"):
        run(model="models/faces.onnx")
