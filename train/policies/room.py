"""A pipeline of one policy in; what one policy reached, as an experiment of DVC's, out.

`dvc exp run` looks at all that a project's stages made, and changes params.yaml in place, so
policies are tried in a room of their own: a project that holds the pipeline and the parameters
alone, with links to the code and data that it reads. There an experiment costs some six seconds
beyond its stages; what was run before is answered from the run cache; and each experiment can be
looked at there (`dvc exp show`), and run again in the project itself by the same command.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from curate.dataset import memory
from curate.dataset.errors import DataError, FailedError
from curate.stage.alone import alone

PARAMS = "params.yaml"
STEPS, SEED, SPLIT = "policy_run.pretrain.steps", "policy_search.seed", "policy_run.tested.split"
_LINES = 12  # of what an experiment that fails says


@contextmanager
def opened(folder: Path, pipeline: Path, figures: Path, params: Path) -> Iterator["Room"]:
    """A room for this process alone; its folder is made where it is not there.

    Args:
        folder: of the room.
        pipeline: as of `Room`.
        figures: as of `Room`.
        params: as of `Room`.

    Raises:
        BusyError: another process is in the room.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder, folder):
        yield Room(folder, pipeline, figures, params)


class Room:
    """A folder in which experiments run one after the other.

    Args:
        folder: of the room, which is there.
        pipeline: file of the stages, relative to the project, which is the working directory.
        figures: file of the figures that its last stage writes, relative to the project.
        params: the project's params file.
    """

    def __init__(self, folder: Path, pipeline: Path, figures: Path, params: Path) -> None:
        self._folder, self._pipeline, self._figures = folder, pipeline, figures
        self._params = params.read_bytes()
        if not (folder / ".dvc").is_dir():
            self._call("git", "init", "--quiet")
            self._call(*_DVC, "init", "--quiet")
        (folder / pipeline).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(pipeline, folder / pipeline)
        (folder / PARAMS).write_bytes(self._params)
        self._links = _links(pipeline)
        for link in self._links:
            _link(folder / link, Path(link))
        self._call("git", "add", "--", *self._links, ".dvc", pipeline.as_posix(), PARAMS)
        if self._call("git", "status", "--porcelain", "--untracked-files=no").strip():
            self._call("git", *_UNSIGNED, "commit", "--quiet", "--message", "what is searched")

    def fingerprint(self) -> str:
        """Hash of what each experiment depends on beside its changes: pipeline, code and tables."""
        stages = yaml.safe_load(self._pipeline.read_text(encoding="utf-8"))["stages"]
        made = [out for stage in stages.values() for out in _paths(stage, "outs")]
        deps = {dep for stage in stages.values() for dep in _paths(stage, "deps")} - {*made}
        files = [file for dep in sorted(deps) for file in _below(Path(dep))]
        return memory.fingerprint(self._pipeline, *(f for f in files if f.suffix in _READ))

    def run(self, name: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """The figures of an experiment.

        Args:
            name: of the experiment, which takes the place of one of that name.
            changes: parameters by path.

        Raises:
            FailedError: a stage failed; says what it said.
        """
        (self._folder / PARAMS).write_bytes(self._params)
        for ref in self._call("git", "for-each-ref", "--format=%(refname)", "refs/exps").split():
            if ref.endswith(f"/{name}"):
                self._call("git", "update-ref", "-d", ref)
        self._call(*_DVC, *self._words(changes), "--name", name)
        return json.loads((self._folder / self._figures).read_text(encoding="utf-8"))

    def command(self, changes: Mapping[str, Any]) -> str:
        """What to type in the project, or in the room, to run an experiment again."""
        return shlex.join(["dvc", *self._words(changes)])

    def _words(self, changes: Mapping[str, Any]) -> list[str]:
        told = [f"{path}={_told(value)}" for path, value in changes.items()]
        return ["exp", "run", self._pipeline.as_posix(), *(w for one in told for w in ("-S", one))]

    def _call(self, *words: str) -> str:
        done = subprocess.run(
            words, cwd=self._folder, capture_output=True, text=True, check=False, env=_environment()
        )
        if done.returncode:
            said = "\n".join(f"{done.stdout}{done.stderr}".strip().splitlines()[-_LINES:])
            raise FailedError(f"in {self._folder}, {shlex.join(words[:5])} … failed:\n{said}")
        return done.stdout


_DVC = (sys.executable, "-m", "dvc")
_UNSIGNED = ("-c", "commit.gpgsign=false")
_READ = (".py", ".parquet")


def _environment() -> dict[str, str]:
    """That of this process, whose interpreter is the stages' `python`."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    roles = ("GIT_AUTHOR", "GIT_COMMITTER")
    who = {f"{role}_{what}": "search" for role in roles for what in ("NAME", "EMAIL")}
    return {**os.environ, "PATH": path, "DVC_NO_ANALYTICS": "1", **who}


def _links(pipeline: Path) -> list[str]:
    """What a room takes from the project: each dependency's highest folder without the pipeline."""
    stages = yaml.safe_load(pipeline.read_text(encoding="utf-8"))["stages"]
    made = [Path(out) for stage in stages.values() for out in _paths(stage, "outs")]
    found = set()
    for dep in {Path(dep) for stage in stages.values() for dep in _paths(stage, "deps")}:
        if not any(dep.is_relative_to(out) or out.is_relative_to(dep) for out in made):
            tops = [*reversed(dep.parents), dep][1:]
            link = next(top for top in tops if not pipeline.is_relative_to(top))
            found.add(link.as_posix())
    return sorted(found)


def _paths(stage: Mapping[str, Any], kind: str) -> list[str]:
    return [path if isinstance(path, str) else next(iter(path)) for path in stage.get(kind, [])]


def _link(place: Path, target: Path) -> None:
    if not target.exists():
        raise DataError(f"{target} is missing, which policies are tried on; run first: make proof")
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_symlink():
        place.unlink()
    place.symlink_to(target.resolve())


def _below(path: Path) -> list[Path]:
    return sorted(f for f in path.rglob("*") if f.is_file()) if path.is_dir() else [path]


def _told(value: Any) -> str:
    """A value as `-S` reads it."""
    return json.dumps(value) if not isinstance(value, str) else value
