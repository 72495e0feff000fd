from pathlib import Path

import numpy as np
import pyarrow as pa

from align.grounding import scenes
from curate.dataset import record, tables, truth

CAPTION = "two dogs and a red apple"


def made(folder: Path, lang: str = "en") -> Path:
    """A made set of one caption, of two dogs and an apple."""
    empty = {f.name: "" if pa.types.is_string(f.type) else 0 for f in record.PAIRS}
    row = empty | {"uid": "u", "image": "i", "caption": CAPTION, "lang": lang}
    pairs = pa.Table.from_pylist([row], record.PAIRS)
    tables.write(pairs, folder / "pairs.parquet", ("uid",), record.PAIRS)
    boxes = [(0.0, 0.0, 0.2, 0.2), (0.4, 0.0, 0.6, 0.2), (0.5, 0.5, 1.0, 1.0)]
    objects = [
        {"image": "i", "object": n, "name": name, "visible": 1.0, "parent": "p"}
        | dict(zip(("x1", "y1", "x2", "y2"), box, strict=True))
        for n, (name, box) in enumerate(zip(("dog", "dog", "apple"), boxes, strict=True))
    ]
    mentions = [
        {"uid": "u", "start": 4, "end": 8, "object": 0},
        {"uid": "u", "start": 4, "end": 8, "object": 1},
        {"uid": "u", "start": 15, "end": 24, "object": 2},
    ]
    for name, rows, (schema, key, *_) in (
        ("objects", objects, truth.OBJECTS),
        ("mentions", mentions, truth.MENTIONS),
    ):
        tables.write(pa.Table.from_pylist(rows, schema), folder / f"{name}.parquet", key, schema)
    return folder


def test_a_scene_has_every_box_that_a_mention_names_and_the_phrase_that_says_it(
    tmp_path: Path, database_folder: Path
) -> None:
    [scene], pairs = scenes.read(made(tmp_path), database_folder)
    assert pairs.num_rows == 1
    dogs, apple = scene.mentions
    np.testing.assert_allclose(dogs.boxes[:, 0], [0.0, 0.4], atol=1e-6)
    said = [scene.phrases[scene.phrase_of(m)] for m in (dogs, apple)]
    assert [(p.words, p.things) for p in said] == [("dog", 2), ("red apple", 1)]


def test_a_mention_that_no_phrase_says_has_none(tmp_path: Path, database_folder: Path) -> None:
    [scene], _ = scenes.read(made(tmp_path), database_folder)
    assert scene._replace(phrases=[]).phrase_of(scene.mentions[0]) is None
    assert scene.phrase_of(scene.mentions[0]._replace(start=8, end=9)) is None


def test_captions_of_other_languages_are_no_scenes(tmp_path: Path, database_folder: Path) -> None:
    found, pairs = scenes.read(made(tmp_path, "de"), database_folder)
    assert not found
    assert not pairs.num_rows
