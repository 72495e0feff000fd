"""Karpathy's splits, as their archive has them."""

import pytest

from curate.dataset.errors import DataError, SourceError
from tests.train.tasks.formats import _files
from train import task_set
from train.tasks import examples
from train.tasks.formats import karpathy

PARTS = {"train": "train2014", "restval": "val2014", "val": "val2014", "test": "val2014"}


def image(number, split, *captions, filepath=None):
    folder = PARTS[split] if filepath is None else filepath
    told = [
        {"tokens": raw.lower().split(), "raw": raw, "imgid": number, "sentid": 10 * number + at}
        for at, raw in enumerate(captions)
    ]
    found = {"sentids": [one["sentid"] for one in told], "imgid": number, "sentences": told}
    found |= {"split": split, "filename": f"COCO_{folder}_{number:012}.jpg", "cocoid": number}
    return found | ({"filepath": folder} if folder else {})


@pytest.fixture
def folder(tmp_path):
    images = [
        image(1, "train", "A dog runs.", "The dog runs!"),
        image(2, "restval", "A cat."),
        image(3, "val", "A bird."),
        image(4, "test", "A cow.", "Two cows.", "A cow."),
    ]
    _files.write(tmp_path / "dataset_coco.json", {"images": images, "dataset": "coco"})
    for number, one in enumerate(images):
        place = tmp_path / one["filepath"] / one["filename"]
        _files.draw(place, (40 + number, 40))
    return tmp_path


def test_all_captions_of_a_picture_are_one_example_in_its_split(folder):
    found = list(karpathy.examples(karpathy.Params(), folder))
    assert [one.split for one in found] == ["train", "train", "validation", "test"]
    assert found[0].answers == ("A dog runs.", "The dog runs!")
    assert found[3].answers == ("A cow.", "Two cows.")
    assert found[0].example == "COCO_train2014_000000000001"
    assert all((one.text, one.lang) == ("en", "en") for one in found)


def test_they_become_a_set_of_pictures_and_examples(folder, project):
    params = {"kind": "karpathy", "reads": str(folder)}
    told = task_set.main("coco", project / "coco", params)
    assert told["examples"] == {"train": 2, "validation": 1, "test": 1}
    assert told["held_out_pictures_that_train"] == 0
    assert examples.kind(project / "coco") == "karpathy"


def test_flickr_has_one_folder_of_pictures(tmp_path):
    images = [image(1, "test", "A dog.", filepath="")]
    _files.write(tmp_path / "dataset_flickr30k.json", {"images": images, "dataset": "flickr30k"})
    place = _files.draw(tmp_path / "flickr30k-images" / images[0]["filename"])
    (one,) = karpathy.examples(karpathy.Params(dataset="flickr30k"), tmp_path)
    assert one.pictures == (place,)


def test_what_is_missing_or_of_another_form_is_told(folder):
    with pytest.raises(SourceError, match=r"dataset_flickr8k.json; get caption_datasets.zip"):
        list(karpathy.examples(karpathy.Params(dataset="flickr8k"), folder))
    odd = image(1, "train", "A dog.") | {"split": "dev"}
    _files.write(folder / "dataset_coco.json", {"images": [odd]})
    with pytest.raises(DataError, match="is of split 'dev', none of train, restval, val, test"):
        list(karpathy.examples(karpathy.Params(), folder))
    _files.write(folder / "dataset_coco.json", {"images": [image(1, "train", "!")]})
    (omitted,) = karpathy.examples(karpathy.Params(), folder)
    assert omitted.reason == "no words"
