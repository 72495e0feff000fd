"""Drawings (SVG): bytes to a rendered picture, by the process that renders them."""

from collections.abc import Iterator

from curate import drawings

_PARAMS = drawings.Drawings(side=64, seconds=2.0)
_SVG = '<svg xmlns="http://www.w3.org/2000/svg" {size}>{inside}</svg>'
_BALL = '<circle cx="8" cy="8" r="6" fill="red" stroke="#00f" stroke-width="2"/>'


def seeds() -> Iterator[bytes]:
    """Drawings with what leads out of them, with what is dear, and plain ones."""
    size = 'width="16" height="16" viewBox="0 0 16 16"'
    for inside in (
        _BALL,
        f"<g transform='rotate(30) scale(2)'>{_BALL}</g><path d='M0 0L9 9C1 2 3 4 5 6Z'/>",
        f"<defs><g id='a'>{_BALL}</g></defs><use href='#a'/><use href='#a' x='4'/>",
        "<linearGradient id='g'><stop offset='1'/></linearGradient><rect fill='url(#g)'/>",
        "<filter id='f'><feGaussianBlur stdDeviation='3'/></filter><g filter='url(#f)'/>",
        "<pattern id='p' width='1' height='1'/><mask id='m'/><clipPath id='c'/><text>a</text>",
        "<image href='/etc/passwd' width='9' height='9'/><style>*{fill:red}</style>",
        "<image href='data:image/png;base64,iVBORw0KGgo=' width='9' height='9'/>",
    ):
        yield _SVG.format(size=size, inside=inside).encode()
    yield f'<!DOCTYPE svg [<!ENTITY a "{_BALL}">]><svg {size}>&a;&a;</svg>'.encode()
    yield _SVG.format(size='width="3cm" height="50%"', inside=_BALL).encode("utf-16")


def read(data: bytes) -> None:
    """Render what is a drawing by its content."""
    drawings.picture(data, _PARAMS)
