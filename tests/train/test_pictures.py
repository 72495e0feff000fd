import os
import re
import shutil
from pathlib import Path

import fsspec
import numpy as np
import pyarrow as pa
import pytest
import torch
from PIL import Image

from curate.dataset import record, shards, tables
from curate.dataset.errors import DataError
from curate.dataset.pixels import decode
from train import loader
from train.encoded import COLUMNS
from train.pictures import Pictures


@pytest.fixture(scope="module")
def manifest(small):
    return tables.read(small.snapshot / record.MANIFEST_FILE, ["image", "caption", *COLUMNS])


@pytest.fixture
def pictures(manifest, pairs):
    return Pictures(manifest, pairs.regions.names, 32)


def test_pixels_are_those_of_the_picture_that_the_manifest_names(manifest, pairs, pictures):
    row = manifest.filter(pa.compute.equal(manifest.column("image"), pairs.regions.names[5]))
    (place,) = {tuple(r[c] for c in COLUMNS) for r in row.to_pylist()}
    with shards.ShardReader(place[0]) as reader:
        whole = decode(reader.read(*place[1:]))
    wanted = np.asarray(whole.resize((32, 32), Image.Resampling.BICUBIC)) / 255
    (found,) = pictures.read(np.array([5]))
    assert found.dtype == torch.float32
    assert np.allclose(found.permute(1, 2, 0), wanted, atol=1e-6)


def test_pictures_come_in_the_order_asked_for_and_may_come_twice(pictures):
    some = pictures.read(np.array([7, 0, 7, 29]))
    assert some.shape == (4, 3, 32, 32)
    assert torch.equal(some[0], some[2])
    for number, one in zip((7, 0, 7, 29), some, strict=True):
        assert torch.equal(pictures.read(np.array([number]))[0], one)


def test_processes_that_read_at_once_see_the_same(pictures):
    wanted = [np.arange(k, k + 12) % len(pictures) for k in range(40)]
    here = [pictures.read(numbers) for numbers in wanted]  # its files are open when workers fork
    there = loader.ahead(lambda n: (os.getpid(), pictures.read(n)), wanted, 2)
    for one, (process, other) in zip(here, there, strict=True):
        assert process != os.getpid()
        assert torch.equal(one, other)


def test_pictures_may_lie_on_a_store(manifest, pairs, pictures):
    root = Path(manifest.column("set")[0].as_py())
    for path in root.rglob("*.tar"):
        name = path.relative_to(root)
        fsspec.filesystem("memory").pipe_file(f"/pool/{name}", path.read_bytes())
    there = pa.array(["memory://pool"] * manifest.num_rows)
    index = manifest.schema.get_field_index("set")
    stored = Pictures(manifest.set_column(index, "set", there), pairs.regions.names, 32)
    numbers = np.arange(len(pictures))
    assert torch.equal(stored.read(numbers), pictures.read(numbers))


def test_few_pictures_that_come_again_are_held_up_to_so_many_bytes_and_are_the_same(
    small, manifest, pairs, pictures, tmp_path
):
    shutil.copytree(small.snapshot.parent / "pool", tmp_path / "pool")
    index = manifest.schema.get_field_index("set")
    there = pa.array([str(tmp_path / "pool")] * manifest.num_rows)
    elsewhere = Pictures(manifest.set_column(index, "set", there), pairs.regions.names, 32)
    held = elsewhere.holding(8 * 3 * 32 * 32 + 1)
    some = np.array([4, 9, 4, 1, 7])
    assert torch.equal(held.read(some), pictures.read(some))
    held.read(np.arange(20, 25))  # of which four have room
    for file in (tmp_path / "pool").rglob("*.tar"):
        file.write_bytes(b"")
    held._encoded._opened = (0, held._encoded._opened[1])  # files are opened anew
    for numbers in (some, some[::-1].copy(), np.array([20, 23])):
        assert torch.equal(held.read(numbers), pictures.read(numbers))
    for one, number in ((held, 24), (elsewhere, 4)):
        with pytest.raises(DataError, match="the shard ends before"):
            one.read(np.array([number]))


def rows(name, size, data, tmp_path):
    (tmp_path / "a.tar").write_bytes(data)
    columns = {"image": [name], "set": [str(tmp_path)], "shard": ["a.tar"]}
    return pa.table(columns | {"offset": [0], "size": [size]})


@pytest.mark.parametrize(
    ("size", "data", "said"),
    [
        (9, b"too short", None),
        (12, b"too short", "the shard ends before byte 12"),
        (9, b"\xff\xd8\xff\xe0\0\x10JFI", None),
    ],
)
def test_bytes_that_are_no_picture_are_told_by_name_and_shard(tmp_path, size, data, said):
    one = Pictures(rows("abc", size, data, tmp_path), pa.array(["abc"]), 32)
    where = re.escape(f"picture abc in {tmp_path}/a.tar: ")
    with pytest.raises(DataError, match=where + (said or "")):
        one.read(np.array([0]))


def test_a_missing_shard_says_what_to_fetch(tmp_path):
    table = rows("abc", 9, b"too short", tmp_path)
    (tmp_path / "a.tar").unlink()
    with pytest.raises(DataError, match=r"a\.tar.*dvc pull"):
        Pictures(table, pa.array(["abc"]), 32).read(np.array([0]))
