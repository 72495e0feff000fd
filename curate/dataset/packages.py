"""Fetched packages as folders: a .deb, .tgz or .whl is unpacked once and found again.

Unpacked files lie outside DVC's outputs, under the hash of the archive, and may be deleted at
any time.
"""

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from pathlib import Path

from curate.dataset.errors import SourceError

ENDINGS = (".deb", ".tgz", ".whl")
UNPACKED = Path(os.environ.get("PAIRWRIGHT_UNPACKED", ".pairwright/unpacked"))
_DAMAGE = (subprocess.CalledProcessError, tarfile.TarError, zipfile.BadZipFile, EOFError)


def find(packages: Path, name: str) -> Path:
    """The archive of a fetched package: its name with one of `ENDINGS`.

    Raises:
        SourceError: it was not fetched; says what is there and what to do.
    """
    for ending in ENDINGS:
        if (archive := packages / f"{name}{ending}").is_file():
            return archive
    there = ", ".join(sorted(p.name for p in packages.glob("*.*"))) or "nothing"
    raise SourceError(
        f"package {name} is not in {packages} (there: {there}); "
        "see fetch.packages in params.yaml and run `dvc repro --force fetch`"
    )


def unpack(packages: Path, name: str, root: Path | None = None) -> Path:
    """Folder with the files of a fetched package.

    Raises:
        SourceError: the package is missing or damaged, or `dpkg-deb` is needed and missing.
    """
    archive = find(packages, name)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()[:16]
    place = (root or UNPACKED) / f"{name}-{digest}"
    if place.is_dir():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=place.parent))
    try:
        _extract(archive, partial)
        partial.chmod(0o755)
        partial.rename(place)
    except OSError:
        if not place.is_dir():  # else another process was first, with the same files
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return place


def _extract(archive: Path, target: Path) -> None:
    try:
        if archive.suffix == ".deb":
            subprocess.run(["dpkg-deb", "-x", archive, target], check=True, capture_output=True)
        elif archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                wheel.extractall(target)
        else:
            with tarfile.open(archive) as tar:
                _extract_tar(tar, target)
    except FileNotFoundError as error:
        raise SourceError(f"{archive}: unpacking needs dpkg-deb (Debian package dpkg)") from error
    except _DAMAGE as error:
        detail = getattr(error, "stderr", b"") or b""
        raise SourceError(f"{archive} is damaged: {error} {detail.decode()}".strip()) from error


def _extract_tar(tar: tarfile.TarFile, target: Path) -> None:
    """Extract what lies within the target; links that lead out of it and devices are refused."""
    if hasattr(tarfile, "data_filter"):
        tar.extractall(target, filter="data")
        return
    root = target.resolve()  # before Python 3.11.4
    plain = [m for m in tar if m.isfile() and (root / m.name).resolve().is_relative_to(root)]
    tar.extractall(target, plain)
