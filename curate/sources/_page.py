"""One HTML page: its bytes to the links it has and the pictures it shows, with their captions."""

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from curate.sources._texts import clean, language_tag

_SNIFFED = 2048  # bytes at a page's start in which a charset is looked for
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)")
_NUMBERED = re.compile(
    r"(?:[^\W\d_]+\.?\s+\d+(?:[.\-]\d+)+|(?:figure|fig\.?|abbildung|abb\.?)\s+\d+)\s*[.:]\s+",
    re.IGNORECASE,
)
_FIGURES = ("figure", "informalfigure", "mediaobject", "figure-contents")  # DocBook's classes


@dataclass(frozen=True)
class Picture:
    """A picture that a page shows: absolute URL, and the texts said of it, best first."""

    url: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """What a page holds; URLs are absolute, in the page's order, each once."""

    lang: str | None  # BCP-47, as the page states it
    links: tuple[str, ...]
    pictures: tuple[Picture, ...]
    robots: str  # directives of its meta robots elements, lower case


def parse(body: bytes, url: str, charset: str | None = None) -> Page:
    """Read a page.

    Args:
        body: the page as it was sent.
        url: where it was found, to which its links are relative.
        charset: what the answer's header says it is written in.
    """
    tree = LexborHTMLParser(_text(body, charset))
    html, base = tree.css_first("html"), tree.css_first("base[href]")
    attributes = html.attributes if html else {}
    stated = attributes.get("lang") or attributes.get("xml:lang") or ""
    root = _join(url, base.attributes.get("href") if base else None) or url
    links = (_join(root, a.attributes.get("href")) for a in tree.css("a[href], area[href]"))
    robots = (m.attributes.get("content") or "" for m in tree.css('meta[name="robots" i]'))
    return Page(
        lang=language_tag(stated),
        links=tuple(dict.fromkeys(link for link in links if link)),
        pictures=tuple(_pictures(tree, root)),
        robots=", ".join(robots).lower(),
    )


def _pictures(tree: LexborHTMLParser, root: str) -> list[Picture]:
    texts: dict[str, dict[str, None]] = {}
    for image in tree.css("img"):
        if url := _join(root, _source(image)):
            texts.setdefault(url, {}).update(dict.fromkeys(_texts_of(image)))
    return [Picture(url, tuple(said)) for url, said in texts.items()]


def _source(image: LexborNode) -> str | None:
    """Where the picture is; one that is loaded late has a stand-in in `src`, if anything."""
    source = image.attributes.get("src")
    late = image.attributes.get("data-src")
    return late if late and (not source or source.startswith("data:")) else source


def _texts_of(image: LexborNode) -> list[str]:
    """Own caption, alternative text, title, and the title of the figure, what is the same once."""
    own, figure = None, None
    node = image.parent
    while node is not None and node.tag != "body":
        classes = (node.attributes.get("class") or "").split()
        if node.tag == "figure" and own is None:
            own = node.css_first("figcaption")
        if "mediaobject" in classes and own is None:
            own = node.css_first("div.caption")
        if figure is None and set(classes) & set(_FIGURES):
            figure = node.css_first("p.title")
        node = node.parent
    found = [
        _said(own),
        clean(image.attributes.get("alt") or ""),
        clean(image.attributes.get("title") or ""),
        _said(figure),
    ]
    return [text for text in dict.fromkeys(found) if text]


def _said(node: LexborNode | None) -> str:
    """Text of an element, without a number such as `Figure 17.11.` before it."""
    text = clean(node.text(separator="")) if node else ""
    return _NUMBERED.sub("", text, count=1) if _NUMBERED.match(text) else text


def _join(root: str, link: str | None) -> str | None:
    try:
        return urljoin(root, link.strip()).partition("#")[0] if link and link.strip() else None
    except ValueError:
        return None  # no URL at all, such as http://[


def _text(body: bytes, charset: str | None) -> str:
    sniffed = _CHARSET.search(body[:_SNIFFED])
    name = charset or (sniffed[1].decode() if sniffed else "utf-8")
    try:
        return body.decode(name, errors="replace")
    except LookupError:
        return body.decode("utf-8", errors="replace")
