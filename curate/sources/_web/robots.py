"""robots.txt: what a site allows a crawler to ask for, how fast, and to use (RFC 9309)."""

import codecs
import re
from dataclasses import dataclass

from protego import Protego

from curate.sources._web.optout import AGENT, USAGE, preference, refuses

MAX_BYTES = 512 * 1024  # of a robots.txt that are read; RFC 9309 asks for 500 KiB at least

_LINE = re.compile(r"\s*([A-Za-z-]+)\s*:(.*)")
_WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True)
class Rules:
    """What a robots.txt says."""

    paths: Protego  # that may be asked for
    usage: dict[str, Protego]  # that may be used for training, by the name of the lines

    def allow(self, url: str) -> bool:
        """Whether we may ask for a URL."""
        return self.paths.can_fetch(url, AGENT)

    def against_training(self, url: str) -> str | None:
        """Which lines are against using what a URL gives for training; None where none are."""
        names = (name for name, paths in self.usage.items() if not paths.can_fetch(url, AGENT))
        return next(names, None)

    @property
    def delay(self) -> float:
        """Seconds between two requests, 0 where it does not say."""
        return max(0.0, float(self.paths.crawl_delay(AGENT) or 0.0))

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """URLs of sitemaps, in the file's order."""
        return tuple(dict.fromkeys(self.paths.sitemaps))


def rules(status: int, body: bytes, whole: bool = True) -> Rules | None:
    """The rules that an answer to a request for robots.txt gives (RFC 9309, section 2.3.1).

    Args:
        status: HTTP status.
        body: what came back, as much as was read.
        whole: whether that is all of it; else its last line, which may be half a rule, is left.

    Returns:
        The rules stated; rules that allow everything where the file is not there (4xx); None,
        which disallows everything, where the host is in trouble (5xx, 429).
    """
    if not 200 <= status < 300:
        return read("") if 400 <= status < 500 and status != 429 else None
    if not whole or len(body) > MAX_BYTES:
        body = body[:MAX_BYTES].rpartition(b"\n")[0]
    return read(_text(body))


def read(text: str) -> Rules:
    """The rules of a robots.txt."""
    return Rules(Protego.parse(text), {n.title(): Protego.parse(_usage(text, n)) for n in USAGE})


def _text(body: bytes) -> str:
    """A robots.txt as text; bytes beyond ASCII become escapes, as they stand in URLs."""
    for mark, encoding in _WIDE.items():
        if body.startswith(mark):
            body = body[len(mark) :].decode(encoding, errors="replace").encode()
    body = body.removeprefix(codecs.BOM_UTF8).replace(b"\0", b"")
    escaped = re.sub(rb"[\x80-\xff]", lambda byte: b"%%%02X" % ord(byte[0]), body)
    return escaped.decode("ascii")


def _usage(text: str, kind: str) -> str:
    """The rules for training of a robots.txt (draft-ietf-aipref-attach) as allowed paths.

    A rule is `Content-Usage: [path] preferences`, or starts with another of `USAGE`. Every other
    rule becomes one that says nothing, so that the groups of agents stay apart.
    """
    lines = []
    for line in text.splitlines():
        found = _LINE.match(line.partition("#")[0])
        name, value = (found[1].lower(), found[2].strip()) if found else ("", "")
        if name == "user-agent":
            lines.append(line)
        elif name == kind:
            path, _, stated = value.partition(" ") if value.startswith("/") else ("/", "", value)
            use = preference(stated)
            if use is not None:
                lines.append(f"{'Disallow' if refuses(use) else 'Allow'}: {path}")
        elif name:
            lines.append("Disallow:")
    return "\n".join(lines)
