import numpy as np
import pyarrow as pa
import pytest

from curate.dataset import tables
from curate.dataset.errors import DataError, EmptySetError
from train import corpus as corpora
from train.models import uniter
from train.notes import entities, needed

OF = {"circle": [1.0, 0.0, 0.0], "square": [0.0, 1.0, 0.0], "triangle": [0.0, 0.0, 1.0]}


@pytest.fixture
def corpus(small, known, words):
    return corpora.load(small.snapshot, known, "train", words, 16, 4, needs=["entities"])


def test_a_nouns_tokens_have_the_mean_of_what_it_means_and_all_others_nothing(corpus, words):
    rows = np.arange(len(corpus))
    found = corpus.notes[0](rows, rows, 16)
    spans, several = words.spans(corpus.captions, 16), 0
    for row, caption in enumerate(corpus.captions):
        wanted = np.zeros((16, 3), np.float32)
        if corpus.languages[row] == "en" and not caption.startswith("a huge"):
            noun = caption.split()[-1]
            several += (both := caption.startswith("a tiny") and noun == "circle")
            places = spans.within(row, caption.rindex(" ") + 1, len(caption))
            wanted[places] = [0.5, 0.5, 0.0] if both else OF[noun]
            assert (found["entities_at"][row, places] == places[0]).all()
        assert found["entities"][row].tolist() == wanted.tolist()
    assert several


def test_meanings_do_not_tell_whether_the_picture_is_the_captions_own(corpus):
    rows = np.arange(len(corpus))
    own, other = (corpus.notes[0](rows, pictures, 16) for pictures in (rows, np.roll(rows, 5)))
    assert all((own[name] == other[name]).all() for name in own)


def test_a_graph_without_any_concept_is_refused(known, tmp_path):
    assert entities.length(known) == 3
    schema = pa.schema([("concept", pa.string()), ("vector", pa.list_(pa.float32()))])
    tables.write(schema.empty_table(), tmp_path / "knowledge/vectors.parquet", "concept")
    with pytest.raises(EmptySetError, match="no vector of a concept"):
        entities.length(tmp_path)


def test_without_the_labelers_tables_it_says_what_is_missing(small, told, words):
    with pytest.raises(DataError, match="knowledge/links"):
        corpora.load(small.snapshot, told, "train", words, 16, 4, needs=["entities"])


def test_only_a_plan_with_entities_reads_them():
    assert "entities" not in needed(uniter.plan(uniter.Params()))
    assert "entities" in needed(uniter.plan(uniter.Params(change={"entities": True})))
