"""What a transform does to a caption: (transform, caption) -> unaffected, edited or forbidden.

The rules are data. A transform without a rule is refused, and so are its arguments outside the
bounds within which its rule was found to hold. Words come from `augment.caption_words`; a
caption in a language without words is not known to stay true, so it forbids (reason `language`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from augment import caption_words
from curate.dataset.errors import ParamsError

Effect = Literal["unaffected", "edited", "forbidden"]


@dataclass(frozen=True)
class Rule:
    """When a transform leaves a caption true.

    Attributes:
        forbidden_by: kinds of words (`caption_words.KINDS`) that it would make false.
        mirrors: it swaps left and right: a caption that names a side is edited, or forbids.
        forbidden_unless_edited: kinds that forbid unless the caption names its side, and is
            edited: "arrow" is in doubt, "left arrow" becomes "right arrow".
        crops: it removes margins, which must not cut into a cut-out's object.
        bounds: every argument that is drawn, with the least and greatest value (in the
            argument's own units) for which the rule holds.
    """

    forbidden_by: tuple[str, ...] = ()
    mirrors: bool = False
    forbidden_unless_edited: tuple[str, ...] = ()
    crops: bool = False
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)


_BORDER = (0.0, 0.06)  # share of a side: at most 12% of either, so 77% of the area stays
_COLOURS = ("colour", "emblem", "process")
_BRIGHTNESS = ("light", "colour", "process")
_TURNED = ("tilt", "process")
_BLURRED = ("clarity", "process")

RULES: Mapping[str, Rule] = {
    # geometric
    "LongestMaxSize": Rule(),
    "HorizontalFlip": Rule(
        forbidden_by=("writing", "turning", "number", "emblem", "process"),
        mirrors=True,
        forbidden_unless_edited=("pointing",),
    ),
    "Rotate": Rule(_TURNED, bounds={"limit": (-12, 12)}),  # degrees
    "SafeRotate": Rule(_TURNED, bounds={"limit": (-12, 12)}),  # degrees
    "Perspective": Rule(_TURNED, bounds={"scale": (0, 0.06)}),  # share of a side
    "RandomCropFromBorders": Rule(
        ("number", "several", "extent", "side"),
        crops=True,
        bounds=dict.fromkeys(("crop_left", "crop_right", "crop_top", "crop_bottom"), _BORDER),
    ),
    # colour
    "RandomBrightnessContrast": Rule(
        _BRIGHTNESS,
        bounds={"brightness_limit": (-0.25, 0.25), "contrast_limit": (-0.25, 0.25)},  # of white
    ),
    "RandomGamma": Rule(_BRIGHTNESS, bounds={"gamma_limit": (75, 130)}),  # percent
    "HueSaturationValue": Rule(
        (*_COLOURS, "light"),
        bounds={
            "hue_shift_limit": (-10, 10),  # of 180
            "sat_shift_limit": (-40, 40),  # of 255
            "val_shift_limit": (-20, 20),  # of 255
        },
    ),
    "ToGray": Rule(_COLOURS),
    # sharpness and noise
    "GaussianBlur": Rule(_BLURRED, bounds={"sigma_limit": (0, 1.5)}),  # pixels
    "Downscale": Rule(_BLURRED, bounds={"scale_range": (0.5, 1)}),  # share of a side
    "GaussNoise": Rule(_BLURRED, bounds={"std_range": (0, 0.08)}),  # share of white
    "ImageCompression": Rule(_BLURRED, bounds={"quality_range": (40, 100)}),  # JPEG quality
}


class Verdict(NamedTuple):
    """What becomes of a caption, and why it forbids (a kind of words, `language`, or nothing)."""

    effect: Effect
    caption: str
    reason: str = ""


def rule(transform: str) -> Rule:
    """The rule of a transform, by its albumentations name.

    Raises:
        ParamsError: it has none; names those that have.
    """
    if transform not in RULES:
        raise ParamsError(
            f"transform {transform} has no caption rule, so captions could become false under it; "
            f"write one in augment/caption_rules.py, or use one of {', '.join(sorted(RULES))}"
        )
    return RULES[transform]


def judge(transforms: Sequence[str], caption: str, lang: str) -> Verdict:
    """What a caption becomes when transforms are applied one after another.

    Args:
        transforms: albumentations names, in the order in which they are applied.
        caption: any caption of the picture.
        lang: its BCP-47 tag.

    Raises:
        ParamsError: a transform without a rule.
    """
    text = caption
    for transform in transforms:
        verdict = _judge_one(rule(transform), text, lang)
        if verdict.effect == "forbidden":
            return Verdict("forbidden", caption, verdict.reason)
        text = verdict.caption
    return Verdict("edited" if text != caption else "unaffected", text)


def objection(
    transform: str, captions: Sequence[tuple[str, str]], known: Sequence[str] = ()
) -> str | None:
    """Why a picture with these captions may not be transformed, or None.

    Captions in languages without words have no say while another caption has; they cannot
    be carried over to the made picture, see `judge`.

    Args:
        transform: an albumentations name.
        captions: (caption, language) of every caption of the picture.
        known: kinds of words that hold of the picture whatever its captions say, such as
            `writing` for screenshots.

    Raises:
        ParamsError: a transform without a rule.
    """
    found = rule(transform)
    if barred := [kind for kind in found.forbidden_by if kind in known]:
        return barred[0]
    telling = [c for c in captions if caption_words.covered(c[1])] or captions
    verdicts = (judge([transform], text, lang) for text, lang in telling)
    return next((v.reason for v in verdicts if v.effect == "forbidden"), None)


def check_arguments(transform: str, arguments: Mapping[str, Any], where: str) -> None:
    """Hold a transform's arguments against the bounds of its rule.

    Args:
        transform: an albumentations name.
        arguments: numbers, or pairs of the least and greatest number to draw.
        where: dotted path of the section, for messages.

    Raises:
        ParamsError: no rule, an argument missing or unknown, or a value outside the bounds.
    """
    bounds = rule(transform).bounds
    if set(arguments) != set(bounds):
        raise ParamsError(
            f"{where} has the arguments {', '.join(sorted(arguments)) or 'none'}; "
            f"{transform} needs {', '.join(sorted(bounds)) or 'none'} and takes no other"
        )
    for name, value in arguments.items():
        low, high = bounds[name]
        ends = value if isinstance(value, list | tuple) else [value]
        right = all(isinstance(end, int | float) and low <= end <= high for end in ends)
        if not right or len(ends) > 2 or list(ends) != sorted(ends):
            raise ParamsError(
                f"{where}.{name} is {value!r}; its caption rule holds from {low:g} to {high:g} "
                "(a number, or [least, greatest])"
            )


def _judge_one(rule: Rule, caption: str, lang: str) -> Verdict:
    if rule == Rule():  # nothing that any caption could say is touched
        return Verdict("unaffected", caption)
    if not caption_words.covered(lang):
        return Verdict("forbidden", caption, "language")
    for kind in rule.forbidden_by:
        if caption_words.mention(caption, lang, kind):
            return Verdict("forbidden", caption, kind)
    edited = caption_words.swap_sides(caption, lang) if rule.mirrors else caption
    if edited is None:
        return Verdict("forbidden", caption, "side")
    if edited != caption:
        return Verdict("edited", edited)
    for kind in rule.forbidden_unless_edited:
        if caption_words.mention(caption, lang, kind):
            return Verdict("forbidden", caption, kind)
    return Verdict("unaffected", caption)
