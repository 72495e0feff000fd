"""COCO's captions, as its page hands them out."""

import pytest

from curate.dataset.errors import DataError, SourceError
from tests.train.tasks.formats import _files
from train.tasks.formats import coco_captions


def write(folder, subset, told):
    """A file of captions by picture, and the pictures."""
    images = [
        {"license": 3, "file_name": f"{number:012}.jpg", "height": 48, "width": 64, "id": number}
        for number in told
    ]
    said = [(number, caption) for number, own in told.items() for caption in own]
    annotations = [
        {"image_id": number, "id": 700 + at, "caption": caption}
        for at, (number, caption) in enumerate(said)
    ]
    content = {"info": {}, "licenses": [], "images": images, "annotations": annotations}
    _files.write(folder / f"annotations/captions_{subset}.json", content)
    for one in images:
        _files.draw(folder / subset / one["file_name"])


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, "train2017", {9: ["A dog.", "The dog"], 25: ["A giraffe"]})
    write(tmp_path, "val2017", {139: ["A room", "A table"]})
    return tmp_path


def test_all_captions_of_a_picture_are_one_example(folder):
    found = list(coco_captions.examples(coco_captions.Params(), folder))
    assert [one.example for one in found] == ["9", "25", "139"]
    assert [one.split for one in found] == ["train", "train", "test"]
    assert found[0].answers == ("A dog.", "The dog")
    assert found[2].pictures == (folder / "val2017/000000000139.jpg",)
    (one, *_) = coco_captions.examples(coco_captions.Params(language="ja"), folder)
    assert (one.text, one.lang, one.kind) == ("ja", "ja", "ja")


def test_what_is_missing_is_named_with_what_to_get(folder):
    with pytest.raises(SourceError, match=r"get annotations_trainval2014.zip from COCO's own page"):
        list(coco_captions.examples(coco_captions.Params(year="2014"), folder))


def test_a_caption_of_no_picture_is_an_error_and_a_picture_without_one_is_omitted(folder):
    write(folder, "val2017", {139: []})
    (*_, omitted) = coco_captions.examples(coco_captions.Params(), folder)
    assert (omitted.item, omitted.reason) == ("139", "no words")
    said = [{"image_id": 7, "id": 1, "caption": "A dog"}]
    _files.write(folder / "annotations/captions_val2017.json", {"images": [], "annotations": said})
    with pytest.raises(DataError, match="has captions of image 7, which it does not name"):
        list(coco_captions.examples(coco_captions.Params(), folder))
