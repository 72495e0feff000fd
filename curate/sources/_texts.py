"""Caption texts and language tags as they are found, brought to one form."""

import re
import unicodedata

_DROPPED = {"Cc", "Cs", "Cn"}  # control characters, surrogates, code points that are none
_UNSEEN = {"Cf", "Zs"}  # joiners, direction marks and the like, spaces
_BYTE_ORDER_MARK = "\ufeff"
_MODIFIERS = {"latin": "Latn", "cyrillic": "Cyrl", "devanagari": "Deva", "iqtelif": "Latn"}
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_SCRIPT_LENGTH, _REGION_LENGTH = 4, 2


def clean(text: str) -> str:
    """Text in NFC on one line: white space collapsed, control characters removed.

    Joiners and direction marks stay, since many scripts need them; where there is nothing else
    nothing is left.
    """
    spaced = " ".join(unicodedata.normalize("NFC", text.replace(_BYTE_ORDER_MARK, "")).split())
    kept = "".join(c for c in spaced if unicodedata.category(c) not in _DROPPED)
    if all(unicodedata.category(c) in _UNSEEN for c in kept):
        return ""
    return " ".join(kept.split())


def language_tag(name: str) -> str | None:
    """BCP-47 tag of a language given as a tag or as a POSIX locale; None where it is neither.

    `pt_BR` gives `pt-BR`, `sr@latin` gives `sr-Latn`, `ca@valencia` gives `ca-valencia`.
    """
    locale, _, modifier = name.strip().partition("@")
    tag = locale.partition(".")[0].replace("_", "-")
    if modifier:
        tag = f"{tag}-{_MODIFIERS.get(modifier.lower(), modifier)}"
    if not _TAG.fullmatch(tag):
        return None
    first, *rest = tag.split("-")
    return "-".join([first.lower(), *map(_subtag, rest)])


def _subtag(part: str) -> str:
    """A subtag in the case that RFC 5646 recommends: Latn, BR, valencia."""
    if len(part) == _SCRIPT_LENGTH and part.isalpha():
        return part.title()
    return part.upper() if len(part) == _REGION_LENGTH else part.lower()
