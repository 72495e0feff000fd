"""Of the forms in which a page offers a picture, the largest is taken."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from curate.sources._pages.largest import candidates, largest


@pytest.mark.parametrize(
    ("body", "url"),
    [
        ('<img src="a.png">', "a.png"),
        ('<img src="s.png" srcset="m.png 800w, l.png 1600w, xs.png 200w">', "l.png"),
        ('<img src="s.png" srcset="m.png 1.5x, l.png 2x">', "l.png"),
        ('<img src="s.png" srcset="one.png, two.png 1x">', "s.png"),
        ('<img srcset="one.png">', "one.png"),
        ('<img src="s.png" srcset="d.png 3x, w.png 400w">', "w.png"),
        ('<img src="s.png" srcset="data:image/gif;base64,R0lG 9000w, l.png 900w">', "l.png"),
        ('<img src="s.png" srcset="a,b.png 900w, c.png 100w">', "a,b.png"),
        ('<img src="s.png" srcset=" , bad w, x.png 10q, ok.png 5w 3h">', "ok.png"),
        ('<img src="data:image/gif;base64,R0" data-src="late.png">', "late.png"),
        ('<img src="grey.gif" data-src="late.png">', "late.png"),
        ('<img src="grey.gif" data-original="late.png">', "late.png"),
        ('<img src="grey.gif" data-srcset="s.png 300w, l.png 900w">', "l.png"),
        ('<img src="a.png" data-src="data:image/gif;base64,R0">', "a.png"),
        ('<img src="data:image/gif;base64,R0">', "data:image/gif;base64,R0"),
        ('<img alt="nothing">', None),
        ('<img src="">', None),
        (
            '<picture><source srcset="l.webp 2000w"><source data-srcset="xl.webp 3000w">'
            '<img src="s.jpg"></picture>',
            "xl.webp",
        ),
        (
            '<picture><source srcset="l.webp 900w"><img src="s.jpg" srcset="l.jpg 900w"></picture>',
            "l.jpg",
        ),
        (
            '<picture><source type="image/svg+xml" srcset="v.svg 9000w">'
            '<source type="image/jxl" srcset="v.jxl 9000w"><img src="s.jpg"></picture>',
            "s.jpg",
        ),
        (
            '<picture><source type="image/svg+xml" srcset="v.svg"><img src="data:,"></picture>',
            "v.svg",
        ),
    ],
)
def test_the_largest_form_is_taken(body, url):
    image = LexborHTMLParser(body).css_first("img")
    assert largest(image) == url


def test_a_srcset_is_read_as_browsers_do():
    text = "a.png, b.png 2x,c.png 300w , data:x;base64,AA 9x,, d.png"
    assert list(candidates(text)) == [
        (False, 1.0, "a.png"),
        (False, 2.0, "b.png"),
        (True, 300.0, "c.png"),
        (False, 1.0, "d.png"),
    ]
