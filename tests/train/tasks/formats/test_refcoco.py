"""RefCOCO's files, as the project `refer` lays them out."""

import pickle

import pytest

from curate.dataset.errors import DataError, ParamsError, SourceError
from tests.train.tasks.formats import _files
from train.tasks.formats import Omitted, refcoco


def _ref(number, split, *sentences, **more):
    return {
        "sent_ids": [sent_id for sent_id, _ in sentences],
        "file_name": f"COCO_train2014_000000581857_{number}.jpg",
        "ann_id": 1719310,
        "ref_id": number,
        "image_id": 581857,
        "split": split,
        "sentences": [
            {"tokens": text.split(), "raw": text.upper(), "sent_id": sent_id, "sent": text}
            for sent_id, text in sentences
        ],
        "category_id": 1,
        **more,
    }


_REFS = [
    _ref(0, "train", (0, "the lady with the blue shirt"), (1, "blue shirt")),
    _ref(1, "val", (2, "lady")),
    _ref(2, "testA", (3, "woman")),
    _ref(3, "testB", (4, "left one")),
]


def _write(folder, refs, protocol=2):
    place = folder / "refcoco/refs(unc).p"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(pickle.dumps(refs, protocol))


@pytest.fixture
def folder(tmp_path):
    _write(tmp_path, _REFS)
    image = {
        "id": 581857,
        "file_name": "COCO_train2014_000000581857.jpg",
        "width": 64,
        "height": 48,
    }
    thing = {
        "segmentation": [[16, 12, 32, 12, 32, 48]],
        "area": 288.0,
        "iscrowd": 0,
        "image_id": 581857,
        "bbox": [16.0, 12, 16.0, 36.5],
        "category_id": 1,
        "id": 1719310,
    }
    instances = {
        "info": {},
        "images": [image],
        "licenses": [],
        "annotations": [thing],
        "categories": [{"supercategory": "person", "id": 1, "name": "person"}],
    }
    _files.write(tmp_path / "refcoco/instances.json", instances)
    _files.draw(tmp_path / refcoco._FOLDER / image["file_name"])
    return tmp_path


def test_every_sentence_comes_with_the_box_of_its_thing(folder):
    found = list(refcoco.examples(refcoco.Params(), folder))
    assert [one.text for one in found[:2]] == ["the lady with the blue shirt", "blue shirt"]
    assert [one.example for one in found] == ["0", "1", "2", "3", "4"]
    assert [one.split for one in found] == ["train", "train", "validation", "test", "test"]
    assert [one.kind for one in found] == ["", "", "", "testA", "testB"]
    assert all(one.boxes == ((0.25, 0.25, 0.5, 1.0),) for one in found)  # cut to the picture
    assert all(one.pictures[0].is_file() for one in found)


def test_a_thing_whose_box_has_no_area_is_omitted_with_its_sentences(folder):
    file = folder / "refcoco/instances.json"
    file.write_text(file.read_text().replace("[16.0, 12, 16.0, 36.5]", "[16.0, 12, 0.0, 36.5]"))
    found = list(refcoco.examples(refcoco.Params(), folder))
    assert {(type(one), one.reason) for one in found} == {(Omitted, "box has no area")}
    assert [one.item for one in found] == ["0", "1", "2", "3", "4"]
    assert found[0].detail.endswith("refs(unc).p entry 0: [16.0, 12.0, 0.0, 36.5]")


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_refs_are_read_in_every_form_that_pickle_wrote_them_in(folder, protocol):
    _write(folder, _REFS, protocol)
    assert len(list(refcoco.examples(refcoco.Params(), folder))) == 5


class _Evil:
    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return open, (str(self.place), "w")


def test_a_pickle_that_would_run_code_is_refused_unrun(folder, tmp_path):
    _write(folder, [_Evil(tmp_path / "ran")])
    with pytest.raises(DataError, match=r"asks for io\.open, which could run code"):
        list(refcoco.examples(refcoco.Params(), folder))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("data", [b"", b"not a pickle", pickle.dumps(_REFS, 2)[:-30]], ids=len)
def test_a_broken_pickle_is_named(folder, data):
    (folder / "refcoco/refs(unc).p").write_bytes(data)
    with pytest.raises(DataError, match=r"refs\(unc\).p is no pickle of lists"):
        list(refcoco.examples(refcoco.Params(), folder))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"split": "testC"}, r"\[0\]\['split'\]"),
        ({"ann_id": 7}, "entry 0: .* has no annotation 7 of an image 581857"),
        ({"image_id": 7}, "entry 0: .* has no annotation 1719310 of an image 7"),
    ],
    ids=str,
)
def test_a_ref_of_another_form_is_named(folder, more, told):
    _write(folder, [_ref(0, "train", (0, "lady")) | more])
    with pytest.raises(DataError, match=told):
        list(refcoco.examples(refcoco.Params(), folder))


def test_a_split_that_nobody_made_is_an_error_and_a_missing_one_says_its_archive(folder):
    with pytest.raises(ParamsError, match=r"refcoco\+ is not split by 'umd' \(unc\)"):
        list(refcoco.examples(refcoco.Params(dataset="refcoco+", split_by="umd"), folder))
    with pytest.raises(SourceError, match=r"refcocog\.zip from the page of the project"):
        list(refcoco.examples(refcoco.Params(dataset="refcocog", split_by="umd"), folder))
