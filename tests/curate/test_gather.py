"""What a worker makes of one find."""

import hashlib
import io
import unicodedata
from typing import Any

import pytest
from PIL import Image

from curate import guard
from curate.blocklist import Blocklist, BlocklistParams
from curate.dataset import record
from curate.drawings import Drawings, rendered
from curate.gather import Checks, Refused, check
from curate.guard import Guard
from curate.resize import Resize
from curate.sources import Caption, Found


def found(data: bytes, *texts: str) -> Found:
    captions = tuple(Caption("fr", text, "page", "alt") for text in texts)
    return Found("item", data, captions, "url", "CC0-1.0")


def checks(**values: Any) -> Checks:
    limits = {"max_pixels": 10_000, "max_bytes": 10_000} | values
    return Checks(blocklist=Blocklist(BlocklistParams()), guard=Guard(), **limits)


def checked(find: Found, **values: Any):
    return check(find, hashlib.sha256(find.data).hexdigest(), checks(**values))


def test_captions_of_a_source_that_cleans_nothing_are_cleaned(drawn):
    data = drawn("circle", "red")
    raw = [unicodedata.normalize("NFD", "café"), "\x07", "thé\x00"]
    row, stored = checked(found(data, *raw))
    assert stored == data
    assert (row["extension"], row["width"], row["height"]) == ("png", 96, 96)
    assert [caption["caption"] for caption in row["captions"]] == ["café", "thé"]
    image = record.image_name(data)
    assert row["image"] == image
    assert row["captions"][0] == {
        "uid": record.pair_uid(image, "fr", "café"),
        "lang": "fr",
        "caption": "café",
        "page": "page",
        "origin": "alt",
    }


def test_a_find_whose_captions_say_nothing_is_refused_before_its_picture_is_decoded():
    with pytest.raises(Refused) as refused:
        checked(found(b"no picture", " ", "\x00"))
    assert refused.value.reason == "no caption"


def test_a_picture_above_the_limits_is_refused(drawn):
    data = drawn("circle", "red")
    with pytest.raises(Refused) as heavy:
        checked(found(data, "a ball"), max_bytes=len(data) - 1)
    with pytest.raises(Refused) as wide:
        checked(found(data, "a ball"), max_pixels=96 * 96 - 1)
    assert (heavy.value.reason, wide.value.reason) == ("too big", "unreadable picture")
    checked(found(data, "a ball"), max_pixels=96 * 96, max_bytes=len(data))


def test_a_picture_is_stored_in_the_size_asked_for_and_named_by_what_is_stored(drawn):
    data = drawn("circle", "red")
    resize = Resize(side=32, by="shorter", format="webp", quality=80)
    row, stored = checked(found(data, "a ball"), resize=resize)
    assert (row["extension"], row["width"], row["height"]) == ("webp", 32, 32)
    assert row["image"] == record.image_name(stored) != record.image_name(data)
    assert row["captions"][0]["uid"] == record.pair_uid(row["image"], "fr", "a ball")
    with pytest.raises(Refused) as broken:
        checked(found(data[:200], "a ball"), resize=resize)
    assert broken.value.reason == "unreadable picture"


DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40">'
    b'<circle cx="20" cy="20" r="15" fill="red"/></svg>'
)


def test_a_drawing_is_kept_as_the_picture_of_it_and_named_by_that():
    row, stored = checked(found(DRAWING, "a ball"), svg=Drawings(side=64))
    assert stored == rendered(DRAWING, Drawings(side=64))
    assert (row["extension"], row["width"], row["height"]) == ("png", 64, 32)
    assert row["image"] == record.image_name(stored)
    resize = Resize(side=16, by="shorter", format="jpg")
    row, stored = checked(found(DRAWING, "a ball"), svg=Drawings(side=64), resize=resize)
    assert (row["extension"], row["width"], row["height"]) == ("jpg", 32, 16)
    assert Image.open(io.BytesIO(stored)).getpixel((30, 2)) == (255, 255, 255)


def test_a_drawing_that_cannot_be_rendered_is_refused_and_says_why():
    for data, svg, why in (
        (DRAWING[:-6], Drawings(), "line 1: "),
        (DRAWING, Drawings(max_bytes=100), f"{len(DRAWING)} bytes, more than 100"),
    ):
        with pytest.raises(Refused) as refused:
            checked(found(data, "a ball"), svg=svg)
        assert refused.value.reason == "unreadable drawing"
        assert refused.value.detail.startswith(why)


def test_a_drawing_on_the_blocklist_is_known_by_its_file_and_by_its_look(project):
    look = guard.phash(rendered(DRAWING, Drawings()), 1_000_000)
    sha256 = hashlib.sha256(DRAWING).hexdigest()
    for entry in (f"sha256:{sha256}", f"phash:{look:016x}"):
        (project / "blocklist.txt").write_text(f"{entry}\n")
        blocklist = Blocklist(BlocklistParams(path="blocklist.txt", distance=0))
        every = Checks(1_000_000, 1_000_000, blocklist, Guard())
        assert every.forbids(DRAWING, sha256) is not None
        with pytest.raises(Refused) as refused:
            check(found(DRAWING, "a ball"), sha256, every)
        assert refused.value.reason == "blocked"
