import numpy as np


def test_an_object_is_one_with_the_attributes_before_it(noted, words):
    corpus = noted("phrases")
    spans = words.spans(corpus.captions, 16)
    for row in np.flatnonzero(corpus.languages == "en")[:5]:
        caption = corpus.captions[row]
        _, _, colour, shape = caption.split()
        units = corpus.notes[0](np.array([row]), np.array([row]), 16)["phrases"][0].numpy()
        own = spans.within(row, caption.index(colour), len(caption))
        assert set(units[own]) == {own[0]}
        assert (units[: own[0]] < own[0]).all()
        assert shape in caption


def test_a_caption_without_a_graph_goes_by_words(noted):
    corpus = noted("phrases", "words")
    rows = np.flatnonzero(corpus.languages == "de")
    phrases, alone = (note(rows, rows, 16) for note in corpus.notes)
    assert phrases["phrases"].equal(alone["words"])
