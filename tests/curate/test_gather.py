"""What a worker makes of one find."""

import unicodedata

from curate.dataset import record
from curate.gather import check
from curate.sources import Caption, Found, Refusal


def found(data: bytes, *texts: str) -> Found:
    captions = tuple(Caption("fr", text, "page") for text in texts)
    return Found("item", data, captions, "url", "CC0-1.0")


def test_captions_of_a_source_that_cleans_nothing_are_cleaned_and_each_is_taken_once(drawn):
    data = drawn("circle", "red")
    raw = [unicodedata.normalize("NFD", "café"), " café\n", "\x07", "thé\x00"]
    form, rows = check(found(data, *raw), max_pixels=10_000, max_bytes=10_000)
    assert form == ("png", 96, 96)
    assert [row["caption"] for row in rows] == ["café", "thé"]
    image = record.image_name(data)
    assert rows[0] == {
        "uid": record.pair_uid(image, "fr", "café"),
        "image": image,
        "caption": "café",
        "lang": "fr",
        "url": "url",
        "page": "page",
        "licence": "CC0-1.0",
    }


def test_a_find_whose_captions_say_nothing_is_refused_before_its_picture_is_decoded():
    checked = check(found(b"no picture", " ", "\x00"), max_pixels=10_000, max_bytes=10_000)
    assert isinstance(checked, Refusal)
    assert checked.reason == "no caption"


def test_a_picture_above_the_limits_is_refused(drawn):
    data = drawn("circle", "red")
    heavy = check(found(data, "a ball"), max_pixels=10_000, max_bytes=len(data) - 1)
    wide = check(found(data, "a ball"), max_pixels=96 * 96 - 1, max_bytes=len(data))
    assert (heavy.reason, wide.reason) == ("too big", "unreadable picture")
    whole = check(found(data, "a ball"), max_pixels=96 * 96, max_bytes=len(data))
    assert not isinstance(whole, Refusal)
