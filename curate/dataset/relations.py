"""What a caption says of two things in; the one name of that relation, by whatever words, out."""

_SAME = {  # relations that mean the same
    "left of": ("to left of", "on left of", "at left of", "on left side of"),
    "right of": ("to right of", "on right of", "at right of", "on right side of"),
    "under": ("below", "beneath", "underneath"),
    "on": ("on top of", "atop"),
    "above": ("over",),
}
_NAMES = {other: name for name, others in _SAME.items() for other in others}


def relation_name(relation: str | None) -> str | None:
    """The one name of a relation: `left of` of `to left of`; an unknown one stays as it is."""
    return _NAMES.get(relation or "", relation)
