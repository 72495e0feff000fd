"""What is read from one page."""

import pytest

from curate.sources._pages.parsing import parse

URL = "http://a.example/docs/page.html"

DOCBOOK = """<html><body><div class="figure">
<p class="title"><strong>Figure 17.11. Example for the <span>“<span>Blur</span>”</span></strong></p>
<div class="figure-contents">
  <div class="mediaobject"><img src="one.png" alt="Example for the “Blur”">
    <div class="caption"><p>Blur
       applied</p></div></div>
  <div class="mediaobject"><img src="two.png"></div>
</div></div></body></html>"""


def texts(body: str) -> dict[str, tuple[str, ...]]:
    return {p.url.rpartition("/")[2]: p.texts for p in parse(body.encode(), URL).pictures}


def test_docbook_figures_give_their_own_caption_first_and_titles_without_number():
    assert texts(DOCBOOK) == {
        "one.png": ("Blur applied", "Example for the “Blur”"),
        "two.png": ("Example for the “Blur”",),
    }


def test_alternative_text_title_and_figcaption_are_captions():
    body = """<figure><img src=a.png alt=" A  cat " title="A cat"><figcaption>Fig. 3: My cat
    </figcaption></figure><img src=b.png title="A dog"><img src=c.png alt="">"""
    assert texts(body) == {"a.png": ("My cat", "A cat"), "b.png": ("A dog",), "c.png": ()}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Figure 17.11. A red ball", "A red ball"),
        ("Abbildung 3.2. Ein Ball", "Ein Ball"),
        ("Рисунок 1.2. Мяч", "Мяч"),
        ("Figure 4: A ball", "A ball"),
        ("Apollo 11 on the moon", "Apollo 11 on the moon"),
        ("Version 2.10 of the dialog", "Version 2.10 of the dialog"),
        ("Figure skating", "Figure skating"),
    ],
)
def test_only_a_figures_number_is_taken_off_its_title(said, kept):
    body = f'<figure><img src="a.png"><figcaption>{said}</figcaption></figure>'
    assert texts(body) == {"a.png": (kept,)}


def test_a_picture_that_is_shown_twice_is_listed_once_with_all_that_is_said():
    body = '<img src="a.png" alt="one"><img src="./a.png#x" alt="two"><img src="a.png" alt="one">'
    assert texts(body) == {"a.png": ("one", "two")}


def test_links_are_absolute_distinct_and_follow_the_base():
    body = """<base href="/root/"><a href="b.html#part">b</a><a href="b.html">b</a><a name=x>no</a>
    <a href="//c.example/">c</a><a href="http://[bad">bad</a><map><area href="?q=1"></map>"""
    assert parse(body.encode(), URL).links == (
        "http://a.example/root/b.html",
        "http://c.example/",
        "http://a.example/root/?q=1",
    )


def test_a_picture_that_is_loaded_late_is_taken_from_where_it_will_be():
    body = '<img src="data:image/gif;base64,R0" data-src="late.png" alt="late">'
    assert texts(body) == {"late.png": ("late",)}


@pytest.mark.parametrize(
    ("body", "lang"),
    [
        ("<html lang=de><p>x", "de"),
        ('<html xml:lang="pt_BR"><p>x', "pt-BR"),
        ("<p>x", None),
        ('<html lang="a language"><p>x', None),
    ],
)
def test_a_pages_language_is_what_it_states(body, lang):
    assert parse(body.encode(), URL).lang == lang


@pytest.mark.parametrize(
    ("encoding", "head", "charset"),
    [
        ("utf-8", "", None),
        ("latin-1", "", "iso-8859-1"),
        ("cp1251", '<meta charset="windows-1251">', None),
        ("utf-8", '<meta charset="no-such-thing">', None),
    ],
)
def test_the_charset_is_that_of_the_header_or_of_the_page(encoding, head, charset):
    text = "мяч" if encoding == "cp1251" else "café"
    page = parse(f'{head}<img src="a.png" alt="{text}">'.encode(encoding), URL, charset)
    assert page.pictures[0].texts == (text,)


def test_meta_elements_that_speak_to_robots_are_kept_in_order():
    body = """<meta name="ROBOTS" content="NoFollow"><meta name=robots content="noai">
    <meta name=viewport content="width=5"><meta name="TDM-Reservation" content="1">"""
    page = parse(body.encode(), URL)
    assert page.metas == (("robots", "NoFollow"), ("robots", "noai"), ("tdm-reservation", "1"))


@pytest.mark.parametrize(
    ("content", "leads_on"),
    [("nofollow", False), ("None", False), ("noai", True), ("otherbot: nofollow", True)],
)
def test_links_of_a_page_that_says_nofollow_are_not_for_us(content, leads_on):
    body = f'<meta name="robots" content="{content}">'
    assert parse(body.encode(), URL).leads_on is leads_on
    assert parse(b"<p>x", URL, headers=(("robots", content),)).leads_on is leads_on
