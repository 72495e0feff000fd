"""The package and the name of an emoji's file in, the name of the emoji that it shows out.

Packages draw some emoji under the name of another; which ones is data, `_misnamed.toml`.
"""

import functools
import json
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

_TABLE = Path(__file__).with_suffix(".toml")
_BETWEEN = "-"  # the code points of a name


def release(folder: Path) -> str:
    """Name and version of an unpacked npm package, `<name>@<version>`; empty for any other."""
    manifest = folder / "package" / "package.json"
    if not manifest.is_file():
        return ""
    told = json.loads(manifest.read_text(encoding="utf-8"))
    return f"{told.get('name', '')}@{told.get('version', '')}"


def shown(package: str, stem: str) -> str:
    """The name of the emoji that a file shows, which is nearly always its own.

    Args:
        package: `<npm name>@<version>`, see `release`.
        stem: the file's name without ending, code points: 1f44d-1f3fd.
    """
    faults = _faults().get(package)
    if faults is None:
        return stem
    if whole := faults["shows"].get(stem):
        return str(whole)
    for fault in faults["exchanged"]:
        if _any(stem, fault["names"]) and not _any(stem, fault["except"]):
            one, other = fault["parts"]
            becomes = {one: other, other: one}
            stem = _BETWEEN.join(becomes.get(part, part) for part in stem.split(_BETWEEN))
    return stem


def _any(stem: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(stem, pattern) for pattern in patterns)


@functools.cache
def _faults() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))
