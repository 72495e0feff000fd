"""A web page's bytes to text, by what browsers believe: byte order mark, header, page, guess.

Only encodings of the web are used (WHATWG Encoding Standard); others that Python knows, some of
which take quadratic time or are none of text, are not.
"""

import codecs
import re

_SNIFFED = 2048  # bytes at a page's start in which a charset is looked for
_STATED = re.compile(rb"(?:charset|<\?xml[^>]*?encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)", re.I)
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_WEB = {
    *("utf-8", "utf-16-le", "utf-16-be", "cp866", "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic"),
    *("gb18030", "big5hkscs", "euc_jp", "iso2022_jp", "cp932", "cp949", "cp874"),
    *(f"cp{number}" for number in range(1250, 1259)),
    *(f"iso8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
}
_READ_AS = {  # what pages say -> what they are, which has more characters
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "utf-16": "utf-16-le",
}
_GUESS = "cp1252"  # of pages that state nothing and are no UTF-8


def decode(body: bytes, stated: str | None = None) -> str:
    """The text of a page; bytes that its encoding does not know become U+FFFD.

    Args:
        body: the page as it was sent.
        stated: charset in the answer's header.
    """
    for mark, marked in _MARKS.items():
        if body.startswith(mark):
            return body[len(mark) :].decode(marked, errors="replace")
    encoding = _known(stated)
    if encoding is None and (sniffed := _STATED.search(body[:_SNIFFED])):
        encoding = _known(sniffed[1].decode("ascii"))
        if encoding in ("utf-16-le", "utf-16-be"):
            encoding = "utf-8"  # or the statement could not have been read
    if encoding is not None:
        return body.decode(encoding, errors="replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        cut = error.start >= len(body) - 3  # in the middle of a character at the end
        return body.decode("utf-8" if cut else _GUESS, errors="replace")


def _known(label: str | None) -> str | None:
    """Python's name of an encoding of the web; None for any other."""
    try:
        name = codecs.lookup((label or "").strip()).name
    except (LookupError, ValueError):
        return None
    name = _READ_AS.get(name, name)
    return name if name in _WEB else None
