"""The documentation keeps its word: its commands run, its parameters are known, its links lead
somewhere."""

import contextlib
import re
import runpy
import shutil
import subprocess
import sys
from importlib.metadata import entry_points

import numpy as np
import pytest
import yaml

import curate.scorers
from curate.dataset import tables
from curate.stage import commands
from tests import _azurite, _docs, _docs_project, _docs_read, _whole
from tests._docs import PAGES, ROOT

DEMO = {"0159f1f296b4": "kept", "00523e9753": "dropped"}  # pairs that pages name
MADE = "01483b2ae5ac"  # one that was made
WORDS = {"lemon": "circle", "animal": "shape"}  # of the demo -> of drawn pictures
STORE = "AccountName=a;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:9/a"  # nobody answers there


def named(page):
    return str(page.relative_to(ROOT / "docs"))


each_page = pytest.mark.parametrize("page", PAGES, ids=named)


def is_run(block):
    return block.kind in ("console", "python") and not block.marks


@pytest.fixture(scope="module")
def small_once(tmp_path_factory, drawn, cluster_address):
    """A small project, to be copied."""
    root = tmp_path_factory.mktemp("docs")
    with contextlib.chdir(root), pytest.MonkeyPatch.context() as patch:
        patch.setenv("DASK_SCHEDULER_ADDRESS", cluster_address)
        _docs_project.make(drawn)
    return root


@pytest.fixture
def own_scorers(project, monkeypatch):
    """A project, in the working directory, whose own scorers are found."""
    (project / "curate/scorers").mkdir(parents=True)
    own = [*curate.scorers.__path__, str(project / "curate/scorers")]
    monkeypatch.setattr(curate.scorers, "__path__", own)
    return project


@pytest.fixture
def small(own_scorers, small_once, workers):
    """The small project, in the working directory."""
    shutil.copytree(small_once, own_scorers, dirs_exist_ok=True)
    return own_scorers


def uids(root):
    """How pairs begin that pages name -> pairs of the same kind in a project."""
    decisions = tables.read(root / "data/decisions/pool.parquet").to_pylist()
    found = {
        start: next(d["uid"] for d in decisions if d["kept"] == (kind == "kept"))
        for start, kind in DEMO.items()
    }
    files = (root / "data/made").glob("*/pairs.parquet")
    made = sorted(uid for file in files for uid in tables.read(file)["uid"].to_pylist())
    return found | ({MADE: made[0]} if made else {})


def run_here(words, monkeypatch):
    """A command of ours in this process, as its console script or `python -m` runs it."""
    monkeypatch.setattr(sys, "argv", words if words[0] == "pairwright" else words[2:])
    code = None
    try:
        if words[0] == "pairwright":
            commands.main()
        else:
            runpy.run_module(words[2], run_name="__main__")
    except SystemExit as left:
        code = left.code
    assert not code, words


def run_in_shell(lines, folder):
    script = "\n".join(lines)
    run = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(
        run, cwd=folder, capture_output=True, text=True, env=_docs.environment(), check=False
    )
    assert done.returncode == 0, f"{script}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"


def written(block, root):
    """Whether a block is a file, which then stands where its title says."""
    if block.kind == "yaml" and block.title == "params.yaml":
        file = root / block.title
        whole = _docs.merged(yaml.safe_load(file.read_text()), yaml.safe_load(block.text))
        file.write_text(yaml.safe_dump(whole, sort_keys=False))
    elif block.kind in ("yaml", "python") and "/" in block.title:
        (root / block.title).write_text(block.text)
    return block.kind == "yaml" or "/" in block.title


def pages_with(wanted):
    pages = [page for page in PAGES if any(map(wanted, _docs.blocks(page)))]
    return pytest.mark.parametrize("page", pages, ids=named)


@pages_with(is_run)
@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")  # of runpy
def test_what_a_page_tells_to_type_works_in_the_order_of_the_page(page, small, monkeypatch):
    scope = {}
    for block in _docs.blocks(page):
        if block.marks or block.kind == "text" or written(block, small):
            continue
        if block.kind == "python":
            exec(compile(block.text, f"{page}:{block.line}", "exec"), scope)
        for line in block.commands():
            line = _docs.with_names(line, uids(small), {})
            if words := _docs.own(line):
                run_here(words, monkeypatch)
            else:
                run_in_shell([line], small)


@pytest.fixture(scope="module")
def whole_once(tmp_path_factory):
    """A project in which everything ran and was committed, to be copied."""
    folder = tmp_path_factory.mktemp("whole") / "project"
    folder.mkdir()
    _whole.begin(folder, _whole.small(_whole.ours()))
    shutil.copytree(ROOT / "presets", folder / "presets")
    run_in_shell(["dvc repro", "git add --all", "git commit --quiet --message ran"], folder)
    return folder


@pytest.mark.slow
@pages_with(lambda block: "slow" in block.marks)
def test_what_takes_longer_works_in_a_project_in_which_everything_ran(page, whole_once, tmp_path):
    folder = tmp_path / "project"
    shutil.copytree(whole_once, folder, symlinks=True)
    middle = np.median(tables.read(folder / "data/scores/clip.parquet")["similarity"])
    words = {**WORDS, "at_least=0.2": f"at_least={middle:.4f}"}
    for block in _docs.blocks(page):
        if "read" not in block.marks and not written(block, folder) and block.kind == "console":
            names = uids(folder)
            run_in_shell([_docs.with_names(c, names, words) for c in block.commands()], folder)


@each_page
def test_every_command_is_one_that_its_program_takes(page, project, monkeypatch):
    _azurite.used(STORE, monkeypatch)
    params = _docs.ours()
    for block in _docs.blocks(page):
        if block.kind == "yaml" and block.title == "params.yaml":
            params = _docs.merged(params, yaml.safe_load(block.text))
        if block.kind == "console":
            assert block.commands(), f"{page}:{block.line} has no command"
            for line in block.commands():
                _docs_read.read(line, params)


@each_page
def test_every_parameter_is_one_that_its_loader_knows(page, own_scorers):
    for block in _docs.blocks(page):
        if block.kind == "python" and block.title:
            (own_scorers / block.title).write_text(block.text)
        if block.kind == "yaml":
            _docs_read.load(_docs.ours(), yaml.safe_load(block.text))


@each_page
def test_what_is_not_run_says_why(page):
    for block in _docs.blocks(page):
        assert block.kind in ("console", "python", "yaml", "text"), f"{page}:{block.line}"
        assert block.marks <= {"slow", "read"}
        assert not block.marks or block.title, f"{page}:{block.line} says not why it is not run"


@each_page
def test_every_picture_of_a_page_is_there(page):
    for place in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / place).is_file(), f"{page} shows {place}"


@pytest.fixture(scope="module")
def site():
    """The site, built as `make docs` does; gives its folder."""
    environment = {**_docs.environment(), "NO_COLOR": "1"}
    for command in (["python", "-m", "docs.generate"], ["zensical", "build", "--strict"]):
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, env=environment, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return ROOT / "site"


def test_the_site_builds_strictly_and_holds_every_page(site):
    built = {file.relative_to(site).with_suffix("") for file in site.rglob("*.html")}
    written = {page.relative_to(ROOT / "docs").with_suffix("") for page in PAGES}
    assert written <= built


def test_no_page_asks_another_host_for_anything(site):
    for file in site.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert re.findall(r'<(?:script|img|iframe)[^>]*src="(?:https?:)?//', text) == []
        assert re.findall(r'<link[^>]*rel="?(?:stylesheet|preconnect)[^>]*//', text) == []


def test_the_reference_tells_every_section_command_and_column(site):
    page = (site / "reference/params.html").read_text(encoding="utf-8")
    assert [name for name in _docs.ours() if f'id="{name}"' not in page] == []
    told = (site / "reference/commands.html").read_text(encoding="utf-8")
    names = (entry.name for entry in entry_points(group=commands.GROUP))
    assert [name for name in names if f'id="pairwright-{name}"' not in told] == []
    columns = (site / "reference/tables.html").read_text(encoding="utf-8")
    assert "hash of image + language + caption" in columns
