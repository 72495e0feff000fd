"""Pages of the documentation in; their blocks, and the commands of these, out.

A block's info string says what becomes of it: `console` and `python` are run, `yaml` is read by the
loaders of params.yaml and, with a file for its title, written there. With `.slow` a block is run
where a whole project is, with `.read` it is not run (its title says why) and only read by the
command that it is for.
"""

import copy
import os
import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(p for p in (ROOT / "docs").rglob("*.md") if "reference" not in p.parts)
OURS = ("curate.", "augment.", "align.", "train.", "benchmarks.")
_FENCE = re.compile(r"^( *)(`{3,}) *(.*)$")
Params = dict[str, Any]


class Block(NamedTuple):
    """A fenced block of a page."""

    line: int  # of its fence, from 1
    info: str
    text: str

    @property
    def kind(self) -> str:
        """Its language."""
        found = re.search(r"[a-z]+", self.info)
        return found.group() if found else ""

    @property
    def marks(self) -> set[str]:
        """`slow`, `read`, or none."""
        return set(re.findall(r"\.([a-z]+)", self.info.partition("title=")[0])) - {self.kind}

    @property
    def title(self) -> str:
        """What stands above it."""
        found = re.search(r'title="([^"]*)"', self.info)
        return found.group(1) if found else ""

    def commands(self) -> list[str]:
        """What is typed in a console."""
        return [line[2:] for line in self.text.splitlines() if line.startswith("$ ")]


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in their order."""
    found, lines = [], page.read_text(encoding="utf-8").splitlines()
    number = 0
    while number < len(lines):
        if opened := _FENCE.match(lines[number]):
            indent, fence, info = opened.groups()
            end = lines.index(indent + fence, number + 1)
            inside = [line.removeprefix(indent) for line in lines[number + 1 : end]]
            found.append(Block(number + 1, info, "\n".join(inside) + "\n"))
            number = end
        number += 1
    return found


def ours() -> Params:
    """The project's own params.yaml."""
    return yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))


def merged(params: Mapping[str, Any], more: Mapping[str, Any]) -> Params:
    """Parameters with what a page adds to them; a rule or a source is as the page has it."""
    found = copy.deepcopy(dict(params))
    for key, value in more.items():
        both = isinstance(value, dict) and isinstance(found.get(key), dict)
        if both and key in ("rules", "sources"):
            found[key] |= copy.deepcopy(value)
        else:
            found[key] = merged(found[key], value) if both else copy.deepcopy(value)
    return found


def own(line: str) -> list[str] | None:
    """The words of a command that is ours and needs no shell; None of any other."""
    if re.search(r"[>|&]|\$\(", line):
        return None
    words = shlex.split(line)
    if words[0] == "pairwright" or (words[:2] == ["python", "-m"] and words[2].startswith(OURS)):
        return words
    return None


def environment() -> dict[str, str]:
    """Of a process in which `python`, `dvc` and `pairwright` are those of the tests."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}


def with_names(text: str, uids: Mapping[str, str], words: Mapping[str, str]) -> str:
    """A command with names of the demo replaced by those of a smaller project.

    Args:
        text: of the command.
        uids: how a pair's uid begins in the demo -> uid of a pair of the same kind.
        words: words that only the demo knows -> others.
    """

    def uid(found: re.Match[str]) -> str:
        for start, name in uids.items():
            if found[0].startswith(start):
                return name[: len(found[0])]
        return found[0]

    text = re.sub(r"\b[0-9a-f]{8,32}\b", uid, text)
    for word, other in words.items():
        text = text.replace(word, other)
    return text
