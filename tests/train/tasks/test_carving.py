"""Splits carved out of training examples: by pictures that hang together, each time the same."""

import hashlib

from train.tasks.carving import carve


def _rows(number, pictures=lambda place: [f"{place // 3}"], split="train"):
    """Three examples of each picture, if not said otherwise."""
    named = [
        [hashlib.sha256(name.encode()).hexdigest() for name in pictures(n)] for n in range(number)
    ]
    return [{"example": str(n), "split": split, "images": images} for n, images in enumerate(named)]


def _images(rows, split):
    return {image for row in rows if row["split"] == split for image in row["images"]}


def test_shares_are_carved_and_no_picture_is_in_two_splits():
    rows = _rows(3000)
    carve(rows, {"validation": 0.1, "test": 0.2})
    found = {split: _images(rows, split) for split in ("train", "validation", "test")}
    assert sum(map(len, found.values())) == 1000
    assert 70 < len(found["validation"]) < 130
    assert 150 < len(found["test"]) < 250
    again = _rows(3000)[::-1]
    carve(again, {"validation": 0.1, "test": 0.2})
    assert again[::-1] == rows


def test_examples_of_two_pictures_go_with_all_that_share_one():
    rows = _rows(
        1000, lambda place: [f"{place // 10}-{place % 10}", f"{place // 10}-{(place + 1) % 10}"]
    )
    carve(rows, {"validation": 0.3, "test": 0.0})
    assert not _images(rows, "train") & _images(rows, "validation")
    assert {row["split"] for row in rows} == {"train", "validation"}


def test_a_split_that_the_set_has_stays_as_it_is():
    rows = _rows(300) + _rows(30, lambda place: [f"test {place}"], "test")
    carve(rows, {"validation": 0.1, "test": 0.5})
    assert sum(row["split"] == "test" for row in rows) == 30
    assert any(row["split"] == "validation" for row in rows)
