import numpy as np
import pytest


def test_the_tokens_of_a_phrase_have_its_regions_and_others_none(noted, words):
    corpus = noted("alignments")
    spans = words.spans(corpus.captions, 16)
    rows = np.flatnonzero(corpus.languages == "en")
    found = corpus.notes[0](rows, rows, 16)["aligned"].numpy()
    for at, row in enumerate(rows[:5]):
        caption = corpus.captions[row]
        own = spans.within(row, caption.index(caption.split()[2]), len(caption))
        assert found[at, own].tolist() == [pytest.approx([0, 0.6, 0, 0.2])] * len(own)
        assert not np.delete(found[at], own, 0).any()


def test_nothing_is_aligned_with_another_picture(noted):
    corpus = noted("alignments")
    rows = np.arange(len(corpus))
    others = np.roll(rows, len(rows) // 2)
    found = corpus.notes[0](rows, others, 16)["aligned"]
    same = corpus.image[rows] == corpus.image[others]
    assert not found[~same].any()


def test_regions_that_the_plan_has_no_place_for_are_left_out(small, told, words):
    from train import corpus as corpora

    found = corpora.load(small.snapshot, told, "train", words, 16, 2, needs=["alignments"])
    rows = np.arange(len(found))
    assert found.notes[0](rows, rows, 16)["aligned"].shape[-1] == 2
