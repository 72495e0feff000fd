"""An image's element to the captions of the figures around it, HTML's and DocBook's."""

import re
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from curate.sources._texts import clean

_NUMBERED = re.compile(
    r"(?:[^\W\d_]+\.?\s+\d+(?:[.\-]\d+)+|(?:figure|fig\.?|abbildung|abb\.?)\s+\d+)\s*[.:]\s+",
    re.IGNORECASE,
)
_FIGURES = {"figure", "informalfigure", "mediaobject", "figure-contents"}  # DocBook's classes
_DEPTH = 40  # elements around an image that are looked at


class Titled(NamedTuple):
    """A caption's element and its text."""

    node: LexborNode
    text: str


class Figures:
    """Finds captions; each figure is looked through once, however many images it has."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], Titled | None] = {}

    def around(self, image: LexborNode) -> tuple[Titled | None, Titled | None]:
        """The image's own caption, and the title of a DocBook figure around it."""
        own, figure = None, None
        node = image.parent
        for _ in range(_DEPTH):
            if node is None or node.tag == "body":
                break
            classes = set((node.attributes.get("class") or "").split())
            if node.tag == "figure" and own is None:
                own = self._first(node, "figcaption")
            if "mediaobject" in classes and own is None:
                own = self._first(node, "div.caption")
            if figure is None and classes & _FIGURES:
                figure = self._first(node, "p.title")
            node = node.parent
        return own, figure

    def _first(self, node: LexborNode, selector: str) -> Titled | None:
        key = node.mem_id, selector
        if key not in self._known:
            found = node.css_first(selector)
            self._known[key] = Titled(found, without_number(found)) if found else None
        return self._known[key]


def without_number(node: LexborNode) -> str:
    """Text of an element, without a number such as `Figure 17.11.` before it."""
    text = clean(node.text(separator=""))
    return _NUMBERED.sub("", text, count=1) if _NUMBERED.match(text) else text
