import numpy as np

from train.notes import masks


def test_a_mask_goes_behind_the_last_word_or_in_its_place_where_there_is_no_room(pairs, words):
    lengths = pairs.tokens.lengths()
    longest = int(lengths.max())
    assert lengths.min() < longest
    rows = np.arange(len(pairs))
    for limit in (longest, longest + 1):
        at = masks.read(pairs, words, limit, None, None)(rows, rows, longest)["mask_at"].numpy()
        assert (at == np.minimum(lengths - 1, limit - 2)).all()
        assert at.max() + 2 <= limit
