"""Hashes of pictures that must not be taken, as the user brings them; a picture is on it or not.

A list is a text file, or a folder of them, with one hash a line: SHA-256 (64 hexadecimal digits),
MD5 (32) or the perceptual hash of `imagehash.phash` (16), with the kind before it (`md5:…`) or
without, or PDQ (64), always with its kind (`pdq:…`); what follows the hash on its line, and lines
that start with #, are comments.
"""

import bisect
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from curate.dataset.errors import DataError
from curate.dataset.memory import fingerprint
from curate.stage.params import parameters

_DIGITS = {"sha256": 64, "md5": 32, "phash": 16, "pdq": 64}  # hexadecimal
_PDQ_QUALITY = 50  # of 100; hashes of plainer pictures say nothing, as PDQ's authors advise
_LINE = re.compile(r"(?:(sha256|md5|phash|pdq):)?([0-9a-f]+)(?:[\s,;].*)?", re.IGNORECASE)


@parameters
class BlocklistParams:
    """Which list, and how near a picture may come to what is on it."""

    path: str | None = None  # text file, one hash a line, or folder of such files; None: no list
    distance: int = 6  # bits of 64 within which a perceptual hash is the same
    pdq_distance: int = 31  # bits of 256 within which a PDQ hash is, as its authors recommend


class Blocklist:
    """Hashes of every list, sorted; small enough to be sent to each worker.

    Args:
        params: which list.

    Raises:
        DataError: a list cannot be read or a line is no hash; names file and line.
    """

    def __init__(self, params: BlocklistParams) -> None:
        found: dict[str, set[bytes]] = {kind: set() for kind in _DIGITS}
        for file in _lists(params.path):
            for kind, digest in _hashes(file):
                found[kind].add(digest)
        self._sorted = {kind: b"".join(sorted(digests)) for kind, digests in found.items()}
        self._looks = np.frombuffer(self._sorted["phash"], ">u8").astype(np.uint64)
        self._pdq = np.frombuffer(self._sorted["pdq"], np.uint64).reshape(-1, 4)
        self._distance, self._pdq_distance = params.distance, params.pdq_distance

    @property
    def perceptual(self) -> bool:
        """Whether pictures must be hashed by `imagehash.phash` to know if they are on a list."""
        return len(self._looks) > 0

    @property
    def pdq(self) -> bool:
        """Whether pictures must be hashed by PDQ to know if they are on a list."""
        return len(self._pdq) > 0

    @property
    def fingerprint(self) -> str:
        """Of all that is on the lists."""
        return fingerprint(*self._sorted.values(), self._distance, self._pdq_distance)

    def by_bytes(self, data: bytes, sha256: str) -> str | None:
        """The hash by which a file is on a list, None where it is not.

        Args:
            data: the file.
            sha256: of the file, in hexadecimal digits.
        """
        if self._has("sha256", bytes.fromhex(sha256)):
            return f"sha256 {sha256}"
        if self._sorted["md5"]:
            digest = hashlib.md5(data, usedforsecurity=False)
            if self._has("md5", digest.digest()):
                return f"md5 {digest.hexdigest()}"
        return None

    def by_looks(self, phash: int) -> str | None:
        """The perceptual hash by which a picture is on a list, None where it is not.

        Args:
            phash: of the picture, 64 bits.
        """
        if not self.perceptual:
            return None
        bits = np.bitwise_count(self._looks ^ np.uint64(phash))
        nearest = int(bits.argmin())
        if bits[nearest] > self._distance:
            return None
        return f"phash {int(self._looks[nearest]):016x}, {bits[nearest]} bits away"

    def by_pdq(self, digest: bytes, quality: int) -> str | None:
        """The PDQ hash by which a picture is on a list, None where it is not.

        Args:
            digest: of the picture, 32 bytes.
            quality: of that hash, 0 to 100.
        """
        if not self.pdq or quality < _PDQ_QUALITY:
            return None
        bits = np.bitwise_count(self._pdq ^ np.frombuffer(digest, np.uint64)).sum(axis=1)
        nearest = int(bits.argmin())
        if bits[nearest] > self._pdq_distance:
            return None
        return f"pdq {self._pdq[nearest].tobytes().hex()}, {bits[nearest]} bits away"

    def _has(self, kind: str, digest: bytes) -> bool:
        there, width = self._sorted[kind], len(digest)
        count = len(there) // width
        at = bisect.bisect_left(range(count), digest, key=lambda i: there[i * width :][:width])
        return there[at * width :][:width] == digest


def _lists(path: str | None) -> list[Path]:
    """The text files that a path means."""
    if path is None:
        return []
    place = Path(path)
    if not place.is_dir():
        return [place]
    if not (found := sorted(place.rglob("*.txt"))):
        raise DataError(f"blocklist {path} is a folder without any list: no *.txt is in it")
    return found


def _hashes(file: Path) -> Iterator[tuple[str, bytes]]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"blocklist {file} cannot be read: {error}") from error
    by_digits = {digits: kind for kind, digits in _DIGITS.items() if kind != "pdq"}
    for number, line in enumerate(lines, 1):
        if not (text := line.strip()) or text.startswith("#"):
            continue
        match = _LINE.fullmatch(text)
        kind = match and (match[1] or by_digits.get(len(match[2]), "")).lower()
        if match is None or not kind or len(match[2]) != _DIGITS[kind]:
            known = ", ".join(f"{kind} ({digits})" for kind, digits in _DIGITS.items())
            raise DataError(
                f"{file}, line {number}: {text[:80]!r} is no hash; "
                f"known are hexadecimal digits of {known}"
            )
        yield kind, bytes.fromhex(match[2])
