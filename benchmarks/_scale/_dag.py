"""The project's dvc.yaml and parameters in; the commands of its stages, in their order, out."""

import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

_NAMED = re.compile(r"\$\{([a-z_.]+)\}")


def commands(wanted: Sequence[str], params: Mapping[str, Any]) -> dict[str, list[str]]:
    """Words of the command of each stage, by its name as DVC says it (`score@clip`).

    Args:
        wanted: names in dvc.yaml, whatever their order.
        params: what params.yaml has; its keys are the stages of a `foreach`.
    """
    said = yaml.safe_load(Path("dvc.yaml").read_text(encoding="utf-8"))["stages"]
    found = {}
    for stage in said:
        if stage in wanted:
            for name, command in _of(stage, said[stage], params):
                words = shlex.split(command)
                found[name] = [sys.executable if word == "python" else word for word in words]
    return found


def _of(
    stage: str, said: Mapping[str, Any], params: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    if "foreach" not in said:
        yield stage, _filled(said["cmd"], params)
        return
    section = _NAMED.fullmatch(said["foreach"])[1]  # type: ignore[index]
    for key, item in params[section].items():
        yield f"{stage}@{key}", _filled(said["do"]["cmd"], {**params, "key": key, "item": item})


def _filled(command: str, known: Mapping[str, Any]) -> str:
    """A command with the values that it names."""

    def value(named: re.Match[str]) -> str:
        found: Any = known
        for name in named[1].split("."):
            found = found[name]
        return str(found)

    return _NAMED.sub(value, command)
