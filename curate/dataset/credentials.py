"""A text in; the same without the credentials that URLs in it hold, out.

A credential is the user and password before a host, and the value of a parameter that is named as
signed URLs (AWS, Azure, Google, CloudFront, Akamai), OAuth and keys of services name theirs.
"""

import re
from typing import Any

REDACTED = "redacted"  # stands for a value
_USER = re.compile(r"(?<=://)[^/?#\s\"'<>]*@")
_NAMES = (
    r"(?:[\w.%-]*(?:token|signature|secret|passw(?:or)?d|credentials?|api[_-]?key|"
    r"access[_-]?key(?:[_-]?id)?|private[_-]?key|subscription[_-]?key)"
    r"|googleaccessid|key-pair-id|policy|sig|hmac|hdne[at]s?|auth|authorization|jwt|pwd|sid|"
    r"session(?:[_-]?id)?)"
)
_VALUE = re.compile(  # its end is none of a message around it
    rf"([?&;]{_NAMES}=)(?!{REDACTED}\b)[^&;#\s\"'<>]*[^&;#\s\"'<>:,.)]", re.IGNORECASE
)


def redacted(text: str) -> str:
    """A text whose URLs tell no credentials; each value of one becomes `redacted`."""
    if "@" in text:
        text = _USER.sub("", text)
    return _VALUE.sub(rf"\1{REDACTED}", text) if "=" in text else text


def places(value: Any, where: str) -> list[str]:
    """Where in nested values, as params have them, texts hold credentials, as dotted paths."""
    if isinstance(value, str):
        return [where] if redacted(value) != value else []
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list | tuple):
        inner = list(enumerate(value))
    return [place for name, one in inner for place in places(one, f"{where}.{name}")]
