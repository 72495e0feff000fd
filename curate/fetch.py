"""Package names to archives: gets the corpora through the registries' own clients, checked.

Writes `<name>.deb`, `<name>.tgz` or `<name>.whl` for each key of `fetch.packages`, and
`packages.parquet`, which says of each what came. An archive is what was expected if its hash is
the tested one; a newer release is taken, with a warning, if it holds the files that the sources
need. A package that cannot be had is left out with a warning.
"""

import fnmatch
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from curate.clients import CLIENTS, Client, NoSuchVersion, Trouble
from curate.dataset import files, packages, tables
from curate.dataset.errors import ParamsError, SourceError
from curate.stage import cluster
from curate.stage.params import parameters
from curate.stage.run import run

TABLE = "packages.parquet"
TESTED, OTHER, MISSING = STATUSES = ("tested", "other version", "missing")
PACKAGES = pa.schema(
    [
        pa.field("name", pa.string(), nullable=False),  # key under fetch.packages
        pa.field("client", pa.string(), nullable=False),  # npm, apt or pip
        pa.field("package", pa.string(), nullable=False),  # name in the registry
        pa.field("version", pa.string()),  # of what came; null where nothing did
        pa.field("sha256", pa.string()),  # of the archive
        pa.field("files", pa.int64()),  # in the archive; null where its hash is the tested one
        pa.field("status", pa.string(), nullable=False),  # tested, other version or missing
        pa.field("warning", pa.string()),  # what a reader of the report should know
        pa.field("licence", pa.string()),
    ]
)


@parameters
class Package:
    """One archive and what it must be."""

    client: Literal["npm", "apt", "pip"]
    package: str  # name in the registry
    version: str | None = None  # the tested one
    sha256: str | None = None  # of the tested archive
    files: dict[str, int] = field(default_factory=dict)  # pattern -> least number of files
    megabytes: float = 1.0  # size of the tested archive, for the time left
    licence: str | None = None


@parameters
class FetchParams:
    """What is fetched."""

    packages: dict[str, Package]  # name of the archive -> what it is


_Row = dict[str, Any]  # columns of PACKAGES


def main(out: Path, params: FetchParams) -> dict[str, Any]:
    """Fetch: names of packages -> a folder of their archives, and a table of what came."""
    for name, package in params.packages.items():
        if not (package.sha256 or package.files):
            raise ParamsError(
                f"fetch.packages.{name} needs `sha256` or `files`, else nothing can be checked"
            )
    clients = {name: make() for name, make in CLIENTS.items()}
    wanted = {f"{name}{clients[p.client].ending}" for name, p in params.packages.items()}
    out.mkdir(parents=True, exist_ok=True)
    _tidy(out, wanted)
    rows = []
    total = sum(round(package.megabytes) for package in params.packages.values())
    with cluster.progress(total, "fetch", "MB") as bar:
        for name, package in params.packages.items():
            bar.set_postfix_str(name)
            before = bar.n
            rows.append(_fetch(name, package, clients[package.client], out, bar.update))
            bar.update(max(0, before + round(package.megabytes) - bar.n))
    _tidy(out, wanted)
    for row in (row for row in rows if row["warning"]):
        print(f"fetch: {row['name']}: {row['warning']}", file=sys.stderr)
    tables.write(pa.Table.from_pylist(rows, PACKAGES), out / TABLE, "name", PACKAGES)
    if all(row["status"] == MISSING for row in rows):
        reasons = "; ".join(f"{row['name']}: {row['warning']}" for row in rows) or "none is named"
        raise SourceError(f"no package of fetch.packages could be had: {reasons}")
    return _figures(rows, out)


def _fetch(
    name: str, package: Package, client: Client, out: Path, megabytes: Callable[[int], object]
) -> _Row:
    """Have one archive in its place, or none; gives its row."""
    place = out / f"{name}{client.ending}"
    row = {"name": name, "status": MISSING} | {
        key: getattr(package, key) for key in ("client", "package", "licence")
    }
    there: _Row | None = None
    try:
        if place.is_file():
            there = _inspect(place, package, client)
            if there["status"] == TESTED or client.is_current(
                place, package.package, package.version
            ):
                return row | there
    except Trouble:
        there = None
    partial = out / f".{name}.partial"
    partial.mkdir()
    try:
        archive = _download(package, client, partial, megabytes)
        came = _inspect(archive, package, client)
        archive.replace(place)
        return row | came
    except Trouble as trouble:
        if there is not None:
            warning = f"{there['warning']}; a newer one is not to be had: {trouble}"
            return row | there | {"warning": warning}
        place.unlink(missing_ok=True)
        return row | {"warning": str(trouble)}
    finally:
        shutil.rmtree(partial)


def _download(
    package: Package, client: Client, folder: Path, megabytes: Callable[[int], object]
) -> Path:
    """The tested version of a package, or the one that there is."""
    told = 0

    def seen(size: int) -> None:
        nonlocal told
        if (step := size // 1_000_000 - told) > 0:
            told += step
            megabytes(step)

    try:
        return client.download(package.package, package.version, folder, seen)
    except NoSuchVersion:
        if package.version is None:
            raise
        return client.download(package.package, None, folder, seen)


def _inspect(archive: Path, package: Package, client: Client) -> _Row:
    """What an archive is.

    Raises:
        Trouble: it is damaged, or not what was expected.
    """
    digest = files.sha256(archive)
    tested = digest == package.sha256
    try:
        version = client.version(archive)
        names = [] if tested else list(client.files(archive))
    except (tarfile.TarError, zipfile.BadZipFile, OSError, EOFError) as error:
        raise Trouble(f"{archive.name} is damaged: {error}") from error
    row = {"version": version, "sha256": digest, "files": None, "warning": None}
    if tested:
        return row | {"status": TESTED}
    if package.sha256 and client.immutable and version == package.version:
        raise Trouble(f"{archive.name} says it is {version}, but its SHA-256 is {digest}")
    if package.sha256 and not package.files:
        raise Trouble(f"{archive.name} has SHA-256 {digest}, not {package.sha256}")
    for pattern, least in package.files.items():
        count = len(fnmatch.filter(names, pattern))
        if count < least:
            raise Trouble(f"{archive.name} ({version}) has {count} files {pattern}, not {least}")
    if package.sha256 is None:
        warning = f"version {version} was not tested: params give no sha256 for it"
    elif version == package.version:
        warning = f"version {version} is the tested version, but another build of it"
    else:
        warning = f"version {version} is not the tested version {package.version or ''}".strip()
    return row | {"status": OTHER, "files": len(names), "warning": warning}


def _figures(rows: list[_Row], out: Path) -> dict[str, Any]:
    size = sum(file.stat().st_size for file in out.glob("*.*") if file.name != TABLE)
    counts = {status: sum(row["status"] == status for row in rows) for status in STATUSES}
    warnings = {row["name"]: row["warning"] for row in rows if row["warning"]}
    return {"packages": len(rows), **counts, "megabytes": size / 1e6, "warnings": warnings}


def _tidy(out: Path, wanted: set[str]) -> None:
    """Remove what a killed run, or packages that are no longer named, left behind."""
    for entry in out.iterdir():
        if entry.name.endswith(".partial"):
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        elif entry.suffix in packages.ENDINGS and entry.name not in wanted:
            entry.unlink()


if __name__ == "__main__":
    run("curate.fetch", section="fetch")
