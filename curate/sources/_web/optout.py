"""What an answer, a page or a site says against being taken for training, as evidence.

Read are X-Robots-Tag, meta robots, the TDM reservation protocol (header, meta element and
/.well-known/tdmrep.json; W3C community group report), Content-Usage (drafts of the IETF's AI
preferences group) and Content-Signal (draft-romm-aipref-contentsignals). Where two of them
disagree, the one that says no is believed.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Literal, NamedTuple, get_args

from protego import Protego

AGENT = "Pairwright"  # our product token in robots.txt and X-Robots-Tag
Signal = Literal["content-usage", "meta", "robots.txt", "tdm", "x-robots-tag"]
SIGNALS: frozenset[Signal] = frozenset(get_args(Signal))
TDM_FILE = "/.well-known/tdmrep.json"

OF_PICTURES = frozenset({"noai", "noimageai", "noml", "noimageindex"})
"""Directives that hold for a page's pictures on whatever other page they are shown, too, as TDM
reservations, Content-Usage and Content-Signal do."""
_OPT_OUTS = OF_PICTURES | {"noindex", "none"}  # these two speak of the page itself
_VALUED = {"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"}
_TOKEN = re.compile(r"[a-z0-9_*.-]+")
USAGE = ("content-usage", "content-signal")  # headers, and lines in robots.txt
_TRAINING = ("train-ai", "train-genai", "genai", "ai-train")  # uses that ours is one of
_WIDER = ("bots", "all")  # uses that include training, unless it is named itself


def in_headers(
    headers: Mapping[str, str],
    honoured: Collection[str] = SIGNALS,
    among: Collection[str] = _OPT_OUTS,
) -> str | None:
    """What the headers of an answer say against taking it; None where nothing does.

    Args:
        headers: names in lower case; values of a repeated one on lines of their own.
        honoured: which of SIGNALS count.
        among: directives that count.
    """
    if "x-robots-tag" in honoured:
        for line in headers.get("x-robots-tag", "").split("\n"):
            if directive := opt_out(directives(line), among):
                return f"X-Robots-Tag: {directive}"
    if "tdm" in honoured and "1" in map(str.strip, headers.get("tdm-reservation", "").split("\n")):
        return "tdm-reservation: 1" + _policy(headers.get("tdm-policy"))
    for name in USAGE if "content-usage" in honoured else ():
        line = headers.get(name, "").replace("\n", ",")
        if (use := preference(line)) and refuses(use):
            return f"{name.title()}: {use}"
    return None


def in_page(
    metas: Iterable[tuple[str, str]],
    honoured: Collection[str] = SIGNALS,
    among: Collection[str] = _OPT_OUTS,
) -> str | None:
    """What a page's meta elements say against taking what it shows; None where nothing does.

    Args:
        metas: (name, content) of each; names in lower case.
        honoured: which of SIGNALS count.
        among: directives that count.
    """
    metas = list(metas)
    for name, content in metas:
        if "meta" in honoured and name in ("robots", AGENT.lower()):
            if directive := opt_out(directives(content), among):
                return f"meta {name}: {directive}"
        elif "tdm" in honoured and name == "tdm-reservation" and content.strip() == "1":
            return "meta tdm-reservation: 1" + _policy(dict(metas).get("tdm-policy"))
    return None


class Evidence(NamedTuple):
    """What a page says against its use."""

    words: str
    pictures: str | None  # of it, what holds for its pictures wherever else they are shown


def on_page(
    headers: Mapping[str, str],
    metas: Iterable[tuple[str, str]],
    honoured: Collection[str] = SIGNALS,
) -> Evidence | None:
    """What a page says, in its headers or its meta elements; None where it says nothing.

    Args:
        headers: as of `in_headers`.
        metas: as of `in_page`.
        honoured: which of SIGNALS count.
    """
    metas = list(metas)
    words = in_headers(headers, honoured) or in_page(metas, honoured)
    if words is None:
        return None
    lasting = (honoured, OF_PICTURES)
    return Evidence(words, in_headers(headers, *lasting) or in_page(metas, *lasting))


def directives(line: str) -> list[str]:
    """Directives for us or for all, of a line that may name an agent before a colon."""
    agent, found = "", []
    for part in line.lower().split(","):
        before, colon, after = (side.strip() for side in part.partition(":"))
        if colon and before not in _VALUED and _TOKEN.fullmatch(before):
            agent, part = before, after
        if agent in ("", "*", AGENT.lower()):
            found.append(part.strip())
    return found


def opt_out(found: Iterable[str], among: Collection[str] = _OPT_OUTS) -> str | None:
    """The first directive that keeps a picture out of training."""
    return next((directive for directive in found if directive in among), None)


def preference(line: str) -> str | None:
    """The stated preference that governs training, such as `train-ai=n`; None where none does."""
    stated: dict[str, str] = {}
    for part in line.lower().split(","):
        key, _, value = part.partition(";")[0].partition("=")
        stated[key.strip()] = value.strip()
    stated = {use: value for use, value in stated.items() if value in ("y", "n", "yes", "no")}
    named = [f"{use}={stated[use]}" for use in _TRAINING if use in stated]
    if named:
        return next(filter(refuses, named), named[0])
    return next((f"{use}=n" for use in _WIDER if stated.get(use) == "n"), None)


def refuses(use: str) -> bool:
    """Whether a stated preference is against the use."""
    return use.endswith(("=n", "=no"))


def reserved(body: bytes) -> Protego | None:
    """The paths that a site's tdmrep.json reserves, as rules that disallow them.

    Args:
        body: the file; None is given back for one that cannot be read.
    """
    try:
        entries = json.loads(body)
    except (ValueError, RecursionError):
        return None
    lines = ["User-agent: *"]
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("location"), str):
            path = "/" + "".join(entry["location"].split()).lstrip("/")
            rule = "Disallow" if str(entry.get("tdm-reservation")) == "1" else "Allow"
            lines.append(f"{rule}: {path}")
    return Protego.parse("\n".join(lines))


def _policy(url: str | None) -> str:
    return f" (tdm-policy: {url.strip()[:200]})" if url and url.strip() else ""
