"""One HTML page: its bytes to the links it has and the pictures it shows, with their captions."""

from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from curate.sources._pages import captions, decoding
from curate.sources._pages.captions import Picture
from curate.sources._texts import language_tag
from curate.sources._web.links import join
from curate.sources._web.optout import AGENT, directives

_SIGNALS = ("robots", AGENT.lower(), "tdm-reservation", "tdm-policy")


@dataclass(frozen=True)
class Page:
    """What a page holds; URLs are absolute, in the page's order, each once."""

    lang: str | None  # BCP-47, as the page states it
    links: tuple[str, ...]
    pictures: tuple[Picture, ...]
    metas: tuple[tuple[str, str], ...]  # (name, content) of meta elements that speak to robots

    @property
    def leads_on(self) -> bool:
        """Whether its links may be followed."""
        contents = (content for name, content in self.metas if not name.startswith("tdm"))
        found = {directive for content in contents for directive in directives(content)}
        return not found & {"nofollow", "none"}


def parse(
    body: bytes, url: str, charset: str | None = None, headers: tuple[tuple[str, str], ...] = ()
) -> Page:
    """Read a page.

    Args:
        body: the page as it was sent.
        url: where it was found, to which its links are relative.
        charset: what the answer's header says it is written in.
        headers: (name, content) of headers that count as meta elements: robots,
            content-language.
    """
    tree = LexborHTMLParser(decoding.decode(body, charset))
    base = tree.css_first("base[href]")
    root = join(url, base.attributes.get("href") if base else None) or url
    lang = _language(tree, dict(headers).get("content-language"))
    links = (join(root, a.attributes.get("href")) for a in tree.css("a[href], area[href]"))
    metas = (
        ((meta.attributes.get("name") or "").strip().lower(), meta.attributes.get("content") or "")
        for meta in tree.css("meta[name]")
    )
    return Page(
        lang=lang,
        links=tuple(dict.fromkeys(link for link in links if link)),
        pictures=tuple(captions.pictures(tree, root, lang)),
        metas=tuple(meta for meta in (*headers, *metas) if meta[0] in _SIGNALS),
    )


def _language(tree: LexborHTMLParser, header: str | None) -> str | None:
    """A page's language: of its html element, else of a meta element, else of the header."""
    html = tree.css_first("html")
    meta = tree.css_first('meta[http-equiv="content-language" i]')
    stated = captions.stated_language(html) if html else None
    for value in (stated, meta.attributes.get("content") if meta else None, header):
        if value is not None and (tag := language_tag(value)):
            return tag
    return None
