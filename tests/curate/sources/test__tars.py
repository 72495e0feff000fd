"""Compressed tars, whole, cut off and hostile, by way of the source that reads them."""

import gzip
import io
import random
import tarfile
from pathlib import Path

import psutil
import pyarrow as pa
import pytest

from curate.sources import Found, Refusal, webdataset
from curate.sources._tars import in_place


def tar(**files: bytes) -> bytes:
    """A tar of `<name>.png` with a caption each."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as opened:
        for name, data in files.items():
            for ending, content in (("png", data), ("txt", f"a {name}".encode())):
                info = tarfile.TarInfo(f"{name}.{ending}")
                info.size = len(content)
                opened.addfile(info, io.BytesIO(content))
    return whole.getvalue()


def zstd(data: bytes) -> bytes:
    return pa.Codec("zstd").compress(data, asbytes=True)


def listed(path: str) -> list[Found | Refusal]:
    params = webdataset.Params(path=path)
    Path("spool").mkdir(exist_ok=True)
    items = webdataset.items(params, Path(), Path("spool"))
    answers = webdataset.read_all([i for i in items if not isinstance(i, Refusal)], params)
    return [*answers, *(i for i in items if isinstance(i, Refusal))]


def test_a_compressed_tar_is_read_as_the_same_one_without(project, drawn):
    whole = tar(ball=drawn("circle", "red"), field=drawn("square", "green"))
    Path("d").mkdir()
    half = len(whole) // 2
    in_two = gzip.compress(whole[:half]) + gzip.compress(whole[half:])
    packed = {"a.tar": whole, "b.tar.gz": in_two, "c.tgz": gzip.compress(whole)}
    for name, data in (packed | {"d.tar.zst": zstd(whole)}).items():
        Path("d", name).write_bytes(data)
    plain, *others = [
        listed(f"d/{name}") for name in sorted(path.name for path in Path("d").iterdir())
    ]
    assert [found.captions[0].text for found in plain] == ["a ball", "a field"]
    for number, found in enumerate(others):
        name = ("d/b.tar.gz", "d/c.tgz", "d/d.tar.zst")[number]
        assert [f.data for f in found] == [f.data for f in plain]
        assert [f.item for f in found] == [f"{name}#ball.png", f"{name}#field.png"]
        assert found[0].captions[0].page == f"{name}#ball.txt"
    assert len(listed("d")) == 8


def test_a_copy_that_is_there_is_used_again_and_one_of_another_state_is_not(project, drawn):
    Path("spool").mkdir()
    Path("a.tgz").write_bytes(gzip.compress(tar(ball=drawn("circle", "red"))))
    copy = Path(in_place("a.tgz", Path("spool")))
    before = copy.stat().st_mtime_ns
    assert in_place("a.tgz", Path("spool")) == copy.as_posix()
    assert copy.stat().st_mtime_ns == before
    Path("a.tgz").write_bytes(gzip.compress(tar(field=drawn("square", "red"))))
    assert in_place("a.tgz", Path("spool")) != copy.as_posix()


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_of_a_damaged_one_all_that_is_whole_is_read_and_the_damage_is_told(project, drawn, pack):
    import os

    noise = os.urandom(3_000_000)
    packed = pack(tar(ball=drawn("circle", "red"), noise=noise))
    Path("a.tgz").write_bytes(packed[: len(packed) // 2])
    first, *rest = listed("a.tgz")
    assert first.captions[0].text == "a ball"
    assert ("broken tar", "a.tgz") in [(r.reason, r.item.partition("#")[0]) for r in rest]


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_one_that_unpacks_to_far_more_than_it_is_fills_no_disk(project, pack):
    Path("a.tgz").write_bytes(pack(tar(bomb=bytes(300_000_000))))
    (refused,) = listed("a.tgz")
    assert (refused.reason, "times its size" in refused.detail) == ("broken tar", True)
    assert not list(Path("spool").iterdir())


def test_what_only_begins_like_one_is_a_broken_tar(project):
    Path("a.tar").write_bytes(b"\x1f\x8b\x08 something")
    (refused,) = listed("a.tar")
    assert (refused.item, refused.reason) == ("a.tar", "broken tar")


def test_damaged_ones_leave_nothing_in_memory(project):
    whole = gzip.compress(random.Random(0).randbytes(900_000))
    Path("a.tar").write_bytes(whole[:-8] + b"\xff" * 8)

    def held():
        for copy in Path("spool").iterdir():
            copy.unlink()
        in_place("a.tar", Path("spool"))
        return psutil.Process().memory_info().rss

    Path("spool").mkdir()
    before = [held() for _ in range(10)][-1]
    assert [held() for _ in range(40)][-1] - before < 20_000_000
