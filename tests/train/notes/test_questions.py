import numpy as np
import pyarrow as pa
import pytest

from curate.dataset import tables
from curate.dataset.errors import DataError, EmptySetError
from curate.dataset.questions import KINDS
from train import corpus as corpora
from train.models import lxmert
from train.notes import needed, questions


def said(words, tokens):
    return words._tokenizer.decode(tokens.tolist()).strip()


def test_every_caption_of_a_picture_is_asked_what_is_asked_about_the_picture(noted, words):
    corpus = noted("questions")
    rows = np.arange(len(corpus))
    found = corpus.notes[0](rows, rows, 5)
    english = {
        image: caption
        for image, caption, lang in zip(corpus.image, corpus.captions, corpus.languages,
                                        strict=True)
        if lang == "en"
    }  # fmt: skip
    assert (found["asked"] == 2).all()
    for row in rows:
        _, _, colour, shape = english[corpus.image[row]].split()
        assert said(words, found["questions"][row, 0]) == f"{shape}?"
        assert said(words, found["questions"][row, 1]) == f"red {shape}?"
        answers = (colour, "yes" if colour == "red" else "no")
        assert found["answers"][row].tolist() == [questions.key(answer) for answer in answers]
        kinds = [KINDS[kind] for kind in found["answer_kinds"][row]]
        assert kinds == ["colour", "attribute"]


def test_another_picture_is_not_asked_about(noted):
    corpus = noted("questions")
    rows = np.arange(len(corpus))
    others = np.roll(rows, 5)
    found = corpus.notes[0](rows, others, 5)["asked"].numpy()
    assert np.array_equal(found > 0, corpus.image[rows] == corpus.image[others])
    assert not found.all()


def test_the_answers_are_those_of_the_pictures_the_most_frequent_first(noted, known):
    corpus = noted()
    found = questions.vocabulary(corpus, known, None)
    assert set(found) == {"yes", "no", "maybe", "red", "green", "blue", "black"}
    assert found[:2] == ("maybe", "no")
    keys = [questions.key(answer) for answer in found]
    assert len(set(keys)) == len(keys)
    assert all(0 <= key < 2**63 for key in keys)


def test_the_labels_are_only_read_where_a_task_asks_for_them():
    assert "questions" not in needed(lxmert.plan(lxmert.Params()))
    assert "questions" in needed(lxmert.plan(lxmert.Params(objectives={"vqa": {}})))


def test_what_is_missing_or_unknown_is_an_error_that_says_so(small, known, noted, words, tmp_path):
    with pytest.raises(DataError, match=r"questions\.parquet"):
        corpora.load(small.snapshot, small.labels, "train", words, 16, 4, needs=["questions"])
    rows = tables.read(known / "questions/questions.parquet")
    file = tmp_path / "questions/questions.parquet"
    tables.write(rows.slice(0, 0), file, ("image", "question"))
    with pytest.raises(EmptySetError, match="leave the task out"):
        questions.vocabulary(noted(), tmp_path, None)
    odd = rows.set_column(
        rows.column_names.index("kind"), "kind", pa.array(["mood"] * rows.num_rows)
    )
    tables.write(odd, file, ("image", "question"))
    with pytest.raises(DataError, match="no kind of question is named mood"):
        questions.read(noted(), words, 16, tmp_path, None)
