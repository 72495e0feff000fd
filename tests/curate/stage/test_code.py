import importlib.metadata
import shutil

import pytest

from curate.scorer import PACKAGE
from curate.stage import code, libraries, plugin

SCORERS = [f"{PACKAGE}.{name}" for name in plugin.names(PACKAGE)]


@pytest.fixture
def copy(tmp_path):
    """A copy of our packages' sources."""
    for top in ("curate", "align"):
        shutil.copytree(code.ROOT / top, tmp_path / top)
    return tmp_path


def changed(copy, file):
    """Scorers whose prints are others once a line was added to a file."""
    before = {name: code.prints(name, copy) for name in SCORERS}
    with (copy / file).open("a") as source:
        source.write("\n_ADDED = 1\n")
    return {n.rpartition(".")[2] for n in SCORERS if code.prints(n, copy) != before[n]}


def test_an_edit_of_a_called_module_is_one_of_all_that_import_it_and_of_no_other(copy):
    assert {"leakage", "duplicates"} <= changed(copy, "curate/hamming.py")
    assert not changed(copy, "curate/hamming.py") & {"caption", "clip", "image", "norm_sim"}
    assert changed(copy, "curate/dataset/wordnet.py") == {"concreteness"}
    assert changed(copy, "curate/dataset/writing.py") == {
        "text_area",
        "text_masked",
        "text_spotted",
    }


def test_an_edit_is_seen_however_deep_the_module_lies(copy):
    # pictures -> small -> pixels
    found = changed(copy, "curate/dataset/pixels.py")
    assert {"image", "phash", "clip", "text_area", "safety", "leakage"} <= found
    assert not found & {"caption", "language", "concreteness"}


def test_an_edit_of_what_no_scorer_imports_changes_nothing(copy):
    assert changed(copy, "curate/crawl.py") == set()


def test_imports_are_found_in_functions_branches_and_beside_the_module(tmp_path):
    (tmp_path / "curate/inner").mkdir(parents=True)
    for name in ("deep", "other", "inner/near", "unused"):
        (tmp_path / f"curate/{name}.py").write_text("")
    (tmp_path / "curate/inner/__init__.py").write_text("from . import near")
    (tmp_path / "curate/mine.py").write_text(
        "def score():\n    try:\n        from curate import deep\n    except ImportError:\n"
        "        import numpy.linalg\n    finally:\n        from .inner import something\n"
        "match 1:\n    case 1:\n        import curate.other\nnote = 'import curate.unused'\n"
    )
    found = code.prints("curate.mine", tmp_path)
    names = ("mine", "deep", "other", "inner", "inner.near")
    assert found.keys() == {f"curate.{name}" for name in names} | {"numpy"}


def test_another_release_of_a_library_is_another_print(monkeypatch):
    before = code.prints("curate.scorers.image")
    real = importlib.metadata.version
    newer = {"opencv-python-headless": "999"}
    monkeypatch.setattr(libraries, "release", lambda name: newer.get(name) or real(name))
    after = code.prints("curate.scorers.image")
    assert {name for name in before if before[name] != after[name]} == set(newer)


def test_a_scorer_of_another_package_is_known_by_its_files(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/__init__.py").write_text("")
    (tmp_path / "mine/score.py").write_text("import curate.dataset.tables\nfrom mine import way")
    (tmp_path / "mine/way.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    before = code.prints("mine.score")
    assert {"mine.score", "mine.way", "curate.dataset.tables"} <= before.keys()
    (tmp_path / "mine/way.py").write_text("A = 1")
    after = code.prints("mine.score")
    assert [name for name in before if before[name] != after[name]] == ["mine.way"]
