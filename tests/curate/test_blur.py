import hashlib
import io
import json
import shutil
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from align import label
from curate import blur, distributions, validate
from curate.comparing import causes, shifts
from curate.comparing.comparison import compare
from curate.comparing.version import opened
from curate.dataset import marks, record, tables
from curate.dataset.errors import DataError, WeightsError
from curate.dataset.memory import DEFAULT_ROOT, Memory
from curate.dataset.shards import ShardReader
from curate.descent import trace
from curate.erasure import erase
from curate.export import export
from curate.forgotten import Forgotten
from curate.naming import entries
from curate.reports import difference
from curate.reports.inputs import Inputs, Paths
from curate.reports.thumbnails import Thumbnails
from curate.reports.thumbnails import blurred as blurred_pictures
from curate.restart import Folder
from curate.stage import params as parameter_file
from tests import _faces
from train.corpus import read_regions

FACE = (40, 20, 72, 60)  # left, top, right, bottom
MORE = 5  # a tenth of the diagonal of 51 pixels
AROUND = np.s_[FACE[1] - MORE : FACE[3] + MORE, FACE[0] - MORE : FACE[2] + MORE]
ON = {"model": "model.onnx", "form": "boxes", "size": 48, "per_shard": 1}
OF_POOL = ("data/pool", "data/decisions/pool.parquet", "data/blurred")
OF_MADE = ("data/made", "data/decisions/made.parquet", "data/blurred_made")
CLEAR = (OF_POOL[-1], OF_MADE[-1])
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
    """Both stages; gives their figures."""
    built = parameter_file.build(blur.BlurParams, params, "blur")
    return [blur.main(*map(Path, places), built) for places in (OF_POOL, OF_MADE)]


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


def shown_instead():
    both = {"blurred": Path("data/blurred"), "blurred_made": Path("data/blurred_made")}
    paths = Paths(Path("data/pool"), Path("data/decisions"), **both)
    return blurred_pictures(Inputs(paths, Path("index.html")).blurred)


def frozen(job):
    job.freeze(blurred=Path("data/blurred"), blurred_made=Path("data/blurred_made"))
    return {row["caption"]: row for row in job.manifest()}


def test_pictures_with_faces_alone_become_a_set_and_the_pool_stays(job):
    before = files("data/pool")
    of_pool, of_made = run(**ON)
    assert of_pool == {"images": 4, "blurred": 2, "faces": 2, "pairs": 3}
    assert of_made == {"images": 1, "blurred": 1, "faces": 1, "pairs": 1}
    assert files("data/pool") == before
    pool, clear = located("data/pool", "data/made/geometric"), located(*CLEAR)
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
    pool, clear = located("data/pool", "data/made/geometric"), located(*CLEAR)
    model = hashlib.sha256(Path("model.onnx").read_bytes()).hexdigest()
    for caption, row in clear.items():
        told = {"image": pool[caption]["image"], "faces": 1, "model": model}
        earlier = json.loads(pool[caption]["recipe"] or "{}")
        assert json.loads(row["recipe"]) == earlier | {"blurred": told}
    assert json.loads(clear["made"]["recipe"])["method"] == "geometric"


def test_of_blurred_pictures_those_that_were_made_still_say_so(job):
    run(**ON)
    of_both = located("data/blurred", "data/blurred_made")
    said = {caption: marks.read(encoded(row)) for caption, row in of_both.items()}
    assert said.pop("made") == marks.Mark(marks.EDITED, "geometric", [])
    assert set(said.values()) == {None}


def test_the_report_shows_blurred_pictures_in_place_of_the_others(job):
    run(**ON)
    clear = located("data/blurred", "data/blurred_made")
    with Thumbnails(96, 65) as plain, Thumbnails(96, 65, shown_instead()) as shown:
        for caption, row in located("data/pool", "data/made/geometric").items():
            expected = plain.of(clear.get(caption, row))
            assert shown.of(row) == shown.sized(96, 65).of(row) == expected
            assert (plain.of(row) == expected) == (caption not in (*WITH_FACE, "made"))


def test_a_comparison_shows_what_is_blurred_now_of_a_version_of_before(job):
    job.freeze("old/snapshot")
    run(**ON)
    face = located("data/pool")["un visage"]
    job.decide("pool", located("data/pool").values(), dropped=[face["uid"]])
    frozen(job)
    with opened("old") as a, opened(".") as b:
        difference.write(compare(a, b), Path("out.html"))
    page = Path("out.html").read_text()
    with Thumbnails(192, 65) as plain, Thumbnails(192, 65, shown_instead()) as shown:
        assert shown.of(face)["src"] in page
        assert plain.of(face)["src"] not in page


def test_a_snapshot_refers_to_blurred_pictures_and_they_are_what_is_materialised(job):
    job.freeze()
    plain = {row["caption"]: row for row in job.manifest()}
    run(**ON)
    rows = frozen(job)
    assert {c: r["split"] for c, r in rows.items()} == {c: r["split"] for c, r in plain.items()}
    assert {c for c, r in rows.items() if r["set"] in CLEAR} == {*WITH_FACE, "made"}
    assert rows["plain"] == plain["plain"]
    listed = json.loads(Path("data/snapshot/snapshot.json").read_text())["shards"]
    assert set(CLEAR) < {shard["set"] for shard in listed}
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
    own = {"classes_of": "codebook", "codebook": {"classes": 2, "sample": 1.0}}
    values = {"model": f"local-dir:{tiny_clip()}", **own}
    pool, made = Path("data/labels"), Path("data/labels_made")
    for (sets, decisions, blurred), out in ((OF_POOL, pool), (OF_MADE, made)):
        learnt = {"learnt": pool / "regions"} if out == made else {}
        places = (Path(sets), Path("data/packages"), out / "regions")
        more = {"decisions": Path(decisions), "blurred": Path(blurred), **learnt}
        label.main("regions", *places, values, **more)
    images = tables.read(Path("data/snapshot/manifest.parquet")).column("image")
    seen = read_regions(pool, images, 4, made)
    assert seen.names.to_pylist() == sorted({row["image"] for row in rows.values()})
    images = tables.read(Path("data/labels/regions/images.parquet")).column("image").to_pylist()
    originals = {r["image"] for c, r in located("data/pool").items() if c in WITH_FACE}
    assert not originals & set(images)


def test_the_same_pictures_give_the_same_bytes_and_without_memory_too(job):
    run(**ON)
    first = [files(folder) for folder in CLEAR]
    run(**ON)
    assert [files(folder) for folder in CLEAR] == first
    shutil.rmtree(".pairwright")
    run(**ON)
    assert [files(folder) for folder in CLEAR] == first


def test_without_a_detector_nothing_is_blurred_and_the_snapshot_is_the_same(job):
    job.freeze()
    before = files("data/snapshot")
    run(**ON)
    assert run() == [{"images": 0, "blurred": 0, "faces": 0, "pairs": 0}] * 2
    assert [list(files(folder)) for folder in CLEAR] == [[Path("pairs.parquet")]] * 2
    frozen(job)
    assert files("data/snapshot") == before


def test_a_detector_that_is_not_there_stops_the_stage(job):
    with pytest.raises(WeightsError, match=r"no file models/faces\.onnx \(blur\.model\)"):
        run(model="models/faces.onnx")


def score(column, value):
    """Write a score of the crawl's pictures; `value` gives it for a place and a name."""
    names = sorted({row["image"] for row in located("data/pool").values()})
    rows = [{"image": name, column: value(place, name)} for place, name in enumerate(names)]
    tables.write(pa.Table.from_pylist(rows), Path("data/scores/phash.parquet"), "image")


def check(**asked):
    params = {"min_pairs": {}, **asked}
    folders = {"reads": "data/snapshot", "beside": "data/scores/phash.parquet", "pool": "data/pool"}
    places = {name: Path(folder) for name, folder in folders.items()}
    split = Path("data/split.parquet")
    return validate.main(name="snapshot", **places, split=split, out=Path("docs"), params=params)


def test_near_duplicates_in_two_splits_are_found_though_both_are_blurred(job):
    run(**ON)
    frozen(job)
    check()
    torn = {"group-green", "group-gold"}  # those of two pictures with faces
    job.write_splits(lambda row: row | {"group": "one"} if row["group"] in torn else row)
    with pytest.raises(DataError, match=r"no near-duplicate, .* is in two splits"):
        check()


def test_pictures_that_look_alike_are_found_though_they_are_blurred(job):
    alike = {located("data/pool")[caption]["image"] for caption in ("a face", "in a png")}
    score("phash", lambda n, name: f"{0 if name in alike else 255 << 8 * n:016x}")
    run(**ON)
    frozen(job)
    with pytest.raises(DataError, match="of pictures that look alike one is kept") as caught:
        check(look_alikes={"distance": 3})
    assert max(alike) in str(caught.value)


def test_a_score_of_pictures_spreads_as_it_did_before_they_were_blurred(job):
    score("x", lambda n, _: float(n))
    Path("baseline.json").write_text("null")
    folders = [Path("data") / name for name in ("snapshot", "scores", "scores_made")]
    job.freeze()
    distributions.main(*folders, Path("baseline.json"), Path("baseline.json"))
    run(**ON)
    shutil.copytree("data", "before/data")
    frozen(job)
    told = distributions.main(*folders, Path("baseline.json"), Path("told.json"))
    assert told["distances"]["phash.x"] == 0
    with opened("before") as plain, opened(".") as clear:
        (shift,) = shifts.scores(plain, clear)
    assert (shift.distance, shift.known) == (0, (5, 5))


def test_of_a_blurred_picture_whose_caption_changed_just_that_is_told(job):
    run(**ON)
    frozen(job)
    shutil.copytree("data", "before/data")
    file = Path("data/pool/pairs.parquet")
    pairs = [
        row | {"uid": "f" * 32, "caption": "hers"} if row["caption"] == "in a png" else row
        for row in tables.read(file).to_pylist()
    ]
    tables.write(pa.Table.from_pylist(pairs, record.PAIRS), file, "uid", record.PAIRS)
    job.decide("pool", pairs)
    run(**ON)
    frozen(job)
    with opened(".") as here, opened("before") as there:
        (gone,) = causes.absent(here, there).to_dict("records")
    assert (gone["caption"], gone["why"]) == ("in a png", "other caption of its picture")


def named(caption):
    """What is asked about where the picture is named that a snapshot holds."""
    name = located("data/blurred")[caption]["image"]
    return Forgotten(tuple(entries({"image": [name]}, "asked", Path("data"))))


def test_by_the_name_of_a_blurred_picture_its_pairs_and_labels_are_found(job):
    run(**ON)
    clear = located("data/blurred")
    images = sorted({row["image"] for row in clear.values()})
    labels = Path("data/labels/regions/images.parquet")
    tables.write(pa.table({"image": images}), labels, "image")
    listed = named("a face")
    assert [entry.value for entry in listed.entries] == [located("data/pool")["a face"]["image"]]
    found = trace(Path("data"), listed)
    assert set(found.pairs.column("caption").to_pylist()) == {"a face", "un visage"}
    assert found.labels == {"regions/images.parquet": 1}


def test_what_is_remembered_of_a_blurred_picture_stays_unless_that_is_forgotten(job):
    run(**ON)
    clear = located("data/blurred")
    seen = pa.schema([pa.field("image", pa.string()), pa.field("regions", pa.int64())])
    known = sorted({row["image"] for row in clear.values()})
    Memory("regions", "f" * 32, "image", seen).remember(
        pa.table({"image": known, "regions": [1] * len(known)})
    )
    listed = named("a face")
    folder = Folder(Path("data/pool"))
    with folder.locked():
        erase(folder, trace(Path("data"), listed), listed, per_shard=4)
    (file,) = (DEFAULT_ROOT / "regions").rglob("*.parquet")
    left = tables.read(file).column("image").to_pylist()
    assert left == sorted(set(known) - {clear["a face"]["image"]})
