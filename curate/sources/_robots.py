"""robots.txt and other opt-outs: what a site allows a crawler to take (RFC 9309)."""

from collections.abc import Mapping

from protego import Protego

AGENT = "Pairwright"  # our product token in robots.txt
MAX_BYTES = 512 * 1024  # of a robots.txt that are read; RFC 9309 asks for 500 KiB at least
_OPT_OUTS = {"noai", "noimageai", "noindex", "noimageindex", "none"}


def rules(status: int, body: bytes) -> Protego | None:
    """The rules that an answer to a request for robots.txt gives (RFC 9309, section 2.3.1).

    Args:
        status: HTTP status.
        body: what came back, as much as was read.

    Returns:
        The rules stated; rules that allow everything where the file is not there (4xx); None,
        which disallows everything, where the host is in trouble (5xx, 429).
    """
    if 200 <= status < 300:
        return Protego.parse(body[:MAX_BYTES].decode("utf-8", errors="replace"))
    return Protego.parse("") if 400 <= status < 500 and status != 429 else None


def opted_out(headers: Mapping[str, str], meta: str = "") -> str | None:
    """What in an answer says that it is not for us; None where nothing does.

    Read are X-Robots-Tag (for us or for all), the TDM reservation protocol, AI preferences
    in Content-Usage, and a page's own meta robots.
    """
    for directive in _directives(headers.get("x-robots-tag", "")):
        if directive in _OPT_OUTS:
            return f"X-Robots-Tag: {directive}"
    if headers.get("tdm-reservation", "").strip() == "1":
        return "tdm-reservation: 1"
    usage = headers.get("content-usage", "").replace(" ", "").lower()
    if "train-ai=n" in usage.split(","):
        return "Content-Usage: train-ai=n"
    for directive in _directives(meta):
        if directive in _OPT_OUTS:
            return f"meta robots: {directive}"
    return None


def _directives(value: str) -> list[str]:
    """Directives of a header that may name an agent before a colon; those for others left out."""
    agent, found = "", []
    for part in value.lower().split(","):
        before, colon, after = part.partition(":")
        if colon and before.strip() != "unavailable_after":
            agent, part = before.strip(), after
        if agent in ("", AGENT.lower()):
            found.append(part.strip())
    return found
