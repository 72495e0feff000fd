"""Emoji and their names."""

import dataclasses
import json
from pathlib import Path

import pytest

from curate.dataset.errors import ParamsError, SourceError
from curate.sources import Found, Refusal, Video, emoji


def annotations(root: str, **names: dict) -> str:
    return json.dumps({root: {"identity": {}, "annotations": names}})


@pytest.fixture
def packages(package, drawn) -> Path:
    manifest = '{"name": "@of/drawings", "version": "1.0.0"}'
    files = ("1f431", "2764-fe0f", "1f44d-1f3fd", "1f9ff", "1f3f4-e0067_e0062")
    colours = ("red", "blue", "green", "black", "white")
    package(
        "drawings",
        {"package/package.json": manifest}
        | {
            f"package/assets/{f}.png": drawn("square", c)
            for f, c in zip(files, colours, strict=True)
        },
    )
    thumb = {"👍🏽": {"tts": ["thumbs up:  medium skin tone"]}}
    package("derived", {"package/derived/en/annotations.json": annotations("derived", **thumb)})
    english = {
        "🐱": {"tts": ["cat face"], "default": ["cat", "face", "pet"]},
        "❤️": {"tts": ["red heart"], "default": ["heart"]},
    }
    german = {"🐱": {"tts": ["Katzengesicht"]}, "❤": {"tts": ["rotes Herz"]}}
    return package(
        "names",
        {
            "package/names/en/annotations.json": annotations("names", **english),
            "package/names/de/annotations.json": annotations("names", **german),
        },
    )


def params(**changes: object) -> emoji.Params:
    values = {"pictures": "drawings", "names": ("names", "derived"), "languages": ("en", "de")}
    return emoji.Params(**values | changes)


def listed(packages: Path, given: emoji.Params) -> dict[str, Found | Refusal]:
    items = emoji.items(given, packages, packages)
    found = [i if isinstance(i, Refusal) else emoji.read(i, given) for i in items]
    return {entry.item.rpartition("/")[2]: entry for entry in found}


def test_a_picture_has_its_name_in_every_language_that_has_one(packages):
    found = listed(packages, params())
    said = {name: [c[:2] for c in f.captions] for name, f in found.items() if isinstance(f, Found)}
    assert said == {
        "1f431.png": [("en", "cat face"), ("de", "Katzengesicht")],
        "2764-fe0f.png": [("en", "red heart"), ("de", "rotes Herz")],
        "1f44d-1f3fd.png": [("en", "thumbs up: medium skin tone")],
    }


def test_a_picture_says_where_it_and_its_names_came_from(packages):
    cat = listed(packages, params(licence="MIT"))["1f431.png"]
    assert isinstance(cat, Found)
    assert cat.url == "pkg:npm/%40of/drawings#assets/1f431.png"
    assert cat.captions[1].page == "pkg:deb/debian/names#package/names/de/annotations.json"
    assert cat.licence == "MIT"


@pytest.mark.parametrize(
    ("version", "named"),
    [
        ("1.1.0", {"1f44d-1f3fc.png": "medium", "1f44d-1f3fd.png": "medium-light"}),
        ("1.2.0", {"1f44d-1f3fc.png": "medium-light", "1f44d-1f3fd.png": "medium"}),
    ],
)
def test_a_misnamed_drawing_is_told_as_what_it_shows_in_the_versions_that_have_the_fault(
    package, drawn, version, named
):
    manifest = json.dumps({"name": "@lobehub/fluent-emoji-3d", "version": version})
    pictures = {f"package/assets/{name}": drawn("square", "red") for name in named}
    package("misnamed", {"package/package.json": manifest} | pictures)
    tones = {
        f"👍{character}": {"tts": [f"thumbs up: {tone} skin tone"]}
        for character, tone in (("\U0001f3fc", "medium-light"), ("\U0001f3fd", "medium"))
    }
    table = {"package/names/en/annotations.json": annotations("names", **tones)}
    packages = package("toned", table)
    given = params(pictures="misnamed", names=("toned",), languages=("en",))
    found = listed(packages, given)
    said = {name: f.captions[0].text for name, f in found.items() if isinstance(f, Found)}
    assert said == {name: f"thumbs up: {tone} skin tone" for name, tone in named.items()}


def test_pictures_without_a_name_are_refused_with_a_reason(packages):
    found = listed(packages, params())
    reasons = {name: f.reason for name, f in found.items() if isinstance(f, Refusal)}
    assert reasons == {"1f9ff.png": "no caption", "1f3f4-e0067_e0062.png": "file name"}


def test_keywords_are_an_english_caption_only_where_asked_for(packages):
    cat = listed(packages, params(keywords=True))["1f431.png"]
    assert [c[:2] for c in cat.captions] == [
        ("en", "cat face"),
        ("en", "cat, face, pet"),
        ("de", "Katzengesicht"),
    ]


def test_an_unknown_locale_is_answered_with_the_known_ones(packages):
    with pytest.raises(ParamsError, match=r"'tlh' \(known: de, en\)"):
        emoji.items(params(languages=("tlh",)), packages, packages)


def test_a_package_that_was_not_fetched_is_named(packages):
    with pytest.raises(SourceError, match="package gone is not in"):
        emoji.items(params(pictures="gone"), packages, packages)


def test_a_drawing_that_moves_lies_beside_the_still_one_of_the_emoji_that_both_show(
    package, packages, drawn, moving
):
    """The still drawing of 1f44d-1f3fc shows a medium tone, its animation what its name says."""
    manifest = '{"name": "@lobehub/fluent-emoji-3d", "version": "1.1.0"}'
    names = ("1f44d-1f3fc", "1f44d-1f3fd", "1f431")
    stills = {f"package/assets/{name}.webp": drawn("square", "red") for name in names}
    package("stills", {"package/package.json": manifest} | stills)
    thumb = {t: {"tts": [t]} for t in ("\U0001f44d\U0001f3fc", "\U0001f44d\U0001f3fd")}
    package("tones", {"package/names/en/annotations.json": annotations("names", **thumb)})
    clips = {name: moving(colour) for name, colour in zip(names[:2], ("red", "blue"), strict=True)}
    files = clips | {"1f431": drawn("square", "blue", encoding="WEBP"), "readme": moving("gold")}
    manifest = '{"name": "@of/moving", "version": "1.0.0"}'
    package(
        "moving",
        {"package/package.json": manifest}
        | {f"package/assets/{name}.webp": data for name, data in files.items()},
    )
    given = params(pictures="stills", names=("names", "tones"), languages=("en",))
    found = listed(packages, dataclasses.replace(given, animations=("moving",)))
    assert {name: one.video for name, one in found.items()} == {
        "1f44d-1f3fc.webp": (
            Video(clips[names[1]], "pkg:npm/%40of/moving#assets/1f44d-1f3fd.webp"),
        ),
        "1f44d-1f3fd.webp": (
            Video(clips[names[0]], "pkg:npm/%40of/moving#assets/1f44d-1f3fc.webp"),
        ),
        "1f431.webp": (),
    }
    assert not any(one.video for one in listed(packages, given).values())
