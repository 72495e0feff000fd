"""Clip art: titles from the RDF of drawings."""

from pathlib import Path

import pytest

from curate.sources import Found, Refusal, clipart

RDF = """<?xml version="1.0"?>{doctype}
<svg xmlns="http://www.w3.org/2000/svg" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:cc="http://web.resource.org/cc/"
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><metadata><rdf:RDF><cc:Work rdf:about="">
<dc:publisher><cc:Agent><dc:title>The publisher</dc:title></cc:Agent></dc:publisher>
{work}
</cc:Work></rdf:RDF></metadata><rect/></svg>"""
BOMB = (
    '<!DOCTYPE svg [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)


def read(package, drawn, work: str, doctype: str = "") -> Found | Refusal:
    package("pictures", {"png/a/cat.png": drawn("circle", "red")})
    packages = package("drawings", {"svg/a/cat.svg": RDF.format(work=work, doctype=doctype)})
    return one(packages)


def one(packages: Path) -> Found | Refusal:
    params = clipart.Params(
        pictures="pictures", pictures_path="png", drawings="drawings", drawings_path="svg"
    )
    (item,) = clipart.items(params, packages, packages)
    return item if isinstance(item, Refusal) else clipart.read(item, params)


def test_title_and_description_of_the_work_are_captions_and_the_publisher_is_not(package, drawn):
    work = "<dc:title> A  cat </dc:title><dc:description>A cat that sits.</dc:description>"
    found = read(package, drawn, work)
    assert isinstance(found, Found)
    assert [c[:2] for c in found.captions] == [("en", "A cat"), ("en", "A cat that sits.")]
    assert found.url == "pkg:deb/debian/pictures#png/a/cat.png"
    assert found.captions[0].page == "pkg:deb/debian/drawings#svg/a/cat.svg"


def test_a_description_that_repeats_the_title_is_no_second_caption(package, drawn):
    work = "<dc:title>A cat</dc:title><dc:description>A cat</dc:description>"
    assert len(read(package, drawn, work).captions) == 1


def test_noise_is_taken_as_it_is(package, drawn):
    found = read(package, drawn, "<dc:title>HASH(0x8b2f3c4)</dc:title>")
    assert [c.text for c in found.captions] == ["HASH(0x8b2f3c4)"]


@pytest.mark.parametrize(
    ("stated", "lang"), [("fr-FR", "fr-FR"), ("EN", "en"), ("English", "en"), ("All", "en")]
)
def test_a_stated_language_counts_where_it_is_a_tag(package, drawn, stated, lang):
    work = f"<dc:title>Un chat</dc:title><dc:language>{stated}</dc:language>"
    assert read(package, drawn, work).captions[0].lang == lang


@pytest.mark.parametrize(
    ("work", "doctype", "reason"),
    [
        ("<dc:title>  </dc:title>", "", "no caption"),
        ("<dc:title>Salt & pepper</dc:title>", "", "unreadable metadata"),
        ("<dc:title>&a9;</dc:title>", BOMB, "unreadable metadata"),
        ('<dc:title>&x;</dc:title>', '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
         "unreadable metadata"),
    ],
    ids=["empty", "bare ampersand", "entity bomb", "external entity"],
)  # fmt: skip
def test_metadata_that_says_nothing_or_is_an_attack_is_refused(
    package, drawn, work, doctype, reason
):
    found = read(package, drawn, work, doctype)
    assert isinstance(found, Refusal)
    assert found.reason == reason


def test_a_picture_without_drawing_is_refused(package, drawn):
    package("pictures", {"png/cat.png": drawn("circle", "red")})
    found = one(package("drawings", {"svg/dog.svg": "<svg/>"}))
    assert isinstance(found, Refusal)
    assert "no cat.svg" in found.detail
