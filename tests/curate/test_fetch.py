"""Fetching through the real clients: npm and pip from folders, apt from a repository here."""

import hashlib
import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curate import clients, fetch
from curate.dataset import tables
from curate.dataset.errors import ParamsError, SourceError
from curate.stage.params import build

OUT = Path("data/packages")
needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="no npm here")
needs_apt = pytest.mark.skipif(
    None in map(shutil.which, ("apt-get", "dpkg-deb")), reason="no apt here"
)


@pytest.fixture(autouse=True)
def in_a_hurry(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An own project folder, and no pauses between attempts."""
    monkeypatch.setattr(clients, "_PAUSE", 0.0)


def fetched(**packages: dict[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Figures, and the rows of packages.parquet by name."""
    params = build(fetch.FetchParams, {"packages": packages}, "fetch")
    figures = fetch.main(OUT, params)
    rows = tables.read(OUT / fetch.TABLE).to_pylist()
    return figures, {row["name"]: row for row in rows}


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture
def npm_package(project: Path) -> Callable[..., dict[str, Any]]:
    """Writes a package's folder, which `npm pack` takes for a name; gives its params."""

    def make(pictures: int, version: str = "1.0.0") -> dict[str, Any]:
        folder = project / "sources" / "drawings"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        manifest = {"name": "drawings", "version": version}
        (folder / "package.json").write_text(json.dumps(manifest))
        for number in range(pictures):
            (folder / f"{number}.png").write_bytes(bytes([number]))
        return {"client": "npm", "package": str(folder), "files": {"package/*.png": 3}}

    return make


@needs_npm
def test_an_archive_of_the_tested_hash_is_tested_and_not_fetched_again(npm_package, project):
    given = npm_package(3)
    fetched(drawings=given)
    given["sha256"] = sha256(OUT / "drawings.tgz")
    given["licence"] = "MIT"
    figures, rows = fetched(drawings=given)
    assert rows["drawings"] == {
        "name": "drawings",
        "client": "npm",
        "package": given["package"],
        "version": "1.0.0",
        "sha256": given["sha256"],
        "files": None,
        "status": "tested",
        "warning": None,
        "licence": "MIT",
    }
    shutil.rmtree(project / "sources")  # from here on nothing can be fetched
    written = (OUT / fetch.TABLE).read_bytes()
    again, _ = fetched(drawings=given)
    assert again == figures
    assert (OUT / fetch.TABLE).read_bytes() == written
    assert sorted(f.name for f in OUT.iterdir()) == ["drawings.tgz", "packages.parquet"]


@needs_npm
def test_another_version_with_the_files_expected_is_taken_with_a_warning(npm_package):
    given = npm_package(4, version="2.0.0") | {"sha256": "0" * 64}
    figures, rows = fetched(drawings=given)
    assert rows["drawings"]["status"] == "other version"
    assert rows["drawings"]["files"] == 5
    assert "version 2.0.0 is not the tested version" in rows["drawings"]["warning"]
    assert figures["other version"] == 1
    assert figures["warnings"] == {"drawings": rows["drawings"]["warning"]}


@needs_npm
def test_an_archive_without_the_files_expected_is_refused_and_the_rest_goes_on(npm_package):
    few = npm_package(2) | {"sha256": "0" * 64}
    other = Path(few["package"]).with_name("other")
    shutil.copytree(few["package"], other)
    good = few | {"package": str(other), "files": {"package/*.png": 2}}
    figures, rows = fetched(few=few, good=good)
    assert "has 2 files package/*.png, not 3" in rows["few"]["warning"]
    assert (rows["few"]["status"], rows["good"]["status"]) == ("missing", "other version")
    assert figures["missing"] == 1
    assert not (OUT / "few.tgz").exists()


@needs_npm
def test_a_damaged_archive_is_fetched_anew(npm_package):
    given = npm_package(3)
    fetched(drawings=given)
    given["sha256"] = sha256(OUT / "drawings.tgz")
    whole = (OUT / "drawings.tgz").read_bytes()
    (OUT / "drawings.tgz").write_bytes(whole[: len(whole) // 2])
    _, rows = fetched(drawings=given)
    assert rows["drawings"]["status"] == "tested"
    assert (OUT / "drawings.tgz").read_bytes() == whole


@needs_npm
def test_the_tested_version_with_other_bytes_is_refused(npm_package, project):
    given = npm_package(3)
    fetched(drawings=given)
    shutil.rmtree(project / "sources")
    changed = given | {"version": "1.0.0", "sha256": "0" * 64}
    with pytest.raises(SourceError, match=r"no package of fetch\.packages could be had"):
        fetched(drawings=changed)
    assert not (OUT / "drawings.tgz").exists()


def test_a_client_that_is_not_here_is_explained_and_none_at_all_is_an_error(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    packages = {
        "a": {"client": "npm", "package": "a", "sha256": "0" * 64},
        "b": {"client": "apt", "package": "b", "sha256": "0" * 64},
    }
    with pytest.raises(SourceError, match=r"install Node\.js.*needs Debian or Ubuntu"):
        fetched(**packages)
    rows = tables.read(OUT / fetch.TABLE).to_pylist()
    assert [row["status"] for row in rows] == ["missing", "missing"]


def test_what_could_not_be_checked_is_not_fetched():
    with pytest.raises(ParamsError, match=r"fetch\.packages\.a needs `sha256` or `files`"):
        fetched(a={"client": "npm", "package": "a"})


@needs_npm
def test_what_a_killed_run_or_old_params_left_is_removed(npm_package):
    (OUT / ".drawings.partial").mkdir(parents=True)
    (OUT / ".drawings.partial" / "half.tgz").write_bytes(b"half")
    (OUT / "gone.deb").write_bytes(b"of a package that is no longer named")
    fetched(drawings=npm_package(3))
    assert sorted(f.name for f in OUT.iterdir()) == ["drawings.tgz", "packages.parquet"]


@pytest.fixture
def repository(project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], None]:
    """An apt repository on this disk that apt-get uses in place of the machine's own.

    Gives a function that publishes version and number of pictures of the package `stamps`.
    """
    root, state = project / "repository", project / "state"
    for folder in (root, state / "lists/partial", state / "cache/archives/partial", state / "etc"):
        folder.mkdir(parents=True)
    (state / "status").touch()
    (state / "etc/sources.list").write_text(f"deb [trusted=yes] file:{root} ./\n")
    (state / "apt.conf").write_text(
        f'Dir::State "{state}";\nDir::State::lists "{state}/lists";\n'
        f'Dir::State::status "{state}/status";\nDir::Cache "{state}/cache";\n'
        f'Dir::Etc "{state}/etc";\nDir::Etc::sourcelist "{state}/etc/sources.list";\n'
        f'Dir::Etc::sourceparts "{state}/none";\nAPT::Sandbox::User "root";\n'
    )
    monkeypatch.setenv("APT_CONFIG", str(state / "apt.conf"))

    def publish(version: str, pictures: int) -> None:
        for old in root.iterdir():
            old.unlink()
        tree = project / f"tree-{version}"
        (tree / "DEBIAN").mkdir(parents=True)
        control = (
            f"Package: stamps\nVersion: {version}\nArchitecture: all\n"
            "Maintainer: nobody <n@a.example>\nDescription: x\n"
        )
        (tree / "DEBIAN/control").write_text(control)
        for number in range(pictures):
            (tree / f"{number}.png").write_bytes(bytes([number]))
        deb = root / f"stamps_{version}_all.deb"
        command = ["dpkg-deb", "--root-owner-group", "--build", str(tree), str(deb)]
        subprocess.run(command, check=True, capture_output=True)
        entry = (
            f"{control}Filename: ./{deb.name}\nSize: {deb.stat().st_size}\nSHA256: {sha256(deb)}\n"
        )
        (root / "Packages").write_text(entry)

    return publish


def update_lists() -> None:
    subprocess.run(["apt-get", "update"], check=True, capture_output=True)


STAMPS = {"client": "apt", "package": "stamps", "files": {"*.png": 3}}


@needs_apt
@pytest.mark.skipif(os.geteuid() != 0, reason="only root's lists are updated")
def test_apt_lists_that_are_missing_are_updated(repository):
    repository("1.0-1", 3)
    _, rows = fetched(stamps=STAMPS)
    assert rows["stamps"]["version"] == "1.0-1"
    assert (OUT / "stamps.deb").is_file()


@needs_apt
def test_a_newer_release_is_taken_with_a_warning_and_not_fetched_again(repository):
    repository("2.0-1", 3)
    update_lists()
    given = STAMPS | {"version": "1.0-1", "sha256": "0" * 64}
    _, rows = fetched(stamps=given)
    expected = "version 2.0-1 is not the tested version 1.0-1"
    assert rows["stamps"]["status"] == "other version"
    assert rows["stamps"]["warning"] == expected
    written = (OUT / "stamps.deb").stat().st_mtime_ns
    _, again = fetched(stamps=given)
    assert again == rows
    assert (OUT / "stamps.deb").stat().st_mtime_ns == written


@needs_apt
def test_what_is_there_is_replaced_once_apt_offers_another_release(repository):
    repository("2.0-1", 3)
    update_lists()
    given = STAMPS | {"version": "1.0-1", "sha256": "0" * 64}
    fetched(stamps=given)
    repository("3.0-1", 3)
    update_lists()
    _, rows = fetched(stamps=given)
    assert rows["stamps"]["version"] == "3.0-1"


@needs_apt
def test_a_release_without_the_files_expected_leaves_what_was_there(repository):
    repository("2.0-1", 3)
    update_lists()
    given = STAMPS | {"version": "1.0-1", "sha256": "0" * 64}
    fetched(stamps=given)
    repository("3.0-1", 1)
    update_lists()
    _, rows = fetched(stamps=given)
    assert rows["stamps"]["version"] == "2.0-1"
    assert "a newer one is not to be had" in rows["stamps"]["warning"]


@needs_apt
def test_a_damaged_deb_is_not_taken_for_whole(repository):
    repository("1.0-1", 3)
    update_lists()
    fetched(stamps=STAMPS)
    whole = (OUT / "stamps.deb").read_bytes()
    (OUT / "stamps.deb").write_bytes(whole[:-40])
    _, rows = fetched(stamps=STAMPS)
    assert rows["stamps"]["status"] == "other version"
    assert (OUT / "stamps.deb").read_bytes() == whole


WORDS = {"client": "pip", "package": "words", "version": "1.0", "files": {"words/*.txt": 2}}


@pytest.fixture
def wheels(project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts a wheel `words` into the only folder that pip looks into."""
    root = project / "wheels"
    root.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(root))

    def publish(version: str = "1.0", texts: int = 2, platform: str = "any") -> None:
        with zipfile.ZipFile(root / f"words-{version}-py3-none-{platform}.whl", "w") as wheel:
            told = f"Metadata-Version: 2.1\nName: words\nVersion: {version}\n"
            wheel.writestr(f"words-{version}.dist-info/METADATA", f"{told}\nVersion: of the text\n")
            kind = f"Wheel-Version: 1.0\nTag: py3-none-{platform}\n"
            wheel.writestr(f"words-{version}.dist-info/WHEEL", kind)
            for number in range(texts):
                wheel.writestr(f"words/{number}.txt", "a" * 100)

    return publish


def test_a_wheel_of_the_tested_hash_is_tested_and_not_fetched_again(wheels, project):
    wheels()
    _, rows = fetched(words=WORDS)
    assert (rows["words"]["status"], rows["words"]["version"]) == ("other version", "1.0")
    given = WORDS | {"sha256": sha256(OUT / "words.whl")}
    shutil.rmtree(project / "wheels")  # from here on nothing can be fetched
    _, rows = fetched(words=given)
    assert (rows["words"]["status"], rows["words"]["warning"]) == ("tested", None)


def test_another_version_of_a_wheel_is_taken_with_a_warning_and_a_damaged_one_is_not(wheels):
    wheels("2.0")
    _, rows = fetched(words=WORDS | {"sha256": "0" * 64})
    assert rows["words"]["warning"] == "version 2.0 is not the tested version 1.0"
    whole = (OUT / "words.whl").read_bytes()
    (OUT / "words.whl").write_bytes(whole.replace(b"a" * 100, b"b" * 100, 1))
    _, rows = fetched(words=WORDS | {"version": "2.0"})
    assert (OUT / "words.whl").read_bytes() == whole


def test_a_wheel_for_some_machines_alone_is_not_taken(wheels):
    wheels(platform="linux_x86_64")
    with pytest.raises(SourceError, match="No matching distribution found for words"):
        fetched(words=WORDS)
