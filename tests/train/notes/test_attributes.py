import numpy as np

from train.corpus import load


def test_a_region_has_the_attributes_of_the_phrases_that_name_it_whatever_the_caption(noted, words):
    corpus = noted("attributes")
    rows = np.arange(len(corpus))  # German captions among them, of which nothing is known
    found = corpus.notes[0](rows, rows, 16)
    tokens, sure = (found[name].numpy() for name in ("attributes", "attributed"))
    english = {corpus.image[row]: row for row in rows if corpus.languages[row] == "en"}
    spans = words.spans(corpus.captions, 16)
    for row in rows:
        told = english[corpus.image[row]]
        caption = corpus.captions[told]
        colour = caption.split()[2]
        places = spans.within(told, caption.index(colour), caption.index(colour) + len(colour))
        wanted = set(corpus.tokens.ids[corpus.tokens.starts[told] + places])
        for region, score in ((1, 0.6), (3, 0.2)):
            there = sure[row, region] > 0
            assert set(tokens[row, region][there]) == wanted
            assert np.allclose(sure[row, region][there], score)
        assert not sure[row, [0, 2]].any()


def test_a_picture_keeps_its_attributes_beside_anothers_caption(noted):
    corpus = noted("attributes")
    rows = np.arange(len(corpus))
    own = corpus.notes[0](rows, rows, 16)["attributes"]
    assert (corpus.notes[0](np.roll(rows, 1), rows, 16)["attributes"] == own).all()


def test_regions_that_the_plan_has_no_place_for_are_left_out(small, told, words):
    found = load(small.snapshot, told, "train", words, 16, 2, needs=["attributes"])
    rows = np.arange(len(found))
    assert found.notes[0](rows, rows, 16)["attributes"].shape[:2] == (len(found), 2)
