"""The floors of the house: who may import whom, and how large a file may grow."""

import ast
import functools
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {
    "curate/dataset": {"curate.dataset"},
    "curate/stage": {"curate.dataset", "curate.stage"},
    "curate": {"curate"},
    "augment": {"augment", "curate.dataset", "curate.stage"},
    "align": {"align", "curate.dataset", "curate.stage"},
    "train": {"train", "curate.dataset", "curate.stage"},
}
OURS = ("curate", "augment", "align", "train")
HEAVY = (
    *("torch", "open_clip", "great_expectations", "albumentations", "transformers", "diffusers"),
    *("soundfile", "av"),
)
FILES = sorted(p.relative_to(ROOT) for top in OURS for p in (ROOT / top).rglob("*.py"))
MAX_LINES = 300


def floor(file):
    return max((f for f in FLOORS if file.as_posix().startswith(f"{f}/")), key=len)


@functools.cache
def parsed(file):
    return ast.parse((ROOT / file).read_text(encoding="utf-8"))


def imports(file, top_level_only=False):
    """Full names that a file imports, `from a import b` as a.b."""
    tree = parsed(file)
    nodes = tree.body if top_level_only else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name, packages):
    return any(name == package or name.startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_file_imports_only_from_its_floor_and_below(file):
    allowed = FLOORS[floor(file)]
    wrong = [n for n in imports(file) if within(n, OURS) and not within(n, allowed)]
    assert wrong == []


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_file_stays_short_enough_to_hold_one_idea(file):
    lines = len((ROOT / file).read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_LINES


@pytest.mark.parametrize("file", FILES, ids=str)
def test_every_module_says_what_it_is_for(file):
    assert ast.get_docstring(parsed(file))


def stages():
    """Modules that are commands."""
    return [f for f in FILES if '\nif __name__ == "__main__"' in (ROOT / f).read_text()]


@pytest.mark.parametrize("file", stages(), ids=str)
def test_help_answers_without_loading_heavy_libraries(file):
    seen, queue = set(), [file]
    while queue:
        for name in imports(queue.pop(), top_level_only=True):
            assert not within(name, HEAVY), f"{file} loads {name} for --help"
            for candidate in (name, name.rpartition(".")[0]):
                path = Path(candidate.replace(".", "/") + ".py")
                if within(candidate, OURS) and path not in seen and (ROOT / path).is_file():
                    seen.add(path)
                    queue.append(path)


def test_tests_mirror_the_tree():
    tests = ROOT / "tests"
    wrong = []
    for file in tests.rglob("test_*.py"):
        inside = file.relative_to(tests)
        module = inside.with_name(inside.name.removeprefix("test_"))
        if inside.parent != Path() and not (
            (ROOT / module).is_file() or (ROOT / module.with_suffix("")).is_dir()
        ):
            wrong.append(str(inside))
    assert wrong == []
