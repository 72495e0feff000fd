import os
from pathlib import Path

import pytest

from curate.dataset import wordnet
from curate.dataset.memory import fingerprint
from curate.dataset.read_once import hashed, read_once, stamps


@pytest.fixture
def read():
    """A function that reads a place and says of what, and how often it really read."""

    @read_once(lambda place: [place], keep=2)
    def call(place):
        call.times += 1
        return fingerprint(Path(place))

    call.times = 0
    return call


def test_files_that_stay_are_read_once(project, read):
    Path("a").mkdir()
    Path("a/one.txt").write_text("1")
    assert read("a") == read("a") == fingerprint(Path("a"))
    assert read.times == 1


@pytest.mark.parametrize("place", ["a", "a/below/two.txt"])
def test_a_file_that_is_changed_is_read_again_by_the_same_process(project, read, place):
    Path("a/below").mkdir(parents=True)
    Path("a/below/two.txt").write_text("1")
    before = read(place)
    Path("a/below/two.txt").write_text("2")
    os.utime("a/below/two.txt", ns=(1, 1))  # as large as before, and of another time
    assert read(place) == fingerprint(Path(place)) != before


def test_files_that_come_and_go_are_seen(project, read):
    Path("a").mkdir()
    Path("a/one.txt").write_text("1")
    before = read("a")
    Path("a/two.txt").write_text("2")
    both = read("a")
    Path("a/two.txt").unlink()
    assert read("a") == before != both


def test_of_two_places_each_has_its_own(project, read):
    Path("a.txt").write_text("1")
    Path("b.txt").write_text("2")
    assert len({read("a.txt"), read("b.txt")}) == 2


def test_what_is_not_there_has_no_stamp_and_is_seen_when_it_comes(project):
    assert stamps(["gone.txt"]) == ()
    before = hashed(Path("gone.txt"))
    Path("gone.txt").write_text("here")
    assert hashed(Path("gone.txt")) == fingerprint(Path("gone.txt")) != before


def test_links_to_files_are_followed_and_those_to_folders_are_not(project):
    Path("a").mkdir()
    Path("b").mkdir()
    Path("b/one.txt").write_text("123")
    Path("a/file").symlink_to(Path("b/one.txt").resolve())
    Path("a/folder").symlink_to(Path("a").resolve())  # else without end
    Path("a/broken").symlink_to("nowhere")
    assert [(name, size) for name, size, _ in stamps(["a"])] == [("a/file", 3)]


def test_a_wordnet_that_is_changed_is_opened_anew(project, database_folder):
    folder = Path("words")
    folder.mkdir()
    for file in database_folder.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    first = wordnet.open_folder(folder)
    assert wordnet.open_folder(folder) is first
    with (folder / "cntlist.rev").open("a") as opened:
        opened.write("dog%1:05:00:: 1 1000\n")
    assert wordnet.open_folder(folder).count("dog", "n") == first.count("dog", "n") + 1000
