"""`forgotten.csv`: what must never be taken again; a URL, page, picture or caption is on it or not.

The file lies in the project's folder and is kept in git: columns kind, value, reason and date (a
day, ISO 8601). Kinds are

    url      a picture's, also one that redirects led to
    page     its captions go, and pictures of which nothing else is said
    domain   with all below it: every picture on it and every caption of its pages
    image    SHA-256 of a picture's bytes, or its first 32 hexadecimal digits
    uid      one pair

`pairwright forget` writes it. A crawl asks for nothing that is on it, and takes nothing.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from curate import answers, suffixes
from curate.dataset import files
from curate.dataset.credentials import redacted
from curate.dataset.errors import DataError
from curate.sources._web import links
from curate.sources._web.refused import NotTaken

FILE = Path("forgotten.csv")  # in the project's folder, where all workers run
REASON = "forgotten"  # for which what is on the list is refused
KINDS = ("url", "page", "domain", "image", "uid")
_DIGITS = 32  # of names of pictures and pairs, hexadecimal
_HEX = set("0123456789abcdef")


class Entry(NamedTuple):
    """A line of the list."""

    kind: str
    value: str
    reason: str
    date: str  # ISO 8601 day

    @property
    def words(self) -> str:
        """What a table of rejects says."""
        return f"{self.kind} {self.value}"


@dataclass(frozen=True)
class Forgotten:
    """A list, small enough to be sent to each worker; it is false where nothing is on it."""

    entries: tuple[Entry, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entries)

    @cached_property
    def _known(self) -> dict[tuple[str, str], Entry]:
        return {(entry.kind, entry.value): entry for entry in self.entries}

    @cached_property
    def _kinds(self) -> set[str]:
        return {entry.kind for entry in self.entries}

    def picture(self, url: str | None) -> Entry | None:
        """The entry of a picture's URL or of its domain; None where there is neither."""
        return self._place("url", url)

    def page(self, url: str | None) -> Entry | None:
        """The entry of a page or of its domain."""
        return self._place("page", url)

    def image(self, name: str | None) -> Entry | None:
        """The entry of a picture's name or SHA-256."""
        return self._known.get(("image", (name or "")[:_DIGITS]))

    def pair(self, uid: str | None) -> Entry | None:
        """The entry of a pair."""
        return self._known.get(("uid", uid or ""))

    def of_item(self, row: Mapping[str, Any]) -> set[Entry]:
        """The entries for which nothing of an item is taken; that of its own place alone, if any.

        Nobody asks for an item of such a place, so no more is known of it.

        Args:
            row: of answers or of a ledger.
        """
        if own := self.picture(row.get("item")):
            return {own}
        found = {self.picture(row.get(name)) for name in ("url", "final_url")}
        found |= {self.image(row.get(name)) for name in ("image", "sha256")}
        return {entry for entry in found if entry}

    def strip(self, row: dict[str, Any]) -> dict[str, Any]:
        """An answer of a crawl without what is on the list.

        Args:
            row: columns of `answers.SCHEMA`, those that are null left out.

        Returns:
            The row itself where nothing of it is; a refusal where nothing of it is left.
        """
        if not self.entries:
            return row
        found = self.of_item(row)
        said = [(self._caption(caption), caption) for caption in row.get("captions") or ()]
        if not found and said and all(entry for entry, _ in said):
            found = {entry for entry, _ in said if entry}
        if found:
            words = sorted(entry.words for entry in found)
            return {"item": row["item"], "reason": REASON, "detail": ", ".join(words)}
        gone = {caption["uid"] for entry, caption in said if entry}
        beside = {name: row[name] for name in answers.BESIDE if row.get(name)}
        stays = {
            name: [o for o in own if not (o.get("uid") in gone or self.picture(o.get("url")))]
            for name, own in beside.items()
        }
        if not gone and stays == beside:
            return row
        left = [caption for entry, caption in said if not entry]
        return row | {"captions": left} | stays

    def _caption(self, caption: Mapping[str, Any]) -> Entry | None:
        return self.page(caption.get("page")) or self.pair(caption["uid"])

    def _place(self, kind: str, url: str | None) -> Entry | None:
        if not url or self._kinds.isdisjoint((kind, "domain")):
            return None
        text, host = _parsed(url)
        found = self._known.get((kind, text))
        while found is None and host:
            found = self._known.get(("domain", host))
            host = host.partition(".")[2]
        return found


def read(path: Path = FILE) -> Forgotten:
    """The list in a file; nothing is on one that is not there.

    Raises:
        DataError: it is no such list; names the line.
    """
    if not path.is_file():
        return Forgotten()
    with path.open(encoding="utf-8", newline="") as file:
        return Forgotten(tuple(_entries(csv.DictReader(file), path)))


def add(entries: Iterable[Entry], path: Path = FILE) -> Forgotten:
    """Put entries on the list in a file, behind those that are there; gives the whole list.

    What is on it already keeps its reason and date. The file is replaced in one step.
    """
    known = {(entry.kind, entry.value): entry for entry in read(path).entries}
    for entry in entries:
        known.setdefault((entry.kind, entry.value), entry)
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerows([Entry._fields, *known.values()])
    partial = files.partial(path)
    partial.write_text(text.getvalue(), encoding="utf-8")
    files.settle(partial, path)
    return Forgotten(tuple(known.values()))


def value(kind: str, text: str) -> str:
    """What is meant, in the form in which it is compared.

    Raises:
        DataError: it is nothing of this kind.
    """
    text = text.strip()
    if kind in ("url", "page"):
        if not text:
            raise DataError(f"a {kind} is empty")
        return _parsed(text)[0]
    if kind == "domain":
        host = _parsed(f"http://{text}/")[1] if "/" not in text else None
        if not host:
            raise DataError(f"{text!r} is no domain; give a host's name such as example.org")
        if suffixes.is_registry(host):
            raise DataError(
                f"{host!r} is no one's domain: all names that end in it would be meant; give one "
                f"of them, such as example.{host}"
            )
        return host
    digits = text.lower()
    most = (_DIGITS, 2 * _DIGITS) if kind == "image" else (_DIGITS,)
    if not set(digits) <= _HEX or len(digits) not in most:
        said = " or ".join(map(str, most))
        raise DataError(f"{text[:80]!r} is no {kind}; give its {said} hexadecimal digits")
    return digits[:_DIGITS]


def _entries(rows: csv.DictReader, path: Path) -> Iterator[Entry]:  # type: ignore[type-arg]
    if list(rows.fieldnames or ()) != list(Entry._fields):
        raise DataError(f"{path} begins with {rows.fieldnames}, not with {','.join(Entry._fields)}")
    for row in rows:
        where = f"{path}, line {rows.line_num}"
        if row["kind"] not in KINDS or None in row or None in row.values():
            raise DataError(f"{where}: {row['kind']!r} with {row} is none of {', '.join(KINDS)}")
        try:
            row["value"] = value(row["kind"], row["value"])
        except DataError as error:
            raise DataError(f"{where}: {error}") from error
        yield Entry(**row)


def _parsed(url: str) -> tuple[str, str | None]:
    """A URL as it is compared, without credentials as tables have it, and its host.

    What is no URL of the web stays as it is.
    """
    try:
        found = links.parse(redacted(url.partition("#")[0]))
    except NotTaken:
        return redacted(url), None
    return found.text, found.host
