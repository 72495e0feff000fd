"""The rules of transforms: (albumentations name) -> what it may change, within which arguments.

The rules are data: `rules.toml` has one for every transform that may be used, `refused.toml` the
reason for every other one of albumentations 2.0.8. A transform in neither is refused, too.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from curate.dataset.errors import ParamsError

_FOLDER = Path(__file__).parent
_METHODS_OWN = ("LongestMaxSize",)  # the method itself applies it, by `longest_side`


@dataclass(frozen=True)
class Rule:
    """When a transform leaves a caption true, and what it does to boxes and scene graph.

    Attributes:
        forbidden_by: kinds of words (`caption_words.KINDS`) that it would make false.
        mirrors: it swaps left and right, in the picture and so in its boxes and scene graph: a
            caption that names a side is edited, or forbids.
        forbidden_unless_edited: kinds that forbid unless the caption names its side, and is
            edited: "arrow" is in doubt, "left arrow" becomes "right arrow".
        boxes: what becomes of objects' boxes: `unaffected`, `moved` with the pixels, or `cropped`:
            moved, and lost where they leave the frame, which a mentioned object must not; nor may
            one do it whose box is not known.
        uncovers: it leaves corners or a rim to fill.
        bounds: every argument that is drawn, with the least and greatest value (in the
            argument's own units) for which the rule holds.
        fixed: arguments that it always gets.
        single: arguments of which a draw gives one number instead of [number, number].
        odd: arguments whose numbers are odd.
    """

    forbidden_by: tuple[str, ...] = ()
    mirrors: bool = False
    forbidden_unless_edited: tuple[str, ...] = ()
    boxes: Literal["unaffected", "moved", "cropped"] = "unaffected"
    uncovers: bool = False
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    single: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()

    @property
    def harmless(self) -> bool:
        """Whether nothing that any caption could say is touched."""
        return not (self.forbidden_by or self.mirrors)


def _read(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _rules(data: Mapping[str, Any]) -> dict[str, Rule]:
    """The rules of a file, the words that forbid spelt out from what each changes."""
    found = {}
    for name, said in data["rules"].items():
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in said.items()
        }
        kinds = [kind for what in values.pop("changes", ()) for kind in data["changes"][what]]
        values["bounds"] = {k: (low, high) for k, (low, high) in values.get("bounds", {}).items()}
        found[name] = Rule(forbidden_by=tuple(dict.fromkeys(kinds)), **values)
    return found


RULES: Mapping[str, Rule] = _rules(_read(_FOLDER / "rules.toml"))
REFUSED: Mapping[str, str] = {
    name: group["why"]
    for group in _read(_FOLDER / "refused.toml")["refused"]
    for name in group["names"]
}


def rule(transform: str) -> Rule:
    """The rule of a transform, by its albumentations name.

    Raises:
        ParamsError: it has none; says why, and names those that have.
    """
    if transform in RULES:
        return RULES[transform]
    why = REFUSED.get(transform, "captions could become false under it")
    raise ParamsError(
        f"transform {transform} has no caption rule: {why}; use one of {', '.join(sorted(RULES))}, "
        "or write a rule in augment/transforms/rules.toml"
    )


def check_arguments(transform: str, arguments: Mapping[str, Any], where: str) -> None:
    """Hold a transform's arguments against the bounds of its rule.

    Args:
        transform: an albumentations name.
        arguments: numbers, or pairs of the least and greatest number to draw.
        where: dotted path of the section, for messages.

    Raises:
        ParamsError: no rule, an argument missing or unknown, or a value outside the bounds.
    """
    found = rule(transform)
    if transform in _METHODS_OWN:
        raise ParamsError(f"{where} is what longest_side does already; leave it out")
    if set(arguments) != set(found.bounds):
        raise ParamsError(
            f"{where} has the arguments {', '.join(sorted(arguments)) or 'none'}; "
            f"{transform} needs {', '.join(sorted(found.bounds)) or 'none'} and takes no other"
        )
    for name, value in arguments.items():
        low, high = found.bounds[name]
        ends = value if isinstance(value, list | tuple) else [value]
        right = all(isinstance(end, int | float) and low <= end <= high for end in ends)
        if not right or len(ends) > 2 or list(ends) != sorted(ends):
            raise ParamsError(
                f"{where}.{name} is {value!r}; its caption rule holds from {low:g} to {high:g} "
                "(a number, or [least, greatest])"
            )
        if name in found.odd and not all(isinstance(end, int) and end % 2 for end in ends):
            raise ParamsError(f"{where}.{name} is {value!r}; it takes odd numbers of pixels")
