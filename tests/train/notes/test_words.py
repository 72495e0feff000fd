import numpy as np


def test_the_tokens_of_a_word_are_one_and_padding_stands_for_itself(noted, words):
    corpus = noted("words")
    rows = np.arange(len(corpus))
    width = int(corpus.tokens.lengths().max()) + 2
    units = corpus.notes[0](rows, rows, width)["words"].numpy()
    spans = words.spans(corpus.captions, 16)
    for row in (0, 5, len(rows) - 1):
        caption, length = corpus.captions[row], corpus.tokens.lengths()[row]
        own = spans.characters[spans.starts[row] : spans.starts[row + 1]]
        assert units[row, 0] == 0
        assert units[row, length - 1 :].tolist() == list(range(length - 1, width))
        for at in range(1, length - 1):
            between = caption[own[units[row, at], 0] : own[at, 1]]
            assert " " not in between.strip()
            first = own[at, 0]
            begins = first == 0 or {caption[first - 1], caption[first]} & {" ", ","}
            assert bool(begins) == (units[row, at] == at)
