"""Every caption says where it stood and in which language."""

import pytest

from curate.sources._pages.parsing import parse

URL = "http://a.example/docs/page.html"


def said(body: str, headers: tuple[tuple[str, str], ...] = ()) -> dict[str, list[tuple]]:
    """(Text, origin, language) of what is said of each picture, by its file's name."""
    pictures = parse(body.encode(), URL, headers=headers).pictures
    return {p.url.rpartition("/")[2]: [tuple(s) for s in p.said] for p in pictures}


def test_each_kind_of_caption_is_found_best_first_and_names_its_origin():
    body = """<html lang=en><figure><img src=a.png title="From the title" alt="From alt"
    aria-label="From the label"><figcaption>From the figure</figcaption></figure>"""
    assert said(body) == {
        "a.png": [
            ("From the figure", "figcaption", "en"),
            ("From alt", "alt", "en"),
            ("From the label", "aria-label", "en"),
            ("From the title", "title", "en"),
        ]
    }


def test_what_is_said_twice_has_the_better_origin():
    body = "<figure><img src=a.png title=cat alt=cat><figcaption> cat </figcaption></figure>"
    assert said(body) == {"a.png": [("cat", "figcaption", None)]}


def test_the_language_is_that_of_the_nearest_element_that_states_one():
    body = """<html lang=en><div lang="de-AT"><figure><img src=a.png alt="Ein Ball">
    <figcaption lang=fr>Un ballon</figcaption></figure><p><img src=b.png alt="Ein Hund"></p></div>
    <img src=c.png alt="A cat" xml:lang="pt_BR"><img src=d.png alt="A cow">"""
    assert said(body) == {
        "a.png": [("Un ballon", "figcaption", "fr"), ("Ein Ball", "alt", "de-AT")],
        "b.png": [("Ein Hund", "alt", "de-AT")],
        "c.png": [("A cat", "alt", "pt-BR")],
        "d.png": [("A cow", "alt", "en")],
    }


@pytest.mark.parametrize("stated", ["", "klingon is no tag", "42"])
def test_an_element_whose_language_is_unknown_does_not_have_the_pages(stated):
    body = f'<html lang=en><p lang="{stated}"><img src=a.png alt="nuqneH">'
    assert said(body) == {"a.png": [("nuqneH", "alt", None)]}


def test_the_same_text_in_two_languages_is_two_captions():
    body = "<p lang=de><img src=a.png alt=Ball></p><p lang=en><img src=a.png alt=Ball></p>"
    assert said(body) == {"a.png": [("Ball", "alt", "de"), ("Ball", "alt", "en")]}


@pytest.mark.parametrize(
    ("head", "headers", "lang"),
    [
        ('<meta http-equiv="Content-Language" content="de">', (), "de"),
        ("", (("content-language", "fr"),), "fr"),
        ('<meta http-equiv="content-language" content="de">', (("content-language", "fr"),), "de"),
        ("", (("content-language", "de, en"),), None),
    ],
)
def test_a_page_without_lang_has_that_of_its_meta_element_or_header(head, headers, lang):
    assert said(f"{head}<img src=a.png alt=x>", headers) == {"a.png": [("x", "alt", lang)]}


def test_a_picture_that_only_scripts_show_is_taken_from_noscript():
    body = '<noscript><img src="a.png" alt="A ball"></noscript><img src="b.png" alt="A box">'
    assert set(said(body)) == {"a.png", "b.png"}


def test_metadata_adds_to_what_is_said_of_a_picture_and_names_further_ones():
    body = """<html lang=en><meta property="og:image" content="a.png">
    <meta property="og:title" content="On balls"><img src=a.png alt="A ball">
    <script type="application/ld+json">{"@type": "ImageObject", "contentUrl": "b.png",
    "caption": "A box", "license": "https://cc.example/by/4.0/"}</script>"""
    assert said(body) == {
        "a.png": [("A ball", "alt", "en"), ("On balls", "og", "en")],
        "b.png": [("A box", "json-ld", "en")],
    }
    licences = {p.url: p.licence for p in parse(body.encode(), URL).pictures}
    assert licences["http://a.example/docs/b.png"] == "https://cc.example/by/4.0/"


@pytest.mark.parametrize(
    "body",
    [
        b"<b>" * 200_000 + b"<img src=a.png alt=ball>",
        b"<div lang=de>" * 20_000 + b"<img src=a.png alt=ball>" * 20_000,
        b"<figure>" + b"<img src=a.png alt=ball>" * 50_000 + b"</figure>",
        b"<figure>" * 5_000 + b"<img src=a.png alt=ball>" * 5_000,
        b"<img src=a.png alt=ball title='" + b"x" * 3_000_000,
        b"<img src=a.png alt=ball srcset='" + b"a.png 1x," * 300_000 + b"'>",
        b"<script type=application/ld+json>"
        + b"[" * 300_000
        + b"</script><img src=a.png alt=ball>",
        b"<img src=a.png alt=ball\0><p " + b"a=1 " * 300_000,
        b"\0" * 1_000_000 + b"<img src=a.png alt=ball>",
        bytes(range(256)) * 4_000 + b"'\">--><img src=a.png alt=ball>",
        b"<img src=a.png alt=ball><table><td><table>" * 5_000,
        b"<!doctype html><img src=a.png alt=ball><svg><math><style><![CDATA[<!--" * 2_000,
    ],
)
def test_a_broken_or_hostile_page_is_read_to_its_end(body):
    page = parse(body, URL)
    assert all(len(picture.said) <= 2 for picture in page.pictures)
