import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from curate.dataset.errors import BusyError, StorageError
from curate.stage.whole import replacing
from tests._versioned import ENV

OUT = Path("data/out")
WRITES = """
import sys, time
from pathlib import Path
from curate.stage.whole import replacing
with replacing(Path("data/out")) as new:
    (new / "a").write_text("half of the new on")
    print("begun", flush=True)
    time.sleep(60)
"""


def write(**files):
    with replacing(OUT) as new:
        for name, text in files.items():
            (new / name).write_text(text)


def beside():
    return [path.name for path in Path("data").iterdir()]


def there():
    return {file.name: file.read_text() for file in OUT.iterdir()}


@pytest.fixture
def before(project):
    """A folder that is to be replaced."""
    write(a="old", b="old")


@pytest.fixture
def writer(before):
    """Another process that is in the middle of replacing it."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITES], env=os.environ | ENV, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "begun\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_folder_is_replaced_as_a_whole_and_nothing_else_is_left_beside_it(before):
    write(a="new")
    assert there() == {"a": "new"}
    assert beside() == ["out"]


def test_an_error_leaves_the_folder_before(before):
    with pytest.raises(TypeError):
        write(a="new", b=None)
    assert there() == {"a": "old", "b": "old"}
    assert beside() == ["out"]


def test_a_kill_leaves_the_folder_before_and_the_next_one_goes_on(writer):
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert there() == {"a": "old", "b": "old"}
    write(a="new")
    assert there() == {"a": "new"}
    assert beside() == ["out"]


def test_a_kill_between_the_two_renames_is_put_right(before):
    OUT.rename("data/.out.old")
    with pytest.raises(ZeroDivisionError), replacing(OUT):
        raise ZeroDivisionError
    assert there() == {"a": "old", "b": "old"}


def test_a_second_writer_is_told_who_the_first_is(writer):
    with pytest.raises(BusyError, match=rf"process {writer.pid} on .* is writing data/out; let"):
        write(a="new")
    assert there() == {"a": "old", "b": "old"}
    assert Path("data/.out.new/a").read_text() == "half of the new on"


def test_a_limit_of_file_sizes_leaves_the_folder_before_and_is_said(before):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(StorageError, match=r"no file may become so large.*as it was before"):
            write(a="x" * 200_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert there() == {"a": "old", "b": "old"}


@pytest.fixture
def small_disk(project):
    """A file system of 200 kB at `data`."""
    Path("data").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", "data"]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this user may mount no file system of its own")
    yield
    subprocess.run(["umount", "data"], check=True)


def test_a_full_disk_leaves_the_folder_before_and_is_said(small_disk):
    write(a="old", b="old")
    with pytest.raises(
        StorageError, match=r"the disk is full \(\d.* bytes are free again at data\)"
    ):
        write(a="x" * 400_000)
    assert there() == {"a": "old", "b": "old"}
    assert beside() == ["out"]
    write(a="new")
    assert there() == {"a": "new"}


def test_an_interrupt_between_the_two_renames_leaves_what_was_there(before):
    interrupted = """
import sys
from pathlib import Path
from curate.stage.whole import replacing

def stop(event, told):
    if event == "os.rename" and str(told[0]).endswith(".new"):
        raise KeyboardInterrupt

with replacing(Path("data/out")) as new:
    (new / "a").write_text("new")
    sys.addaudithook(stop)
"""
    ended = subprocess.run(
        [sys.executable, "-c", interrupted],
        env=os.environ | ENV,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "KeyboardInterrupt" in ended.stderr
    assert there() == {"a": "old", "b": "old"}
    assert beside() == ["out"]
