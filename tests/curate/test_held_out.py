import hashlib
import io

import imagehash
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from curate import held_out
from curate.dataset import record


def drawn(seed):
    small = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(small).resize((90, 70), Image.Resampling.BICUBIC).save(out, "PNG")
    return out.getvalue()


def test_of_a_folder_the_pictures_are_held_and_of_a_table_the_hashes(tmp_path):
    (tmp_path / "folder").mkdir()
    for seed in range(2):
        (tmp_path / f"folder/{seed}.png").write_bytes(drawn(seed))
    table = pa.table(
        {"phash": ["00ff" * 4, None], "item": ["one", "two"], "sha256": [None, "a" * 64]}
    )
    pq.write_table(table, tmp_path / "table.parquet")
    known = held_out.read((("a", str(tmp_path / "table.parquet")), ("b", str(tmp_path / "folder"))))
    assert known.owners == [("a", "one"), ("a", "two"), ("b", "0.png"), ("b", "1.png")]
    digest = hashlib.sha256(drawn(1)).hexdigest()
    assert known.exact[record.image_named(digest)] == 3
    assert known.exact[record.image_named("a" * 64)] == 1
    codes = [
        int(str(imagehash.phash(Image.open(io.BytesIO(drawn(seed))))), 16) for seed in range(2)
    ]
    assert dict(zip(known.codes.tolist(), known.of.tolist(), strict=True)) == {
        0x00FF00FF00FF00FF: 0,
        codes[0]: 2,
        codes[1]: 3,
    }
    assert known.shown.tolist() == [2, 3]
    assert known.pictures.codes[:, 0].tolist() == codes


def test_of_pictures_that_look_the_same_the_first_set_by_name_owns_the_hash(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "held.png").write_bytes(drawn(0))
    known = held_out.read((("a", str(tmp_path / "a")), ("b", str(tmp_path / "b"))))
    assert known.of.tolist() == [0]
    assert list(known.exact.values()) == [0]
    assert known.shown.tolist() == [0, 1]
