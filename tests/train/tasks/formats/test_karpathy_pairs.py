"""Captions and pictures in Karpathy's splits, as they are handed out."""

import pytest

from curate.dataset.errors import DataError
from curate.stage.params import build
from tests.train.tasks.formats import _files
from train import task_set
from train.tasks import examples
from train.tasks.formats import karpathy_pairs


def _image(number, split, *said):
    sentences = [
        {"tokens": text.lower().split(), "raw": text, "imgid": number, "sentid": 5 * number + at}
        for at, text in enumerate(said)
    ]
    told = {"sentids": [one["sentid"] for one in sentences], "imgid": number, "split": split}
    return {**told, "sentences": sentences, "filename": f"{number}.jpg"}


@pytest.fixture
def folder(tmp_path):
    told = [
        _image(0, "train", "Two men shake hands.", " A man greets another. "),
        _image(1, "val", "A dog runs."),
        _image(2, "test", "A child climbs up a set of stairs."),
    ]
    _files.write(tmp_path / "dataset_flickr30k.json", {"images": told, "dataset": "flickr30k"})
    for number, colour in enumerate(("red", "green", "blue")):
        _files.draw(tmp_path / f"flickr30k-images/{number}.jpg", colour=colour)
    return tmp_path


PARAMS = build(karpathy_pairs.Params, {"dataset": "flickr30k"}, "tasks.flickr")


def test_every_caption_is_an_example_of_its_picture_in_its_split(folder):
    found = list(karpathy_pairs.examples(PARAMS, folder))
    assert [one.example for one in found] == ["0-0", "0-1", "1-0", "2-0"]
    assert [one.split for one in found] == ["train", "train", "validation", "test"]
    assert found[1].text == "A man greets another."
    assert found[0].pictures == found[1].pictures
    assert all(one.pictures[0].is_file() for one in found)


def test_another_split_is_told(folder):
    _files.write(folder / "dataset_flickr30k.json", {"images": [_image(0, "dev", "A dog.")]})
    with pytest.raises(DataError, match=r"0\.jpg is of split 'dev', none of train, restval"):
        list(karpathy_pairs.examples(PARAMS, folder))


def test_pictures_become_a_set_once_each_with_all_their_captions(folder, tmp_path, workers):
    out = tmp_path / "task"
    asked = {"kind": "karpathy_pairs", "reads": str(folder), "dataset": "flickr30k"}
    figures = task_set.main("flickr", out, asked)
    assert figures["examples"] == {"train": 2, "validation": 1, "test": 1}
    assert figures["pictures"] == {"train": 1, "validation": 1, "test": 1}
    first, second = examples.read(out, "train").to_pylist()
    assert first["images"] == second["images"]
    assert first["answers"] == []
