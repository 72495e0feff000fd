"""Files by path or URL, on this machine and on an object store."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from curate.dataset import files
from curate.dataset.errors import SourceError


@pytest.fixture(params=["here", "store"])
def folder(request, tmp_path):
    """A folder of each kind."""
    if request.param == "here":
        return tmp_path / "made" / "when needed"
    return files.place(request.getfixturevalue("store")) / "a"


def put(path: files.Place, data: bytes) -> None:
    partial = files.partial(path)
    partial.write_bytes(data)
    files.settle(partial, path)
    assert not partial.exists()


def test_a_file_has_its_place_only_when_it_is_whole_and_replaces_another(folder):
    path = folder / "one.txt"
    partial = files.partial(path)
    partial.write_bytes(b"whole")
    assert not path.exists()
    files.settle(partial, path)
    assert path.read_bytes() == b"whole"
    put(path, b"other")
    assert path.read_bytes() == b"other"
    assert [file.name for file in folder.glob("*")] == ["one.txt"]


def test_a_reader_never_sees_half_of_a_file_that_is_replaced_again_and_again(folder):
    path, sizes, ended = folder / "one.txt", set(), threading.Event()
    put(path, b"0" * 1_000_000)

    def read():
        while not ended.is_set():
            sizes.add(len(path.read_bytes()))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(20):
        put(path, str(number % 10).encode() * (1_000_000 + number % 2 * 500_000))
    ended.set()
    reader.join()
    assert sizes <= {1_000_000, 1_500_000}


def test_two_partial_files_of_one_place_are_never_the_same(folder):
    assert files.partial(folder / "x") != files.partial(folder / "x")


def test_pieces_come_back_in_the_order_in_which_they_were_asked_for(folder, monkeypatch):
    monkeypatch.setattr(files, "_AT_ONCE", 100)
    monkeypatch.setattr(files, "_OPEN", 2)
    data = {f"{name}.blob": os.urandom(300) for name in "abcd"}
    for name, held in data.items():
        put(folder / name, held)
    asked = [(name, start, start % 60) for start in range(1, 300, 7) for name in reversed(data)]
    asked = [one for one in asked if one[2]]
    with files.Pieces() as pieces:
        found = pieces.read([files.Piece(str(folder / name), *rest) for name, *rest in asked])
        assert list(found) == [data[name][start : start + size] for name, start, size in asked]
        assert list(pieces.read([])) == []


def test_threads_that_read_the_same_files_at_once_each_get_their_own_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_OPEN", 2)  # of three: some are closed while others are read
    data = {str(number): os.urandom(200_000) for number in range(3)}
    for name, held in data.items():
        put(tmp_path / name, held)

    def read(thread):
        starts = [(thread * 997 + at * 7919) % 190_000 for at in range(300)]
        asked = [(str((thread + at) % 3), start) for at, start in enumerate(starts)]
        wanted = [files.Piece(str(tmp_path / name), start, 9_000) for name, start in asked]
        right = [data[name][start : start + 9_000] for name, start in asked]
        return list(pieces.read(wanted)) == right

    with files.Pieces() as pieces, ThreadPoolExecutor(8) as many:
        assert all(many.map(read, range(8)))


def test_a_file_that_is_missing_is_an_os_error(folder):
    put(folder / "there", b"1")
    with files.Pieces() as pieces, pytest.raises(OSError):
        list(pieces.read([files.Piece(str(folder / name), 0, 1) for name in ("there", "none")]))


def test_a_place_says_its_url_again_and_local_ones_are_paths(store):
    assert str(files.place(f"{store}/a/b.txt")) == f"{store}/a/b.txt"
    assert files.place("data/pool") == Path("data/pool")
    assert files.place("file:///data/pool") == Path("/data/pool")


def test_a_store_that_nothing_here_speaks_to_is_an_error_that_names_what_is_missing():
    with pytest.raises(SourceError, match=r"s3://bucket/pool: .*[Ii]nstall s3fs"):
        files.place("s3://bucket/pool")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sftp://host/pool", "sftp://host/pool: can be written to s3://.*mount others"),
        (
            "abfs://box@account.dfs.core.windows.net/pool",
            "say account_name in the environment.*abfs://box/pool",
        ),
    ],
)
def test_a_url_that_is_no_place_on_a_store_is_an_error_that_says_what_is(url, message):
    with pytest.raises(SourceError, match=message):
        files.place(url)
