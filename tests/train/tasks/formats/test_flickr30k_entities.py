"""Flickr30k Entities' files, as its repository has them."""

import pytest

from curate.dataset.errors import DataError, SourceError
from tests.train.tasks import _made
from tests.train.tasks.formats import _files
from train.tasks.formats import Example, Omitted, flickr30k_entities
from train.tasks.metrics import grounding

_SENTENCES = (
    "[/EN#1/people/bodyparts Two young guys] look at [/EN#2/other their hands] in "
    "[/EN#3/scene the yard] .\n"
    "[/EN#1/people Two men] play [/EN#0/notvisual a game] .\n"
)
_OBJECT = (
    "<object><name>{}</name><bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax>"
    "</bndbox></object>"
)
_ANNOTATION = (
    "<annotation><filename>{0}.jpg</filename>"
    "<size><width>64</width><height>48</height><depth>3</depth></size>"
    + _OBJECT.format(1, 1, 1, 17, 49)
    + _OBJECT.format("1</name><name>2", 33, 1, 49, 25)
    + "<object><name>3</name><scene>1</scene><nobndbox>1</nobndbox></object>"
    "</annotation>"
)


@pytest.fixture
def folder(tmp_path):
    for name, pictures in {"train": ["10", "11"], "val": ["12"], "test": ["13"]}.items():
        (tmp_path / f"{name}.txt").write_text("\n".join(pictures) + "\n")
        for picture in pictures:
            for place, text in (
                (f"Sentences/{picture}.txt", _SENTENCES),
                (f"Annotations/{picture}.xml", _ANNOTATION.format(picture)),
            ):
                (tmp_path / place).parent.mkdir(exist_ok=True)
                (tmp_path / place).write_text(text)
            _files.draw(tmp_path / f"flickr30k-images/{picture}.jpg")
    return tmp_path


def _found(folder):
    return list(flickr30k_entities.examples(flickr30k_entities.Params(), folder))


def test_a_phrase_comes_with_all_its_boxes(folder):
    found = [one for one in _found(folder) if isinstance(one, Example)]
    first = found[0]
    assert (first.example, first.text, first.kind) == ("10-0-0", "Two young guys", "people")
    assert first.boxes == ((0.0, 0.0, 0.25, 1.0), (0.5, 0.0, 0.75, 0.5))
    assert [(one.text, len(one.boxes)) for one in found[1:3]] == [
        ("their hands", 1),
        ("Two men", 2),
    ]
    assert all(one.pictures[0].is_file() for one in found)
    assert [one.split for one in found[::3]] == ["train", "train", "validation", "test"]


def test_what_has_no_box_is_omitted_with_its_reason(folder):
    omitted = [one for one in _found(folder) if isinstance(one, Omitted)][:2]
    assert [(one.item, one.reason) for one in omitted] == [
        ("10-0-2", "names the scene"),
        ("10-1-1", "has no box"),
    ]
    assert omitted[1].detail.endswith("Sentences/10.txt: 'a game'")


def test_its_boxes_are_what_the_measure_looks_for(folder):
    first = next(one for one in _found(folder) if isinstance(one, Example))
    examples = _made.table({"boxes": first.boxes, "kind": first.kind})
    figures = grounding.measure(examples, _made.boxed([(0.5, 0.0, 0.75, 0.5)]))
    assert figures["any_recall_at_1"] == 1
    assert figures["merged_recall_at_1"] == 0


@pytest.mark.parametrize(
    ("place", "text", "told"),
    [
        ("Sentences/11.txt", "[/EN#1 Two men] play .\n", r"11.txt line 1: a phrase is not of the"),
        ("Annotations/11.xml", "<annotation/>", r"11.xml .*<annotation> has no size/width"),
        ("Annotations/11.xml", "<annotation>", r"11.xml is no annotation of Flickr30k Entities"),
    ],
)
def test_a_file_of_another_form_is_named(folder, place, text, told):
    (folder / place).write_text(text)
    with pytest.raises(DataError, match=told):
        _found(folder)


def test_what_is_missing_is_named_with_what_to_get(folder):
    (folder / "Annotations/12.xml").unlink()
    with pytest.raises(SourceError, match=r"12\.xml; get annotations\.zip from the project's"):
        _found(folder)
