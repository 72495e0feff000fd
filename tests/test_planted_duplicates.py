"""Planted copies of pictures: which kind is found by which means, with recall and precision."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageDraw, ImageOps

from curate import score
from curate.dataset import record, tables
from tests._scenes import scene

COUNT = 60  # pictures, each with a copy of every kind
MEANS = {
    "exact": {"distance": None},
    "perceptual": {"exact": False, "distance": 6},
    "mirrored": {"exact": False, "distance": None, "mirrored": 8},
    "cropped": {"exact": False, "distance": None, "cropped": 0.97},
    "all": {"distance": 6, "mirrored": 8, "cropped": 0.97},
}


def saved(picture, form="PNG", **how):
    out = io.BytesIO()
    picture.save(out, form, **how)
    return out.getvalue()


def marked(picture):
    shown = picture.copy()
    ImageDraw.Draw(shown).text((190, 215), "© somebody 2024", fill="white", font_size=14)
    return shown


def cropped(picture, share):
    """Without that share of each side."""
    return ImageOps.crop(picture, int(share * picture.width))


KINDS = {
    "recompressed": lambda p: saved(p, compress_level=0),
    "reencoded": lambda p: saved(p, "JPEG", quality=60),
    "resized": lambda p: saved(p.resize((200, 150)), "JPEG", quality=85),
    "watermarked": lambda p: saved(marked(p), "JPEG", quality=85),
    "cropped by 1%": lambda p: saved(cropped(p, 0.01), "JPEG", quality=85),
    "cropped by 10%": lambda p: saved(cropped(p, 0.1), "JPEG", quality=85),
    "flipped": lambda p: saved(ImageOps.mirror(p), "JPEG", quality=85),
    "flipped and cropped": lambda p: saved(ImageOps.mirror(cropped(p, 0.1)), "JPEG", quality=85),
}
# least recall of each kind by each means; what is not named is to be found by no more than 0.02
RECALL = {
    ("exact", "recompressed"): 1.0,
    ("perceptual", "recompressed"): 1.0,
    ("perceptual", "reencoded"): 1.0,
    ("perceptual", "resized"): 1.0,
    ("perceptual", "watermarked"): 0.9,
    ("perceptual", "cropped by 1%"): 0.9,
    ("mirrored", "flipped"): 0.9,
    ("cropped", "cropped by 10%"): 0.9,
    ("cropped", "flipped and cropped"): 0.9,
}
RECALL |= {("all", kind): least for (_, kind), least in RECALL.items()}


@pytest.fixture(scope="module")
def clusters(tmp_path_factory, cluster_address):
    """For each means, the cluster of every picture; and each picture's number and kind."""
    folder = tmp_path_factory.mktemp("planted")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("DASK_SCHEDULER_ADDRESS", cluster_address)
        made = {}
        for number in range(COUNT):
            picture = scene(number)
            made[number, "original"] = saved(picture)
            made |= {(number, kind): copy(picture) for kind, copy in KINDS.items()}
        write(folder / "pool", made.values())
        pool, scores = Path("pool"), Path("scores")
        score.main("phash", pool, scores / "phash.parquet", {})
        found = {}
        for means, params in MEANS.items():
            out = scores / f"{means}.parquet"
            section = {"kind": "duplicates", **params}
            score.main(means, pool, out, section, None, scores)
            table = tables.read(out, ["image", "cluster"]).to_pylist()
            found[means] = {row["image"]: row["cluster"] for row in table}
    return found, {key: record.image_name(data) for key, data in made.items()}


def write(root, pictures):
    """Write a set of pictures with one caption."""
    import pyarrow as pa

    from curate.dataset import pixels, sets, shards

    named = sorted((record.image_name(data), data) for data in pictures)
    members = [(name, pixels.probe(data)[0], data) for name, data in named]
    places = shards.write(root, "drawn", members, per_shard=64)
    blank = dict.fromkeys(record.PAIRS.names)
    rows = []
    for name, data in named:
        _, width, height = pixels.probe(data)
        said = {"uid": name, "image": name, "caption": "a scene", "lang": "en", "source": "drawn"}
        rows.append({**blank, **said, "width": width, "height": height, **places[name]._asdict()})
    table = pa.Table.from_pylist(rows, record.PAIRS)
    tables.write(table, root / sets.PAIRS_FILE, "uid", record.PAIRS)


ASKED = [  # all copies of a picture are mirror images of its flipped copy, and wholes of its crop
    (means, kind)
    for means in MEANS
    for kind in KINDS
    if (means, kind) in RECALL or means not in ("mirrored", "cropped")
]


@pytest.mark.parametrize(("means", "kind"), ASKED)
def test_each_kind_of_copy_is_found_by_the_means_that_are_for_it(clusters, means, kind):
    found, names = clusters
    cluster = found[means]
    together = [
        cluster[names[number, kind]] == cluster[names[number, "original"]]
        for number in range(COUNT)
    ]
    recall = float(np.mean(together))
    if (means, kind) in RECALL:
        assert recall >= RECALL[means, kind]
    else:
        assert recall <= 0.02


@pytest.mark.parametrize("means", MEANS)
def test_no_two_scenes_are_taken_for_one(clusters, means):
    found, names = clusters
    scenes = {}
    for (number, _), name in names.items():
        scenes.setdefault(found[means][name], set()).add(number)
    assert max(map(len, scenes.values())) == 1  # precision 1.0
