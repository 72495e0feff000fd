import numpy as np
import pytest

from curate.dataset.errors import DataError
from train import corpus as corpora
from train.models import uniter
from train.notes import facts, needed


@pytest.fixture
def corpus(small, known, words):
    return corpora.load(small.snapshot, known, "train", words, 16, 4, needs=["facts"])


def about(corpus):
    """Rows of whose captions something is known, and of those of which nothing is."""
    english = corpus.languages == "en"
    huge = np.array([caption.startswith("a huge") for caption in corpus.captions])
    return np.flatnonzero(english & ~huge), np.flatnonzero(english & huge)


def test_a_fact_stands_beside_its_caption_at_the_positions_after_its_words(corpus, words):
    rows, _ = about(corpus)
    found = corpus.notes[0](rows, rows, 16)
    fact = words.encode(["a huge"], 16).ids[1:-1]
    spans = words.spans(corpus.captions, 16)
    for at, row in enumerate(rows):
        caption = corpus.captions[row]
        noun = spans.within(row, caption.rindex(" ") + 1, len(caption))
        number = len(fact)
        assert found["facts"][at, :number].tolist() == fact.tolist()
        positions = range(noun[-1] + 1, noun[-1] + 1 + number)
        assert found["facts_positions"][at, :number].tolist() == list(positions)
        for token in range(number):
            assert np.flatnonzero(found["facts_of"][at, token]).tolist() == noun.tolist()
        assert found["facts_with"][at, :number, :number].all()
        assert found["facts_with"][at].sum() == number**2


def test_a_caption_of_which_nothing_is_known_has_no_fact(corpus, words):
    rows, without = about(corpus)
    both = np.array([rows[0], without[0]])
    found = corpus.notes[0](both, both, 16)
    assert not found["facts_of"][1].any()
    assert not found["facts_with"][1].any()
    assert (found["facts"][1] == words.pad).all()
    assert corpus.notes[0](without, without, 16)["facts"].shape[1] == 0


def test_a_fact_does_not_tell_whether_the_picture_is_the_captions_own(corpus):
    rows, _ = about(corpus)
    own, other = (corpus.notes[0](rows, pictures, 16) for pictures in (rows, np.roll(rows, 5)))
    assert all((own[name] == other[name]).all() for name in own)


def test_a_fact_that_reaches_beyond_the_last_position_is_left_out(small, known, words):
    corpus = corpora.load(small.snapshot, known, "train", words, 16, 4)
    rows, _ = about(corpus)
    for most, kept in ((6, False), (7, True)):  # [CLS] a tiny red circle -a -huge
        found = facts.read(corpus, words, most, known, None)(rows, rows, 6)
        assert found["facts_with"].any((1, 2)).tolist() == [kept] * len(rows)


def test_without_the_labelers_table_it_says_what_is_missing(small, told, words):
    with pytest.raises(DataError, match="branches"):
        corpora.load(small.snapshot, told, "train", words, 16, 4, needs=["facts"])


def test_only_a_plan_with_facts_reads_them():
    assert "facts" not in needed(uniter.plan(uniter.Params()))
    assert "facts" in needed(uniter.plan(uniter.Params(change={"facts": True})))
