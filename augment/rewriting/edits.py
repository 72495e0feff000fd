"""A caption and edits of its spans in, the new caption out; a recipe holds them as plain lists."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from curate.dataset.errors import DataError


class Edit(NamedTuple):
    """Characters `start` to `end` of the parent's caption become `text`."""

    start: int
    end: int
    text: str


def apply(caption: str, edits: Iterable[Edit]) -> str:
    """The caption with its spans replaced; edits may come in any order.

    Raises:
        DataError: spans overlap or lie outside the caption.
    """
    parts, at = [], 0
    for edit in sorted(edits):
        if not at <= edit.start <= edit.end <= len(caption):
            raise DataError(
                f"edit {list(edit)} does not fit a caption of {len(caption)} characters that is "
                f"edited up to {at}; the recipe is of another caption"
            )
        parts += [caption[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, caption[at:]])


def listed(edits: Iterable[Edit]) -> list[list[Any]]:
    """Edits as a recipe holds them: `[start, end, text]`, sorted."""
    return [list(edit) for edit in sorted(edits)]


def recaption(recipe: Mapping[str, Any], captions: Sequence[str]) -> str:
    """The made caption again, from a recipe with `edits` and its parents' captions, in order."""
    return apply(captions[0], [Edit(*edit) for edit in recipe["edits"]])
