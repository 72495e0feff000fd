"""`<what>: <part>, <part>` in, its scene graph out: the form of Unicode's names of emoji.

The parts are one name (`flag: Bosnia & Herzegovina`), members (`family: man, woman, girl`) or
features (`woman: dark skin tone, red hair`), which belong to the members where there are any:
to one each where they are as many, else to all (CLDR, annotations derived for sequences).
"""

import re
from collections.abc import Callable

from align.scenegraph import ATTRIBUTE, OBJECT, Edge, Graph, Node, ordered, shifted

_FORM = re.compile(r"([^:,;.()]+)(:) (\S[^:;.()]*)")
_NAME = re.compile(r"\s*(flag|keycap)(:)\s+(\S.*?)\s*", re.IGNORECASE)
_PART = re.compile(r"[^,\s][^,]*")
_DIRECTION = re.compile(r"facing \w+")
_FEATURES = {"skin tone", "hair", "beard"}


def read(caption: str, parse: Callable[[str], Graph]) -> Graph | None:
    """Scene graph of a caption of this form; None where it is of another.

    Args:
        caption: English text.
        parse: reads what stands before the colon and each of the parts.
    """
    if match := _NAME.fullmatch(caption):
        return _named(match)
    if not (match := _FORM.fullmatch(caption)):
        return None
    whole = parse(match.group(1))
    bearers = whole.roots()
    if not bearers:
        return None
    nodes, edges = list(whole.nodes), list(whole.edges)
    members: list[int] = []
    features: dict[str, list[int]] = {}
    for found in _PART.finditer(caption, match.start(3)):
        text = found.group().rstrip()
        if _DIRECTION.fullmatch(text):
            end = found.start() + len(text)
            direction = Node(ATTRIBUTE, text, text.replace("facing", "face"), found.start(), end)
            nodes += [direction._replace(parent=bearer) for bearer in bearers]
            continue
        part = shifted(parse(text), found.start(), len(nodes))
        objects = [i for i, n in enumerate(part.nodes, len(nodes)) if n.kind == OBJECT]
        if len(objects) == 1 and not part.edges:
            head = part.nodes[objects[0] - len(nodes)].lemma
            (features.setdefault(head, []) if head in _FEATURES else members).append(objects[0])
            nodes += part.nodes
        elif text.isalpha():  # woman: bald
            end = found.start() + len(text)
            quality = Node(ATTRIBUTE, text, text.lower(), found.start(), end)
            nodes += [quality._replace(parent=bearer) for bearer in bearers]
        else:
            return None
    colon = match.start(2)
    edges += [Edge(b, m, ":", "of", colon, colon + 1) for b in bearers for m in members]
    for group in features.values():
        owners = members or bearers
        pairs = zip(owners, group, strict=True) if len(owners) == len(group) else None
        chosen = list(pairs) if pairs else [(o, f) for o in owners for f in group]
        edges += [Edge(o, f, ":", "with", colon, colon + 1) for o, f in chosen]
    return ordered(nodes, edges)


def _named(match: re.Match[str]) -> Graph:
    """The rest is one name, whatever its words."""
    what, name = match.group(1), match.group(3)
    return Graph(
        [
            Node(OBJECT, what, what.lower(), *match.span(1)),
            Node(OBJECT, name, name.lower().replace("&", "and"), *match.span(3)),
        ],
        [Edge(0, 1, ":", "of", *match.span(2))],
    )
