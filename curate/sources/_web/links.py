"""A link as it is written to a URL as it is sent: one form, whatever its author did to it."""

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

import idna

from curate.sources._web.refused import NotTaken

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")
_PATH = "!$&'()*+,/:;=@%~[]|"  # stay in a path as they are, escapes among them
_QUERY = _PATH + "?`{}^"
_SHOWN = 200  # characters of a bad URL in a message
_LONGEST_NAME = 500  # characters of a URL in a table of rejects


class Url(NamedTuple):
    """A URL of http or https, and its parts."""

    text: str  # ASCII; no fragment, no user, no dot segments
    origin: str  # scheme, host and port, the port only if it is not the scheme's own
    host: str  # lower case; Punycode where it is not ASCII; IPv6 without brackets
    port: int


def key(url: str) -> str:
    """What is the same for two ways to write one URL: as it is sent, http or https left out.

    What cannot be sent, such as a URL of FTP, is told by its text alone, fragment left out.
    """
    try:
        return parse(url).text.partition("://")[2]
    except NotTaken:
        rest = url.partition("#")[0].removeprefix("http://").removeprefix("https://")
        return quote(rest, safe="!$%&'()*+,/:;=?@[]~", errors="replace")


def short(url: str) -> str:
    """A URL fit for a table; those that hold their data are cut."""
    return url if len(url) <= _LONGEST_NAME else f"{url[:_LONGEST_NAME]}…"


def parse(link: str) -> Url:
    """Read an absolute link.

    Raises:
        NotTaken: it is no URL, or its `scheme` is neither http nor https.
    """
    try:
        parts = urlsplit(link.strip())
        if "\\" in parts.netloc:
            raise ValueError("a backslash in the name of a host")
        if parts.scheme not in _PORTS or not parts.hostname:
            raise NotTaken("scheme", f"{link[:_SHOWN]} is neither http nor https")
        host = _host(parts.hostname)
        port = parts.port or _PORTS[parts.scheme]
        origin = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}"
        if port != _PORTS[parts.scheme]:
            origin = f"{origin}:{port}"
        path = _path(quote(parts.path, _PATH, errors="replace"))
        query = f"?{quote(parts.query, _QUERY, errors='replace')}" if parts.query else ""
    except ValueError as error:
        raise NotTaken("no url", f"{link[:_SHOWN]}: {error}") from error
    return Url(origin + path + query, origin, host, port)


def join(root: str, link: str | None) -> str | None:
    """A link on a page as an absolute URL without fragment; None where it is none."""
    try:
        return urljoin(root, link.strip()).partition("#")[0] if link and link.strip() else None
    except ValueError:
        return None  # no URL at all, such as http://[


def _host(name: str) -> str:
    """A host's name or address in the form in which it is looked up."""
    if ":" in name:
        return str(ipaddress.IPv6Address(name))
    if not name.isascii():
        name = idna.encode(name, uts46=True).decode("ascii")
    name = name.lower().rstrip(".")
    if not _HOST.fullmatch(name):
        raise ValueError(f"no host is called {name!r}")
    return name


def _path(path: str) -> str:
    """A path without dot segments (RFC 3986, section 5.2.4), those in disguise among them."""
    kept: list[str] = []
    segments = path.split("/")[1:] or [""]
    for segment in segments:
        plain = re.sub("%2e", ".", segment, flags=re.IGNORECASE)
        if plain == "..":
            kept = kept[:-1]
        elif plain != ".":
            kept.append(segment)
    if plain in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
