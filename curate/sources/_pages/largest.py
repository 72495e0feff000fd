"""An img element to the URL of its largest form: srcset, picture, lazy loading, or src."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

_LATE = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-hi-res-src")
_SETS = ("srcset", "data-srcset", "data-lazy-srcset")
_CANDIDATE = re.compile(r"[\s,]*([^\s,]\S*)")
_DESCRIPTOR = re.compile(r"(\d+(?:\.\d+)?)([wx])")
_UNREADABLE = "image/jxl"  # type of a source element that is passed over
_DRAWING = "image/svg"  # has no size of its own, so that any picture is larger
_PLACEHOLDER = "data:"


def largest(image: LexborNode) -> str | None:
    """The URL, as it is written, of the largest picture that an element offers; None for none.

    Widths (`800w`) count more than densities (`2x`); of two of the same size the first is taken,
    those of the img itself before those of the picture around it. Where no size is stated, what
    is loaded late is taken before `src`, which then holds a stand-in. A drawing (SVG) that a source
    element offers is taken where nothing else is offered.
    """
    sets, drawn = [image.attributes.get(name) for name in _SETS], []
    if image.parent is not None and image.parent.tag == "picture":
        for source in image.parent.iter():
            kind = (source.attributes.get("type") or "image/").strip().lower()
            if source.tag == "source" and kind.startswith("image/"):
                own = [source.attributes.get(name) for name in _SETS]
                if kind.startswith(_DRAWING):
                    drawn += own
                elif not kind.startswith(_UNREADABLE):
                    sets += own
    sized = [candidate for text in sets if text for candidate in candidates(text)]
    single = [image.attributes.get(name) for name in (*_LATE, "src")]
    real = [url for url in single if url and not url.strip().startswith(_PLACEHOLDER)]
    if sized:
        by_width, size, url = max(sized, key=lambda candidate: candidate[:2])
        if by_width or size > 1 or not real:
            return url
    if real:
        return real[0]
    drawings = (url for text in drawn if text for _, _, url in candidates(text))
    return next(drawings, None) or next((url for url in single if url), None)


def candidates(srcset: str) -> Iterator[tuple[bool, float, str]]:
    """(Whether a width is stated, pixels or density, URL) of each candidate of a srcset.

    Placeholders that hold their own data are left out.
    """
    place = 0
    while found := _CANDIDATE.match(srcset, place):
        url, place = found[1], found.end()
        descriptor = ""
        if url.endswith(","):
            url = url.rstrip(",")
        else:
            end = srcset.find(",", place)
            end = len(srcset) if end < 0 else end
            descriptor, place = srcset[place:end].strip().lower(), end
        size = _DESCRIPTOR.match(descriptor)
        if not url.startswith(_PLACEHOLDER):
            yield (size[2] == "w", float(size[1]), url) if size else (False, 1.0, url)
