"""What a transform does to a caption: (transform, caption) -> unaffected, edited or forbidden.

The rules are data, see `augment.transforms.rules`; words come from `augment.words.caption_words`.
A caption in a language without words, or hardly in that of its tag, is not known to stay true: it
forbids (reason `language`). A colour counts in whatever language it is named.
"""

import functools
from collections.abc import Iterable, Sequence, Set
from typing import Literal, NamedTuple

from augment.transforms.rules import Rule, rule
from augment.words import caption_words, tongues

Effect = Literal["unaffected", "edited", "forbidden"]
_REMEMBERED = 1024  # captions: asked for each transform


class Verdict(NamedTuple):
    """What becomes of a caption, and why it forbids (a kind of words, `language`, or nothing)."""

    effect: Effect
    caption: str
    reason: str = ""


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


def objections(
    transforms: Iterable[str], captions: Sequence[tuple[str, str]], known: Sequence[str] = ()
) -> dict[str, str | None]:
    """Transform -> why a picture with these captions may not be transformed so, or None.

    Captions that cannot be read have no say while another caption has; they cannot be carried
    over to the made picture, see `judge`.

    Args:
        transforms: albumentations names.
        captions: (caption, language) of every caption of the picture.
        known: kinds of words that hold of the picture whatever its captions say, such as
            `writing` for screenshots.

    Raises:
        ParamsError: a transform without a rule.
    """
    telling = [c for c in captions if tongues.readable(*c)]
    held = {kind for caption in telling for kind in _held(*caption)}
    return {name: _objection(rule(name), telling, held, known) for name in transforms}


def _objection(
    rule: Rule, telling: Sequence[tuple[str, str]], held: Set[str], known: Sequence[str]
) -> str | None:
    """Why a transform is forbidden: by what is known, or by the kinds of words that are held."""
    if barred := [kind for kind in rule.forbidden_by if kind in known]:
        return barred[0]
    if rule.harmless:
        return None
    if not telling:
        return "language"
    if rule.mirrors:
        verdicts = (_judge_one(rule, text, lang) for text, lang in telling)
        return next((v.reason for v in verdicts if v.effect == "forbidden"), None)
    return next((kind for kind in rule.forbidden_by if kind in held), None)


@functools.lru_cache(_REMEMBERED)
def _held(caption: str, lang: str) -> Set[str]:
    """Kinds of words that a caption holds: those of its language, and a colour in any."""
    named: Set[str] = {"colour"} if tongues.coloured(caption) else set()
    return caption_words.mentions(caption, lang).keys() | named


def _judge_one(rule: Rule, caption: str, lang: str) -> Verdict:
    if rule.harmless:
        return Verdict("unaffected", caption)
    if not tongues.readable(caption, lang):
        return Verdict("forbidden", caption, "language")
    held = _held(caption, lang)
    for kind in rule.forbidden_by:
        if kind in held:
            return Verdict("forbidden", caption, kind)
    edited = caption_words.swap_sides(caption, lang) if rule.mirrors else caption
    if edited is None:
        return Verdict("forbidden", caption, "side")
    if edited != caption:
        return Verdict("edited", edited)
    for kind in rule.forbidden_unless_edited:
        if kind in held:
            return Verdict("forbidden", caption, kind)
    return Verdict("unaffected", caption)
