"""What a page says of its pictures for machines: JSON-LD and Open Graph to pictures with texts."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from selectolax.lexbor import LexborHTMLParser

from curate.sources._texts import clean, language_tag

JSON_LD, OPEN_GRAPH = "json-ld", "og"  # origins of captions
_TEXTS = ("caption", "name", "description")
_MOST = 20_000  # values of one page's JSON-LD that are looked at


class Described(NamedTuple):
    """A picture's link as it is written, and what is said of it: (language, text)."""

    link: str
    origin: str
    texts: tuple[tuple[str | None, str], ...]
    licence: str | None = None


def json_ld(tree: LexborHTMLParser) -> Iterator[Described]:
    """Every schema.org ImageObject: its caption, name and description, in that order."""
    for script in tree.css('script[type="application/ld+json" i]'):
        try:
            data = json.loads(script.text(), strict=False)
        except (ValueError, RecursionError):
            continue
        for value in _objects(data):
            link = _link(value.get("contentUrl")) or _link(value.get("url"))
            if link and "ImageObject" in _types(value):
                lang = _plain(value.get("inLanguage"))
                texts = tuple(t for name in _TEXTS for t in _texts(value.get(name), lang))
                licence = _link(value.get("license"))
                yield Described(link, JSON_LD, texts, licence)


def open_graph(tree: LexborHTMLParser) -> Iterator[Described]:
    """Every og:image: its alt text, then the page's og:title."""
    title, lang = "", None
    images: list[tuple[str, list[str]]] = []
    for meta in tree.css('meta[property^="og:" i], meta[name^="og:" i]'):
        name = (meta.attributes.get("property") or meta.attributes.get("name") or "").lower()
        content = (meta.attributes.get("content") or "").strip()
        if name in ("og:image", "og:image:url") and content:
            if not images or images[-1][0] != content:
                images.append((content, []))
        elif name == "og:image:alt" and images:
            images[-1][1].append(content)
        elif name == "og:title":
            title = title or content
        elif name == "og:locale":
            lang = language_tag(content)
    for link, said in images:
        texts = (clean(text) for text in (*said, title))
        yield Described(link, OPEN_GRAPH, tuple((lang, text) for text in texts if text))


def _objects(data: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a JSON value, outer ones and earlier ones first."""
    waiting, seen = [data], 0
    while waiting and seen < _MOST:
        value, seen = waiting.pop(), seen + 1
        if isinstance(value, dict):
            yield value
        inner = value.values() if isinstance(value, dict) else value
        if isinstance(value, dict | list):
            waiting.extend(reversed([v for v in inner if isinstance(v, dict | list)]))


def _types(value: dict[str, Any]) -> set[str]:
    stated = value.get("@type")
    names = stated if isinstance(stated, list) else [stated]
    return {str(name).rpartition("/")[2].rpartition(":")[2] for name in names}


def _texts(value: Any, lang: str | None) -> Iterator[tuple[str | None, str]]:
    """(Language, text) of a string, of a string with its language, or of a list of them."""
    for entry in value if isinstance(value, list) else [value]:
        own = lang
        if isinstance(entry, dict) and "@value" in entry:
            own, entry = _plain(entry.get("@language")) or lang, entry["@value"]
        if isinstance(entry, str) and (text := clean(entry)):
            yield (language_tag(own) if own else None), text


def _plain(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _link(value: Any) -> str | None:
    """A URL that is given as a string, as an object with one, or as the first of a list."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@id") or value.get("url")
    return value.strip() or None if isinstance(value, str) else None
