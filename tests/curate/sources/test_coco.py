"""COCO's captions, with files as they are published and as they should not be."""

import json
from pathlib import Path
from typing import Any

import pytest

from curate.dataset.errors import SourceError
from curate.sources import Found, Refusal, coco

LICENCES = [
    {"id": 1, "name": "Share-alike", "url": "http://creativecommons.org/licenses/by-nc-sa/2.0/"},
    {"id": 7, "name": "No known copyright restrictions", "url": "http://flickr.com/commons/"},
]


def read(content: Any, **values: object) -> dict[str, Found | Refusal]:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    Path("captions.json").write_bytes(text)
    params = coco.Params(**{"annotations": "captions.json", "pictures": "p"} | values)
    items = coco.items(params, Path(), Path())
    found = [i if isinstance(i, Refusal) else coco.read(i, params) for i in items]
    assert len({f.item for f in found}) == len(found)
    return {f.item: f for f in found}


def image(number: Any, **values: Any) -> dict[str, Any]:
    return {"id": number, "file_name": f"{number}.jpg", **values}


def said(*pairs: tuple[Any, Any]) -> list[dict[str, Any]]:
    return [{"id": i, "image_id": n, "caption": text} for i, (n, text) in enumerate(pairs)]


@pytest.fixture
def pictures(project, drawn):
    Path("p").mkdir()
    for number, colour in enumerate(("red", "green", "blue"), 1):
        Path(f"p/{number}.jpg").write_bytes(drawn("circle", colour))


def test_a_picture_has_every_caption_about_it_and_the_licence_that_the_table_gives(pictures):
    images = [
        image(1, license=1, coco_url="http://a.example/1.jpg", height=96, date_captured="2013"),
        image(2, license=7),
        image(3, license=9),
    ]
    content = {
        "info": {},
        "licenses": LICENCES,
        "images": images,
        "annotations": said((1, "A ball"), (2, "Green"), (1, "A red ball"), (3, "Blue")),
    }
    found = read(content, licence="MIT")
    one = found["p/1.jpg"]
    assert [tuple(c) for c in one.captions] == [
        ("en", "A ball", "captions.json", "annotation"),
        ("en", "A red ball", "captions.json", "annotation"),
    ]
    assert (one.url, one.licence) == ("http://a.example/1.jpg", "CC-BY-NC-SA-2.0")
    assert one.extra == {"id": 1, "coco_url": "http://a.example/1.jpg", "date_captured": "2013"}
    assert found["p/2.jpg"].licence == "No known copyright restrictions"
    assert (found["p/3.jpg"].url, found["p/3.jpg"].licence) == ("p/3.jpg", "MIT")


def test_what_has_no_counterpart_is_refused_by_its_id(pictures):
    images = [image(1), image(2), image(9), image(1, file_name="3.jpg"), image([3])]
    pairs = said((1, "A ball"), (9, "Gone"), (5, "Of nothing"), (5, "Again"), (2, " "), (None, "x"))
    found = read({"images": images, "annotations": pairs})
    assert {name: f.reason for name, f in found.items() if isinstance(f, Refusal)} == {
        "captions.json#annotation 4": "no caption",
        "captions.json#annotation 5": "no caption",
        "captions.json#image 1": "duplicate key",
        "captions.json#image 2": "no caption",
        "captions.json#image [3]": "broken row",
        "captions.json#image 5": "missing picture",
        "p/9.jpg": "missing picture",
    }
    assert found["captions.json#image 5"].detail == (
        "no image of this id; 2 captions, e.g. 'Of nothing'"
    )


@pytest.mark.parametrize(
    "name", ["../secret.jpg", "/etc/passwd", "a/../../secret.jpg", "..", "\0a"]
)
def test_names_that_lead_out_of_the_folder_are_not_followed(pictures, name):
    Path("secret.jpg").write_bytes(Path("p/1.jpg").read_bytes())
    images = [image(1), image(2, file_name=name)]
    found = read({"images": images, "annotations": said((1, "A"), (2, "B"))})
    assert found["captions.json#image 2"].reason == "outside the folder"
    assert found["p/1.jpg"].data


@pytest.mark.parametrize("name", [None, 3, "", " "])
def test_an_image_without_a_file_name_is_refused(pictures, name):
    found = read({"images": [image(1, file_name=name)], "annotations": said((1, "A"))})
    assert found["captions.json#image 1"].reason == "missing picture"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "no JSON"),
        (b'{"images": [], "images": []}', "key 'images' twice"),
        (b"\xff\xfe{", "cannot be read"),
        (b'{"images": "caf\xe9"}', "no utf-8"),
        ([], "no JSON object"),
        ({"images": [], "data": 1}, r"no list 'annotations' \(there: data, images\)"),
        (
            {"images": [image(1)], "annotations": [{"bbox": [], "segmentation": []}]},
            "annotations of bbox, segmentation, but no caption",
        ),
    ],
)
def test_a_file_of_another_form_is_answered_with_what_it_has(pictures, content, message):
    with pytest.raises(SourceError, match=message):
        read(content)


def test_wrong_paths_are_answered_with_what_is_there(pictures):
    with pytest.raises(SourceError, match=r"no folder q/train; \. holds captions\.json, p"):
        read({}, pictures="q/train")
    with pytest.raises(SourceError, match=r"no \.json at captoins\.json; \. holds captions"):
        read({}, annotations="captoins.json")


def test_several_files_are_read_one_after_the_other(pictures):
    Path("a").mkdir()
    for number in (1, 2):
        content = {"images": [image(number)], "annotations": said((number, "A ball"))}
        Path(f"a/captions_{number}.json").write_text(json.dumps(content))
    found = read({}, annotations="a/captions_*.json")
    assert [f.captions[0].page for f in found.values()] == [
        "a/captions_1.json",
        "a/captions_2.json",
    ]


def test_a_picture_above_the_limit_is_not_read(pictures):
    found = read({"images": [image(1)], "annotations": said((1, "A"))}, max_bytes=10)
    assert found["p/1.jpg"].reason == "too big"
