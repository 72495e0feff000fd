"""The take-down of a host from a project that was crawled over HTTP, whole and killed midway."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from curate import forget as command
from curate import forgotten, lineage
from curate.dataset import record, tables
from curate.dataset.errors import BusyError, DataError, EmptySetError, ParamsError
from curate.restart import Folder
from tests import _takedown
from tests._shop import ROOT, contents
from tests._takedown import GOES, STAYS

EVENTS = ("os.rename", "os.remove", "os.link", "shutil.rmtree")
FORGET = f"""
import os, signal, sys
from curate.forget import forget
left = int(sys.argv[1])
def count(event, args):
    global left
    if event in {EVENTS}:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        print(event, file=sys.stderr)
sys.addaudithook(count)
forget(reason="asked", domain=["{GOES}"])
"""


@pytest.fixture(scope="module")
def served(drawn):
    pictures = _takedown.drawings(drawn)
    with _takedown.hosts(pictures) as port:
        yield pictures, port


@pytest.fixture(scope="module")
def made(tmp_path_factory, served, cluster_address):
    """A project that ran up to its snapshot."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(folder):
        patch.setenv("DASK_SCHEDULER_ADDRESS", cluster_address)
        _takedown.write(served[1])
        _takedown.crawled()
        _takedown.derived()
    return folder


@pytest.fixture
def copy(made, project, workers):
    shutil.copytree(made, project, dirs_exist_ok=True)
    return project


@pytest.fixture
def secrets(served):
    """Bytes of the pictures that go and their captions."""
    pictures = {data[20:] for (host, _), data in served[0].items() if host == GOES}
    return pictures | {_takedown.caption(GOES, n).encode() for n in range(24)}


def run(left=0):
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", FORGET, str(left)]
    return subprocess.run(words, env=env, capture_output=True, text=True, check=False)


def pairs():
    return tables.read(Path("data/pool/pairs.parquet")).to_pylist()


def test_after_the_next_run_not_one_byte_or_caption_of_a_host_is_left(copy, secrets, capsys):
    there = _takedown.kept(secrets)
    assert {Path(file).parts[1] for file in there} >= {"pool", "made", "snapshot", "memory"}
    made_from = {p["uid"] for p in pairs() if GOES in p["url"]}
    assert len(made_from) == 24
    command.forget(reason="the owner asked", domain=[GOES])
    said = capsys.readouterr().out
    assert "Pairs of the pool: 24" in said
    assert "dvc commit --force crawl" in said
    assert forgotten.read().entries[0][:3] == ("domain", GOES, "the owner asked")
    still = {Path(file).parts[1] for file in _takedown.kept(secrets)}
    assert still <= {"made", "snapshot"}  # which the next run makes anew
    _takedown.derived()
    assert _takedown.kept(secrets) == set()
    manifest = tables.read(Path("data/snapshot/manifest.parquet")).to_pylist()
    assert manifest
    assert not any(GOES in row["url"] for row in manifest)
    assert made_from.isdisjoint({row["parent"] for row in manifest})
    assert {p["url"].split("/")[2].partition(":")[0] for p in pairs()} == {STAYS}


def test_a_new_crawl_takes_nothing_of_it_either(copy, secrets):
    command.forget(reason="asked", domain=[GOES])
    before = [pair["uid"] for pair in pairs()]
    _takedown.crawled()
    assert [pair["uid"] for pair in pairs()] == before
    assert _takedown.kept(secrets) <= {
        *map(str, Path("data/made").rglob("*")),
        *map(str, Path("data/snapshot").rglob("*")),
    }


def test_one_that_is_killed_leaves_the_old_pool_or_the_new_and_another_ends_it(copy, made, secrets):
    whole = run()
    assert whole.returncode == 0, whole.stderr
    steps = [line for line in whole.stderr.splitlines() if line in EVENTS]
    last = max(at for at, event in enumerate(steps, 1) if event == "os.rename")
    after, listed = contents("data/pool"), contents("data").keys()
    before = contents(str(made / "data/pool"))
    seen = set()
    for left in (last // 2, last, last + 1):  # the pool is exchanged by the last two renames
        shutil.rmtree("data")
        shutil.rmtree(".pairwright")
        forgotten.FILE.unlink()
        shutil.copytree(made, ".", dirs_exist_ok=True)
        assert run(left).returncode == -signal.SIGKILL
        pool = Path("data/pool")
        between = Path("data/.pool.partial/old")
        found = contents(str(pool if pool.exists() else between))
        assert found in (before, after)
        seen.add((pool.exists(), found == after))
        done = run()
        assert done.returncode == 0, done.stderr
        assert contents("data/pool") == after
        assert contents("data").keys() == listed
        assert {Path(file).parts[1] for file in _takedown.kept(secrets)} <= {"made", "snapshot"}
    assert seen == {(True, False), (False, False), (True, True)}


def test_what_cannot_be_forgotten_is_said_and_nothing_is_changed(copy):
    before = contents(".")
    child = tables.read(Path("data/made/photometric/pairs.parquet")).to_pylist()[0]
    with pytest.raises(DataError, match=f"was made from {child['parent']}"):
        command.forget(reason="asked", uid=[child["uid"]])
    with pytest.raises(EmptySetError, match="nothing would be left"):
        command.forget(reason="asked", domain=[GOES, STAYS])
    with pytest.raises(ParamsError, match="--url, --page"):
        command.forget(reason="asked")
    assert contents(".") == before


def test_a_name_that_is_likely_misspelt_is_refused_and_put_on_the_list_with_yes(copy, capsys):
    before = contents(".")
    with pytest.raises(DataError, match=r"'com' is no one's domain.*example\.com"):
        command.forget(reason="asked", domain=["com"])
    wrong = f"{GOES}1"
    with pytest.raises(DataError, match=rf"comes from domain {wrong}; did you mean .*{GOES}"):
        command.forget(reason="asked", domain=[wrong])
    uid = pairs()[0]["uid"]
    near = uid[:-1] + ("0" if uid[-1] != "0" else "1")
    with pytest.raises(DataError, match=f"did you mean {uid}"):
        command.forget(reason="asked", uid=[near], domain=[GOES])
    assert contents(".") == before
    command.forget(reason="asked", domain=[wrong], yes=True)
    assert [entry.value for entry in forgotten.read().entries] == [wrong]
    command.forget(reason="asked", domain=["elsewhere.example"])
    assert "if it is misspelt, take it off" in capsys.readouterr().out
    assert contents("data/pool").keys() == {n[10:] for n in before if n.startswith("data/pool/")}


def test_more_than_half_of_a_pool_goes_only_where_it_is_confirmed(copy):
    before = contents(".")
    with pytest.raises(DataError, match=r"25 of the pool's 48 pairs would go, more than 50%"):
        command.forget(reason="asked", domain=[GOES], uid=[stays()[0]["uid"]])
    assert contents(".") == before
    command.forget(reason="asked", domain=[GOES], uid=[stays()[0]["uid"]], yes=True)
    assert len(pairs()) == 48 - 25


def stays():
    return [pair for pair in pairs() if GOES not in pair["url"]]


def test_a_dry_run_says_what_would_go_and_changes_nothing(copy, capsys):
    before = contents(".")
    command.forget(reason="asked", domain=[GOES], dry_run=True)
    said = capsys.readouterr().out
    assert "Pairs of the pool: 24" in said
    assert "nothing was changed" in said
    assert contents(".") == before


def test_a_crawl_at_work_is_not_disturbed(copy):
    before = contents("data/pool")
    with (
        Folder(Path("data/pool")).locked(),
        pytest.raises(BusyError, match="another run is writing"),
    ):
        command.forget(reason="asked", domain=[GOES])
    assert contents("data/pool") == before
    assert not forgotten.FILE.exists()


def test_lineage_leads_down_to_what_was_made_and_up_to_where_it_is_from(copy, capsys):
    child = tables.read(Path("data/made/photometric/pairs.parquet")).to_pylist()[0]
    parent = next(pair for pair in pairs() if pair["uid"] == child["parent"])
    lineage.lineage(uid=[parent["uid"]])
    down = capsys.readouterr().out
    assert child["uid"] in down
    lineage.lineage(uid=[child["uid"]])
    up = capsys.readouterr().out
    assert f"from {parent['uid']}" in up
    assert parent["url"] in up or parent["page"] in up
    assert "MIT" in up
    Path("sent.png").write_bytes(b"no picture of ours")
    lineage.lineage(image=["sent.png"])
    assert "Pairs of the pool: 0" in capsys.readouterr().out


def test_blurred_pictures_of_what_goes_are_gone_at_once(copy, drawn, write_set):
    root = Path("data/blurred")
    shapes = [(drawn(shape, "red"), "en", shape) for shape in ("circle", "square")]
    goes, stays = write_set(root, shapes).to_pylist()
    goes["uid"] = next(pair["uid"] for pair in pairs() if GOES in pair["url"])
    table = pa.Table.from_pylist([goes, stays], record.PAIRS)
    tables.write(table, root / "pairs.parquet", "uid", record.PAIRS)
    command.forget(reason="asked", domain=[GOES])
    assert tables.read(root / "pairs.parquet").column("uid").to_pylist() == [stays["uid"]]
    tars = b"".join(file.read_bytes() for file in (root / "images").iterdir())
    held = {record.image_name(data) for data, *_ in shapes if data in tars}
    assert held == {stays["image"]}
