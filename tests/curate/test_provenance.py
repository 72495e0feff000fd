import contextlib
import hashlib
import json
import shutil
from pathlib import Path

import pytest
import yaml

from curate import provenance
from tests._versioned import call, commit
from tests.curate.conftest import SNAPSHOT

STAGES = {
    "first": {
        "cmd": "cp -r code out/first",
        "deps": ["code"],
        "params": ["a"],
        "outs": ["out/first"],
    },
    "each": {
        "foreach": "${b}",
        "do": {
            "cmd": "cp each.py out/${key}",
            "deps": ["each.py", "out/first"],
            "params": ["b.${key}"],
            "outs": ["out/${key}"],
        },
    },
    "last": {"cmd": "true", "deps": ["out/x", "out/y"], "params": ["b"], "outs": ["out/last"]},
    "after": {"cmd": "true", "deps": ["out/last", "after.py"], "params": ["c"], "outs": ["out/z"]},
}
LAST = Path("out/last")


@pytest.fixture(scope="module")
def tracked_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tracked")
    with contextlib.chdir(folder):
        return folder, track()


@pytest.fixture
def tracked(tracked_once, project):
    """A project of four stages in a commit, none of which has run; the commit's name."""
    folder, first = tracked_once
    shutil.copytree(folder, project, dirs_exist_ok=True)
    return first


def track():
    files = {
        "code/part.py": "import json\nimport numpy as np\n",
        "each.py": "def f():\n    import yaml\n",
        "after.py": "import torch\n",
        "params.yaml": yaml.safe_dump({"a": 1, "b": {"x": {"k": 1}, "y": {"k": 2}}, "c": 3}),
        "dvc.yaml": yaml.safe_dump({"stages": STAGES}, sort_keys=False),
    }
    for name, text in files.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text)
    call("git", "init", "-q")
    call("dvc", "init", "-q")
    return commit("first")


def change(file, old, new):
    text = Path(file).read_text()
    assert old in text
    Path(file).write_text(text.replace(old, new))


def prints():
    told = provenance.of(LAST)["stages"]
    return {name: stage["fingerprint"] for name, stage in told.items()}


def test_it_tells_the_stages_up_to_the_output_with_their_code_params_and_libraries(tracked):
    told = provenance.of(LAST)
    assert list(told["stages"]) == ["first", "each@x", "each@y", "last"]
    each = told["stages"]["each@x"]
    assert each["deps"] == {"each.py": hashlib.md5(Path("each.py").read_bytes()).hexdigest()}
    assert (each["cmd"], each["reads"]) == ("cp each.py out/x", ["first"])
    assert each["params"] == {"params.yaml": ["b.x"]}
    assert told["params"] == {"params.yaml": {"a": 1, "b": {"x": {"k": 1}, "y": {"k": 2}}}}
    assert list(told["versions"]) == ["Python", "numpy", "PyYAML"]
    assert (told["revision"], told["dirty"]) == (tracked, False)
    assert (told["uncommitted"], told["unknown"], told["stage"]) == ([], [], "last")


def test_a_stages_fingerprint_follows_its_code_params_and_command_and_those_before_it(tracked):
    before = prints()
    change("after.py", "torch", "typer")
    change("params.yaml", "c: 3", "c: 4")
    assert prints() == before
    change("params.yaml", "k: 2", "k: 5")
    after = prints()
    assert {name for name in before if after[name] != before[name]} == {"each@y", "last"}
    change("code/part.py", "numpy", "scipy")
    again = prints()
    assert all(again[name] != after[name] for name in again)
    change("dvc.yaml", "cp each.py", "cp -p each.py")
    assert {n for n, print_ in prints().items() if print_ != again[n]} == {
        "each@x",
        "each@y",
        "last",
    }


def test_the_revision_is_the_first_commit_with_what_was_read_as_it_is(tracked):
    change("after.py", "torch", "typer")
    change("params.yaml", "c: 3", "c: 4")
    change("dvc.yaml", "after.py", "params.yaml")
    commit("what is not read")
    assert provenance.of(LAST)["revision"] == tracked
    seen = []
    for file, old, new in (
        ("params.yaml", "k: 2", "k: 5"),
        ("dvc.yaml", "cp each.py", "cp -p each.py"),
        ("code/part.py", "numpy", "scipy"),
    ):
        change(file, old, new)
        told = provenance.of(LAST)
        assert (told["dirty"], told["uncommitted"]) == (True, [file])
        seen.append(commit(file))
        told = provenance.of(LAST)
        assert (told["revision"], told["dirty"]) == (seen[-1], False)
    change("code/part.py", "scipy", "numpy")
    commit("taken back")
    assert provenance.of(LAST)["revision"] == seen[-2]
    Path("code/new.py").write_text("")
    assert provenance.of(LAST)["uncommitted"] == ["code/new.py"]


def test_what_cannot_be_known_is_null_and_said(tracked, tmp_path_factory, monkeypatch):
    origin, shallow = Path.cwd(), tmp_path_factory.mktemp("shallow")
    change("code/part.py", "numpy", "scipy")
    commit("second")
    call("git", "clone", "-q", "--depth", "1", f"file://{origin}", str(shallow))
    monkeypatch.chdir(shallow)
    told = provenance.of(LAST)
    assert (told["revision"], told["dirty"]) == (None, False)
    assert told["unknown"] == [
        "revision: the clone has not all of git's history (git fetch --unshallow)"
    ]
    shutil.rmtree(".git")
    call("dvc", "init", "-q", "--no-scm", "--force")
    told = provenance.of(LAST)
    assert (told["revision"], told["dirty"]) == (None, None)
    assert told["unknown"] == ["revision: the project is in no git checkout"]
    assert provenance.of(Path("out/none"))["unknown"] == [
        "everything: no stage of dvc.yaml writes out/none"
    ]
    shutil.rmtree(".dvc")
    told = provenance.of(LAST)
    assert told["stages"] == {}
    assert told["unknown"][0].startswith("everything: you are not inside of a DVC repository")


def test_a_project_in_a_folder_of_a_repository_has_its_own_files_revision(project):
    Path("mine").mkdir()
    call("git", "init", "-q")
    for name in ("mine/code.py", "code.py"):
        Path(name).write_text("")
    stage = {"cmd": "true", "deps": ["code.py"], "outs": ["out"]}
    Path("mine/dvc.yaml").write_text(yaml.safe_dump({"stages": {"one": stage}}))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir("mine")
        call("dvc", "init", "-q", "--subdir")
        first = commit("first")
        Path("../code.py").write_text("other")
        commit("second")
        assert provenance.of(Path("out"))["revision"] == first
        Path("code.py").write_text("other")
        assert provenance.of(Path("out"))["uncommitted"] == ["code.py"]


def test_a_clean_clone_makes_the_bytes_that_the_committed_lock_names(
    drawn_project, tmp_path_factory, monkeypatch
):
    shutil.move("data", "src")
    copied = {"pool": "pool", "made": "made", "decisions": "decisions", "labels": "labels"}
    stages = {
        name: {
            "cmd": f"mkdir -p data && cp -r src/{name} data/{name}",
            "deps": [f"src/{name}"],
            "outs": [f"data/{name}"],
        }
        for name in (*copied, "split.parquet")
    }
    stages["snapshot"] = {
        "cmd": "python -m curate.snapshot --pool data/pool --made data/made --decisions "
        "data/decisions --split data/split.parquet --labels data/labels --out data/snapshot",
        "deps": ["src", *(f"data/{name}" for name in stages)],
        "params": ["snapshot"],
        "outs": [{"data/snapshot": {"persist": True}}],
    }
    stages["train"] = {
        "cmd": "cp data/snapshot/manifest.parquet model",
        "deps": ["data/snapshot/manifest.parquet"],
        "outs": ["model"],
    }
    stages = {name.partition(".")[0]: stage for name, stage in stages.items()}
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": stages}, sort_keys=False))
    Path("params.yaml").write_text(yaml.safe_dump({"snapshot": SNAPSHOT, "other": 1}))
    Path(".gitignore").write_text("/data/\n/model\n")
    call("git", "init", "-q")
    call("dvc", "init", "-q")
    made_by = commit("code")
    call("dvc", "repro", "-q")
    file = Path("data/snapshot/provenance.json")
    told = json.loads(file.read_text())
    assert (told["revision"], told["dirty"], told["unknown"]) == (made_by, False, [])
    facts = json.loads(Path("data/snapshot/snapshot.json").read_text())
    assert facts["provenance"]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    commit("results")
    clone = tmp_path_factory.mktemp("clone")
    call("git", "clone", "-q", str(Path.cwd()), str(clone))
    monkeypatch.chdir(clone)
    lock = Path("dvc.lock").read_bytes()
    call("dvc", "repro", "-q", "--force")
    assert Path("dvc.lock").read_bytes() == lock

    Path("src/split.parquet").touch()
    Path("src/more.txt").write_text("code that changes no pair")
    said = call("dvc", "repro")
    assert "Running stage 'snapshot'" in said
    assert "Stage 'train' didn't change, skipping" in said
    again = json.loads(Path("data/snapshot/provenance.json").read_text())
    assert again["uncommitted"] == ["src/more.txt"]
    assert json.loads(Path("data/snapshot/snapshot.json").read_text())["id"] == facts["id"]
