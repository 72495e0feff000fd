"""Links as they are written and as they are sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.sources._web.links import join, key, parse
from curate.sources._web.refused import NotTaken


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ("http://a.example", "http://a.example/"),
        ("HTTP://A.Example:80/x#part", "http://a.example/x"),
        ("https://a.example:8443/", "https://a.example:8443/"),
        ("http://Ü.example/ä b?ö=1", "http://xn--tda.example/%C3%A4%20b?%C3%B6=1"),
        ("http://a.example/x/../y/./z", "http://a.example/y/z"),
        ("http://a.example/x/%2E%2e/y", "http://a.example/y"),
        ("http://a.example/../../y/..", "http://a.example/"),
        ("http://a.example//b//c.png", "http://a.example//b//c.png"),
        ("http://a.example/a%2Fb?c=%26", "http://a.example/a%2Fb?c=%26"),
        ("http://user:word@a.example/", "http://a.example/"),
        ("http://[::1]:80/x", "http://[::1]/x"),
        ("http://a.example./x", "http://a.example/x"),
        ("  http://a.example/x\n", "http://a.example/x"),
        ("http://a.example/a[1]|2.png", "http://a.example/a[1]|2.png"),
    ],
)
def test_a_link_has_one_form(link, text):
    assert parse(link).text == text
    assert parse(text).text == text


@pytest.mark.parametrize(
    "link",
    [
        "http://a b/",
        "http://a.example:99999/",
        "http://a.example:x/",
        "http://\0a/",
        "http://a.example\\@b.example/",
        "http://[::1",
        "http://[hello]/",
        "http://" + "ü" * 300 + ".example/",
        "http://-/",
    ],
)
def test_what_is_no_url_is_refused(link):
    with pytest.raises(NotTaken, match="no url"):
        parse(link)


@pytest.mark.parametrize("link", ["", "x.png", "//a.example/", "http:///x", "mailto:a@b.example"])
def test_what_is_not_of_the_web_is_refused(link):
    with pytest.raises(NotTaken, match="scheme"):
        parse(link)


@given(st.text(max_size=50), st.text(max_size=50))
def test_any_text_is_a_url_in_ascii_or_refused(before, after):
    for link in (before + after, f"http://{before}/{after}", f"http://a.example/{before}?{after}"):
        try:
            url = parse(link)
        except NotTaken:
            continue
        assert url.text.isascii()
        assert url.text.isprintable()
        assert " " not in url.text
        assert parse(url.text) == url


def test_a_link_on_a_page_is_joined_without_its_fragment():
    assert join("http://a.example/b/c.html", " d.png#x ") == "http://a.example/b/d.png"
    assert join("http://a.example/", "//b.example/d") == "http://b.example/d"
    assert [join("http://a.example/", link) for link in ("", None, " ", "http://[x")] == [None] * 4


@pytest.mark.parametrize(
    "link",
    [
        "http://ü.example/b.png",
        "https://ü.example/b.png",
        "HTTPS://Ü.Example/b.png#top",
        "http://xn--tda.example:80/b.png",
        "https://XN--TDA.example:443/b.png",
        "http://ü.example./a/../b.png",
    ],
)
def test_one_url_has_one_key_however_it_is_spelled(link):
    assert key(link) == "xn--tda.example/b.png"


def test_what_is_another_url_or_none_of_the_web_has_a_key_of_its_own():
    links = ["http://a.example:8080/b", "http://a.example/b?", "http://a.example/b?c", "http://[/b"]
    links += ["ftp://a.example/b#x", "a.warc.gz@12", "data:,b", "http://a.example/B"]
    assert len({key(link) for link in links}) == len(links)
    assert key("http://[/b#x") == key("https://[/b")
