import io
import subprocess
import tarfile
import zipfile

import pytest

from curate.dataset import packages
from curate.dataset.errors import SourceError


def tgz(path, **files):
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(f"package/{name}.txt")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))


def test_a_tgz_is_unpacked_once_and_found_again(tmp_path):
    tgz(tmp_path / "names.tgz", a="hello")
    first = packages.unpack(tmp_path, "names", tmp_path / "unpacked")
    assert (first / "package/a.txt").read_text() == "hello"
    stamp = (first / "package/a.txt").stat().st_mtime_ns
    assert packages.unpack(tmp_path, "names", tmp_path / "unpacked") == first
    assert (first / "package/a.txt").stat().st_mtime_ns == stamp


def test_another_version_is_unpacked_beside_the_first(tmp_path):
    tgz(tmp_path / "names.tgz", a="one")
    first = packages.unpack(tmp_path, "names", tmp_path / "unpacked")
    tgz(tmp_path / "names.tgz", a="two")
    second = packages.unpack(tmp_path, "names", tmp_path / "unpacked")
    assert first != second
    assert (second / "package/a.txt").read_text() == "two"


def test_a_deb_is_unpacked(tmp_path):
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    control = "Package: tiny\nVersion: 1\nArchitecture: all\n"
    control += "Maintainer: a <a@b.c>\nDescription: x\n"
    (tree / "DEBIAN/control").write_text(control)
    (tree / "usr").mkdir()
    (tree / "usr/file").write_text("hello")
    subprocess.run(["dpkg-deb", "-b", tree, tmp_path / "tiny.deb"], check=True, capture_output=True)
    place = packages.unpack(tmp_path, "tiny", tmp_path / "unpacked")
    assert (place / "usr/file").read_text() == "hello"


def test_a_wheel_is_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "words.whl", "w") as wheel:
        wheel.writestr("words/a.txt", "hello")
        wheel.writestr("../outside.txt", "stays within")
    place = packages.unpack(tmp_path, "words", tmp_path / "unpacked")
    assert (place / "words/a.txt").read_text() == "hello"
    assert not list(tmp_path.glob("outside.txt")) + list((tmp_path / "unpacked").glob("*.txt"))


def test_a_missing_package_is_answered_with_those_there_are(tmp_path):
    tgz(tmp_path / "names.tgz", a="hello")
    with pytest.raises(SourceError, match=r"package pictures is not in .*there: names.tgz"):
        packages.unpack(tmp_path, "pictures", tmp_path / "unpacked")


def test_a_damaged_package_leaves_nothing_behind(tmp_path):
    (tmp_path / "names.tgz").write_bytes(b"no archive")
    with pytest.raises(SourceError, match="damaged"):
        packages.unpack(tmp_path, "names", tmp_path / "unpacked")
    (tmp_path / "words.whl").write_bytes(b"no archive")
    with pytest.raises(SourceError, match="damaged"):
        packages.unpack(tmp_path, "words", tmp_path / "unpacked")
    assert list((tmp_path / "unpacked").iterdir()) == []
