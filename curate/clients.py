"""Registry clients: a package's name to its archive, by npm, apt-get and pip."""

import email
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar, Protocol

from curate.dataset import files

_LOOKS = 0.2  # seconds between looks at how much has come
_TIMEOUT = 900.0  # seconds that one download may take
_PAUSE = 2.0  # seconds before the second attempt, doubled before each further one
_RETRIES = 2
_SAID = 500  # characters of a client's message that are passed on


class Trouble(Exception):  # noqa: N818
    """A package that a client does not give; the message says why and what to do."""


class NoSuchVersion(Trouble):
    """The registry has the package in other versions, or not at all."""


class Client(Protocol):
    """What fetching needs of a registry's client."""

    ending: ClassVar[str]  # of its archives
    immutable: ClassVar[bool]  # whether a version always has the same bytes

    def download(
        self, package: str, version: str | None, folder: Path, seen: Callable[[int], object]
    ) -> Path:
        """Get an archive into an empty folder; `seen` is told of the bytes there are so far."""

    def is_current(self, archive: Path, package: str, version: str | None) -> bool:
        """Whether a download would give what is there already, as far as can be told offline."""

    def version(self, archive: Path) -> str:
        """The version that an archive says it is."""

    def files(self, archive: Path) -> Iterator[str]:
        """Names of the files that an archive holds."""


class Npm:
    """Packages of the npm registry."""

    ending: ClassVar[str] = ".tgz"
    immutable: ClassVar[bool] = True

    def download(
        self, package: str, version: str | None, folder: Path, seen: Callable[[int], object]
    ) -> Path:
        """See `Client`."""
        _need("npm", "install Node.js with npm (e.g. `apt-get install npm`)")
        spec = f"{package}@{version}" if version else package
        command = ["npm", "pack", spec, "--ignore-scripts", "--no-update-notifier"]
        said = _patiently(command, folder, seen, re.compile("E404|ETARGET|EINVALID"))
        return _single(folder, self.ending, said)

    def is_current(self, archive: Path, package: str, version: str | None) -> bool:  # noqa: ARG002
        """See `Client`."""
        return version is None or self.version(archive) == version

    def version(self, archive: Path) -> str:
        """See `Client`."""
        with tarfile.open(archive) as tar:
            for member in tar:
                if member.name == "package/package.json" and (file := tar.extractfile(member)):
                    return str(json.load(file)["version"])
        raise Trouble(f"{archive.name} holds no package/package.json")

    def files(self, archive: Path) -> Iterator[str]:
        """See `Client`."""
        with tarfile.open(archive) as tar:
            yield from (member.name for member in tar if member.isfile())


class Apt:
    """Packages of the Debian or Ubuntu release of this machine."""

    ending: ClassVar[str] = ".deb"
    immutable: ClassVar[bool] = False  # Ubuntu builds Debian's versions anew

    def __init__(self) -> None:
        self._updated = False

    def download(
        self, package: str, version: str | None, folder: Path, seen: Callable[[int], object]
    ) -> Path:
        """See `Client`; where apt fails, its lists are updated once if we may."""
        by_hand = "without apt, put the archive into the output folder by hand"
        _need("apt-get", f"this needs Debian or Ubuntu; {by_hand}")
        command = ["apt-get", "download", f"{package}={version}" if version else package]
        absent = re.compile("Unable to locate|was not found|Can't find a source|No packages found")
        try:
            return _single(folder, self.ending, _patiently(command, folder, seen, absent))
        except Trouble as trouble:
            if not self._updated and os.geteuid() == 0:
                self._updated = True
                _patiently(["apt-get", "update"], folder, lambda _: None)
                return self.download(package, version, folder, seen)
            if self._updated:
                raise
            hint = "; if its lists are missing or old, run `sudo apt-get update`"
            raise type(trouble)(f"{trouble}{hint}") from trouble

    def is_current(self, archive: Path, package: str, version: str | None) -> bool:  # noqa: ARG002
        """See `Client`; what apt would download is told by its lists."""
        if shutil.which("apt-get") is None:
            return True
        command = ["apt-get", "download", "--print-uris", package]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        offered = re.search(r"SHA256:([0-9a-f]{64})", said)
        return offered is None or offered[1] == files.sha256(archive)

    def version(self, archive: Path) -> str:
        """See `Client`."""
        _need("dpkg-deb", "install the Debian package dpkg")
        command = ["dpkg-deb", "--field", str(archive), "Version"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode:
            raise Trouble(f"{archive.name}: {result.stderr.strip()}")
        return result.stdout.strip()

    def files(self, archive: Path) -> Iterator[str]:
        """See `Client`."""
        _need("dpkg-deb", "install the Debian package dpkg")
        command = ["dpkg-deb", "--fsys-tarfile", str(archive)]
        with (
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process,
            tarfile.open(fileobj=process.stdout, mode="r|") as tar,
        ):
            yield from (member.name for member in tar if member.isfile())
        if process.returncode:
            raise Trouble(f"{archive.name} is damaged: dpkg-deb cannot read all of it")


class Pip:
    """Packages of the Python Package Index: wheels for any machine, without what they need."""

    ending: ClassVar[str] = ".whl"
    immutable: ClassVar[bool] = True

    def download(
        self, package: str, version: str | None, folder: Path, seen: Callable[[int], object]
    ) -> Path:
        """See `Client`."""
        _need("pip", "install it (e.g. `python -m ensurepip`)")
        spec = f"{package}=={version}" if version else package
        command = ["pip", "download", spec, "--no-deps", "--only-binary=:all:"]
        absent = re.compile(r"from versions: (?!none\))")  # none: perhaps it was not reached
        command += ["--platform", "any", "--no-input", "--disable-pip-version-check"]
        said = _patiently(command, folder, seen, absent)
        return _single(folder, self.ending, said)

    def is_current(self, archive: Path, package: str, version: str | None) -> bool:  # noqa: ARG002
        """See `Client`."""
        return version is None or self.version(archive) == version

    def version(self, archive: Path) -> str:
        """See `Client`."""
        with zipfile.ZipFile(archive) as wheel:
            for name in wheel.namelist():
                if name.endswith(".dist-info/METADATA"):
                    return str(email.message_from_bytes(wheel.read(name))["Version"])
        raise Trouble(f"{archive.name} holds no METADATA")

    def files(self, archive: Path) -> Iterator[str]:
        """See `Client`."""
        with zipfile.ZipFile(archive) as wheel:
            if (damaged := wheel.testzip()) is not None:
                raise Trouble(f"{archive.name} is damaged: {damaged} cannot be read")
            yield from (item.filename for item in wheel.infolist() if not item.is_dir())


CLIENTS: dict[str, Callable[[], Client]] = {"npm": Npm, "apt": Apt, "pip": Pip}


def _patiently(
    command: list[str],
    folder: Path,
    seen: Callable[[int], object],
    final: re.Pattern[str] | None = None,
) -> str:
    """Run a client until it succeeds; what it said. A message that matches `final` ends that."""
    for attempt in range(_RETRIES + 1):
        status, said = _run(command, folder, seen)
        if status == 0:
            return said
        problem = f"`{' '.join(command)}` failed: {' '.join(said.split())[-_SAID:]}"
        if final and final.search(said):
            raise NoSuchVersion(problem)
        if attempt < _RETRIES:
            time.sleep(_PAUSE * 2**attempt)
    raise Trouble(f"{problem} ({_RETRIES + 1} attempts)")


def _run(command: list[str], folder: Path, seen: Callable[[int], object]) -> tuple[int, str]:
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        environment = os.environ | {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said, env=environment)
        ends = time.monotonic() + _TIMEOUT
        try:
            while process.poll() is None and time.monotonic() < ends:
                seen(sum(f.stat().st_size for f in folder.iterdir()))
                time.sleep(_LOOKS)
        finally:
            if process.poll() is None:
                process.kill()
        status = process.wait()
        said.seek(0)
        return status, said.read()


def _single(folder: Path, ending: str, said: str) -> Path:
    found = list(folder.glob(f"*{ending}"))
    if len(found) != 1:
        raise Trouble(f"the client left {len(found)} archives, not one: {said[-_SAID:]}")
    return found[0]


def _need(program: str, advice: str) -> None:
    if shutil.which(program) is None:
        raise Trouble(f"{program} is not on this machine: {advice}")
