"""A page's tree to the pictures it shows, each with what is said of it, where, in what language."""

from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from curate.sources._pages import metadata
from curate.sources._pages.figures import Figures
from curate.sources._pages.largest import largest
from curate.sources._texts import clean, language_tag
from curate.sources._web.links import join


class Said(NamedTuple):
    """A text that is said of a picture."""

    text: str
    origin: str  # figcaption, alt, aria-label, title, json-ld or og
    lang: str | None  # BCP-47, of the nearest element that states one


class Picture(NamedTuple):
    """A picture that a page shows: absolute URL, and what is said of it, best first."""

    url: str
    said: tuple[Said, ...]
    licence: str | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """The bare texts."""
        return tuple(said.text for said in self.said)


def pictures(tree: LexborHTMLParser, root: str, lang: str | None) -> list[Picture]:
    """Pictures in the page's order, then those that only its metadata name, each once.

    Args:
        tree: the page.
        root: URL to which its links are relative.
        lang: BCP-47, of the page where no element states another.
    """
    found: dict[str, dict[tuple[str | None, str], Said]] = {}
    licences: dict[str, str] = {}

    def enter(link: str | None, said: list[Said]) -> None:
        if url := join(root, link):
            own = found.setdefault(url, {})
            for one in said:
                own.setdefault((one.lang, one.text), one)

    languages, figures = _Languages(lang), Figures()
    for image in tree.css("img"):
        enter(largest(image), _said(image, languages, figures))
    for described in (*metadata.json_ld(tree), *metadata.open_graph(tree)):
        texts = described.texts
        enter(described.link, [Said(text, described.origin, own or lang) for own, text in texts])
        if described.licence and (url := join(root, described.link)):
            licences.setdefault(url, described.licence)
    return [Picture(url, tuple(said.values()), licences.get(url)) for url, said in found.items()]


def _said(image: LexborNode, languages: "_Languages", figures: Figures) -> list[Said]:
    """Own caption, alternative text, label, title, title of the figure: what is the same once."""
    own, figure = figures.around(image)
    attributes, lang = image.attributes, languages.of(image)
    found = [
        Said(own.text, "figcaption", languages.of(own.node)) if own else None,
        Said(clean(attributes.get("alt") or ""), "alt", lang),
        Said(clean(attributes.get("aria-label") or ""), "aria-label", lang),
        Said(clean(attributes.get("title") or ""), "title", lang),
        Said(figure.text, "figcaption", languages.of(figure.node)) if figure else None,
    ]
    return [said for said in found if said and said.text]


class _Languages:
    """The language of any element, each looked up once."""

    def __init__(self, lang: str | None) -> None:
        self._page = lang
        self._known: dict[int, str | None] = {}

    def of(self, node: LexborNode) -> str | None:
        """BCP-47 tag of the nearest element that states one; None where it states none."""
        above: LexborNode | None = node
        path = []
        while above is not None and above.mem_id not in self._known:
            path.append(above)
            above = above.parent
        lang = self._page if above is None else self._known[above.mem_id]
        for step in reversed(path):
            stated = stated_language(step)
            lang = lang if stated is None else language_tag(stated)
            self._known[step.mem_id] = lang
        return lang


def stated_language(node: LexborNode) -> str | None:
    """What an element itself says its language is, as it says it."""
    attributes = node.attributes
    return attributes.get("lang", attributes.get("xml:lang"))
