"""What pages say of pictures for machines."""

import json

import pytest
from selectolax.lexbor import LexborHTMLParser

from curate.sources._pages.metadata import json_ld, open_graph


def linked(*values: object) -> list[tuple]:
    """What is read from scripts that hold JSON, or text that should be."""
    scripts = (v if isinstance(v, str) else json.dumps(v) for v in values)
    body = "".join(f'<script type="application/ld+json">{s}</script>' for s in scripts)
    return [(d.link, d.texts, d.licence) for d in json_ld(LexborHTMLParser(body))]


IMAGE = {"@context": "https://schema.org", "@type": "ImageObject", "contentUrl": "a.png"}


def test_an_image_object_gives_caption_name_and_description():
    value = IMAGE | {"description": "In the grass", "caption": "A ball", "name": "Ball"}
    assert linked(value) == [
        ("a.png", ((None, "A ball"), (None, "Ball"), (None, "In the grass")), None)
    ]


def test_image_objects_are_found_wherever_they_lie():
    article = {"@type": "Article", "name": "no picture", "image": IMAGE | {"name": "Inner"}}
    graph = {"@graph": [article, IMAGE | {"@type": ["Thing", "ImageObject"], "name": "Listed"}]}
    assert [texts for _, texts, _ in linked(graph)] == [((None, "Inner"),), ((None, "Listed"),)]


@pytest.mark.parametrize(
    "kind", ["ImageObject", "http://schema.org/ImageObject", "schema:ImageObject"]
)
def test_the_type_may_be_written_in_full(kind):
    assert linked(IMAGE | {"@type": kind, "name": "x"}) == [("a.png", ((None, "x"),), None)]


def test_languages_of_texts_and_of_the_object_are_kept():
    value = IMAGE | {
        "inLanguage": "de",
        "caption": [{"@value": "Un ballon", "@language": "fr"}, "Ein Ball"],
    }
    assert linked(value) == [("a.png", (("fr", "Un ballon"), ("de", "Ein Ball")), None)]


def test_links_and_licences_may_be_objects_or_lists():
    value = {"@type": "ImageObject", "url": [{"@id": "b.png"}], "license": {"url": "l.html"}}
    assert linked(value) == [("b.png", (), "l.html")]


@pytest.mark.parametrize(
    "script",
    ["", "{", "[" * 100_000, "5", '{"@type": "ImageObject"}', '{"@type": 5, "url": 7}', "null"],
)
def test_what_is_no_description_of_a_picture_is_passed_over(script):
    assert linked(script, IMAGE | {"name": "x"}) == [("a.png", ((None, "x"),), None)]


def test_control_characters_in_json_are_borne():
    assert linked('{"@type": "ImageObject", "contentUrl": "a.png", "name": "a\nb"}') == [
        ("a.png", ((None, "a b"),), None)
    ]


def graph(body: str) -> list[tuple]:
    return [(d.link, d.texts) for d in open_graph(LexborHTMLParser(body))]


def test_open_graph_gives_each_image_its_alt_text_and_the_pages_title():
    body = """<meta property="og:title" content="On balls">
    <meta property="og:locale" content="de_AT">
    <meta property="og:image" content="a.png"><meta property="og:image:alt" content="Ein Ball">
    <meta property="og:image" content="b.png"><meta property="og:image:width" content="9">"""
    assert graph(body) == [
        ("a.png", (("de-AT", "Ein Ball"), ("de-AT", "On balls"))),
        ("b.png", (("de-AT", "On balls"),)),
    ]


def test_an_image_that_is_named_twice_in_a_row_is_one():
    body = """<meta name="og:image" content="a.png"><meta name="OG:image:url" content="a.png">
    <meta property="og:image:alt" content="A ball">"""
    assert graph(body) == [("a.png", ((None, "A ball"),))]


def test_open_graph_without_image_or_words_gives_no_texts():
    assert graph('<meta property="og:title" content="x">') == []
    assert graph('<meta property="og:image" content="a.png">') == [("a.png", ())]
    assert graph('<meta property="og:image:alt" content="x"><meta property="og:image">') == []
