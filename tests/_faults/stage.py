"""A stage of a finished project, laid out alone in a folder: run, struck, and run again."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

CODE = ("curate", "augment", "align", "train")
_HEAVY = {"data", "models", "reports", "dvclive", ".pairwright"}
_PICTURES = "data/pool"  # sets that are made name pictures there by their content
_LONGEST = 600.0  # seconds that a stage may take, disturbed or not


class Stage(NamedTuple):
    """A stage as DVC ran it."""

    name: str
    command: str
    deps: tuple[str, ...]
    outs: tuple[str, ...]
    kept: tuple[str, ...]  # of the outs, those that DVC leaves before a run (persist)

    @property
    def inputs(self) -> tuple[str, ...]:
        """What it reads that is neither code nor parameters."""
        return tuple(dep for dep in self.deps if Path(dep).parts[0] not in CODE)


class Ended(NamedTuple):
    """How a run of a stage ended."""

    code: int  # negative: by that signal
    seconds: float
    said: str  # on standard error
    module: str  # that the stage runs

    @property
    def clear(self) -> bool:
        """Whether it ended well, or with a message of its own for people."""
        end = self.said.rpartition(f"\n{self.module}: ")[2]
        return self.code == 0 or (end != self.said and "Traceback" not in end)


def stages(project: Path) -> list[Stage]:
    """The stages of a project in which `dvc repro` ran to its end, in the order of their names."""
    locked = yaml.safe_load((project / "dvc.lock").read_text(encoding="utf-8"))["stages"]
    said = yaml.safe_load((project / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    made = {one["path"] for entry in locked.values() for one in entry.get("outs", ())}
    found = []
    for name, entry in sorted(locked.items()):
        outs = tuple(one["path"] for one in entry.get("outs", ()))
        # of a folder that another stage made a stage may name one table, and read what that names
        deps = tuple(sorted({_whole(one["path"], made) for one in entry.get("deps", ())}))
        own = said[name.partition("@")[0]]
        listed = (own | own.get("do", {})).get("outs", ())
        persists = any(isinstance(out, dict) for out in listed)
        folders = tuple(out for out in outs if not out.endswith(".json"))
        found.append(Stage(name, entry["cmd"], deps, outs, folders if persists else ()))
    return found


def _whole(dep: str, made: set[str]) -> str:
    """What was made as a whole that a path lies in, or else the path."""
    inside = (str(parent) for parent in Path(dep).parents)
    return next((parent for parent in inside if parent in made), dep)


def digests(stage: Stage, folder: Path) -> dict[str, str]:
    """SHA-256 of every file in a folder that a stage made, by its path there."""
    found = {}
    for out in stage.outs:
        for file in _files(folder / out):
            name = file.relative_to(folder).as_posix()
            found[name] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


class Job:
    """A copy of what a stage needs of a project, and nothing that it makes.

    Args:
        project: finished.
        stage: of it.
        folder: that takes the copy; it is there and empty.
    """

    def __init__(self, project: Path, stage: Stage, folder: Path) -> None:
        self.stage = stage
        self.folder = folder
        for path in project.iterdir():
            if path.name == ".dvc":
                (folder / ".dvc").mkdir()
                shutil.copy(path / "config", folder / ".dvc/config")
            elif path.name not in _HEAVY:
                _copy(path, folder / path.name)
        pictures = {_PICTURES} - {*stage.outs}
        for dep in (*stage.deps, *pictures):
            if not (folder / dep).exists() and (project / dep).exists():
                _copy(project / dep, folder / dep)
        (folder / "tmp").mkdir()
        self.clear()

    def start(self, command: str | None = None) -> "subprocess.Popen[bytes]":
        """Start the stage's command, or another, in a process group of its own."""
        here = {"TMPDIR": str(self.folder / "tmp"), "PYTHONDONTWRITEBYTECODE": "1"}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return subprocess.Popen(
            command or self.stage.command,
            shell=True,
            cwd=self.folder,
            env={**os.environ, **here, "PATH": path, "PYTHONPATH": str(self.folder)},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def run(self, command: str | None = None) -> Ended:
        """Run the command to its end; what hangs is killed."""
        return self.wait(self.start(command))

    def wait(self, process: "subprocess.Popen[bytes]", most: float = _LONGEST) -> Ended:
        """Wait for a process that was started, and kill it, with all its children, if need be.

        Args:
            process: of `start`.
            most: seconds until it is killed.
        """
        begun = time.monotonic()
        try:
            _, said = process.communicate(timeout=most)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            _, said = process.communicate()
        text = said.decode("utf-8", "replace")
        module = self.stage.command.partition(" -m ")[2].split()[0]
        return Ended(process.returncode, time.monotonic() - begun, text, module)

    def clear(self) -> None:
        """Remove what the stage makes, as DVC does before it runs one."""
        for out in {*self.stage.outs} - {*self.stage.kept}:
            path = self.folder / out
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def size(self) -> int:
        """Bytes of all files in the folder."""
        return sum(file.stat().st_size for file in _files(self.folder))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.is_file())
    elif path.is_file():
        yield path
