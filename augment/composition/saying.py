"""A composed scene's recipe and its parents' captions in; the scene's caption again, out.

Of the recipe this reads `objects`, as `augment.composition.composing` does, and `told`:

    way       said (in English), conversely (of the second part), placed (the parents' captions of
              another language, by place) or whole (the one parent's caption as it is)
    relation  of the first part to the second, a key of `scenes.LEMMAS`; null: both are there
    parts     of each `size`, `tone` and `colour` as told, and the words that this has `replaced`
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from augment.composition import naming
from augment.composition.scenes import CONVERSE, Part, Scene, Telling, coloured, phrase
from augment.words import phrasing, wording
from curate.dataset.errors import DataError


def told(scene: Scene, one: Telling) -> dict[str, Any]:
    """How a scene is told, for the recipe of a caption."""
    if one.converse:
        way = "conversely"
    elif one.lang == scene.parts[0].thing.pair["lang"]:
        way = "said"
    else:
        way = "placed" if len(scene.parts) > 1 else "whole"
    return {"way": way, "relation": scene.relation, "parts": [_part(p) for p in scene.parts]}


def recaption(recipe: Mapping[str, Any], captions: Sequence[str], lang: str) -> str:
    """The caption again.

    Args:
        recipe: of the made pair.
        captions: of its parents, in their order.
        lang: of the caption, a BCP-47 tag.

    Raises:
        DataError: the recipe, or a parent's caption, tells nothing that could be said.
    """
    if "told" not in recipe:
        raise DataError(
            "the recipe does not say how the scene is told, as those of earlier versions do not; "
            "`dvc repro` makes the pair anew"
        )
    way, relation, parts = (recipe["told"][name] for name in ("way", "relation", "parts"))
    if way == "whole":
        return captions[0]
    if way == "placed":
        said = [phrasing.phrase(text, lang, common=True) for text in captions[:2]]
        along = "left" if relation in ("left", "right") else "above"
        first, second = _certain(said if relation in ("left", "above") else said[::-1], captions)
        return phrasing.place(first, second, along, lang).text
    counts = Counter(item["parent"] for item in recipe["objects"])
    named = [
        phrase(coloured(naming.split(caption)[0], part["colour"], part["replaced"]), counts[number],
               part["size"], part["tone"])
        for number, (part, caption) in enumerate(zip(parts, captions, strict=False))
    ]  # fmt: skip
    certain = _certain(named, captions)
    if len(certain) == 1:
        return certain[0]
    if way == "conversely":
        certain, relation = certain[::-1], CONVERSE[relation]
    return wording.related(certain[0], certain[1], relation or "and").text


def _part(part: Part) -> dict[str, Any]:
    replaced = sorted(part.replaced) if part.colour else []
    return {"size": part.size, "tone": part.tone, "colour": part.colour, "replaced": replaced}


def _certain(said: Sequence[str | None], captions: Sequence[str]) -> list[str]:
    found = [text for text in said if text is not None]
    if len(found) != len(said):
        raise DataError(f"of {', '.join(map(repr, captions))} not all can be said in a scene")
    return found
