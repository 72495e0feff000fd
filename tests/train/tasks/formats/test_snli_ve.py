"""SNLI-VE's files, as its repository has them."""

import pytest

from curate.dataset import tables
from curate.dataset.errors import DataError, SourceError
from tests.train.tasks.formats import _files
from train import task_set
from train.tasks.formats import Omitted, snli_ve


def _line(pair, label):
    picture = pair.partition(".jpg")[0]
    return {
        "Flickr30K_ID": picture,
        "annotator_labels": [label],
        "captionID": pair.partition("#")[0],
        "gold_label": label,
        "pairID": pair,
        "sentence1": "A person on a horse jumps over a broken down airplane.",
        "sentence2": "A person is outdoors, on a horse.",
    }


@pytest.fixture
def folder(tmp_path):
    lines = {
        "train": [_line("3416050480.jpg#4r1e", "entailment"), _line("3416050480.jpg#4r1n", "-")],
        "dev": [_line("4705552913.jpg#2r1n", "neutral")],
        "test": [_line("2407214681.jpg#0r1c", "contradiction")],
    }
    for name, some in lines.items():
        _files.write_lines(tmp_path / f"snli_ve_{name}.jsonl", *some)
    _files.draw(tmp_path / "flickr30k-images/3416050480.jpg")
    return tmp_path


def test_a_sentence_comes_with_its_picture_and_what_it_is_to_it(folder):
    found = list(snli_ve.examples(snli_ve.Params(), folder))
    first = found[0]
    assert first.example == "3416050480.jpg#4r1e"
    assert first.text == "A person is outdoors, on a horse."
    assert first.pictures[0].is_file()
    told = [(one.split, *one.answers) for one in (first, *found[2:])]
    assert told == [("train", "entailment"), ("validation", "neutral"), ("test", "contradiction")]


def test_a_sentence_without_an_agreed_label_is_omitted_with_its_place(folder):
    (omitted,) = (
        one for one in snli_ve.examples(snli_ve.Params(), folder) if isinstance(one, Omitted)
    )
    assert omitted.item == "3416050480.jpg#4r1n"
    assert omitted.reason == "no agreed label"
    assert omitted.detail.endswith("snli_ve_train.jsonl line 2")


def test_another_label_is_named_and_missing_pictures_too(folder):
    _files.write_lines(folder / "snli_ve_dev.jsonl", _line("1.jpg#0r1n", "unsure"))
    with pytest.raises(DataError, match=r"snli_ve_dev.jsonl line 1: \['gold_label'\].*'unsure'"):
        list(snli_ve.examples(snli_ve.Params(), folder))
    (folder / "flickr30k-images").rename(folder / "away")
    with pytest.raises(SourceError, match=r"Flickr30k: no .*flickr30k-images; get .* on request"):
        list(snli_ve.examples(snli_ve.Params(), folder))


def test_a_task_tells_what_was_omitted_beside_what_was_rejected(folder, tmp_path, workers):
    for name in ("4705552913", "2407214681"):
        _files.draw(folder / f"flickr30k-images/{name}.jpg", colour=f"#{name[:6]}")
    out = tmp_path / "task"
    figures = task_set.main("ve", out, {"kind": "snli_ve", "reads": str(folder)})
    assert figures["examples"] == {"train": 1, "validation": 1, "test": 1}
    assert figures["omitted"] == {"no agreed label": 1}
    assert figures["rejected"] == 0
    (row,) = tables.read(out / "set/rejected.parquet").to_pylist()
    assert (row["source"], row["item"]) == ("ve", "3416050480.jpg#4r1n")
