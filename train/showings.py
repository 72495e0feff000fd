"""The times that an epoch shows its pairs: numbers that name a pair and which time it is.

With a weight above 1 an epoch shows a pair several times. Of n pairs the first showing of row r is
the number r, each further one r + n, r + 2n and so on: where each pair is shown once, showings are
rows. Each has a key for draws, so that a pair is masked, mismatched and ranked anew each time; that
of the first is the pair's own.
"""

import numpy as np

from train import draws


def of(times: np.ndarray) -> np.ndarray:
    """The showings of pairs that are each shown so often, in the order of the pairs.

    Args:
        times: of each pair, `(n,)` int64.
    """
    pairs = np.repeat(np.arange(len(times)), times)
    which = np.arange(len(pairs)) - np.repeat(np.cumsum(times) - times, times)
    return pairs + which * len(times)


def rows(shown: np.ndarray, number: int) -> np.ndarray:
    """The rows of some showings, of a corpus of `number` pairs."""
    return shown % number


def keys(shown: np.ndarray, own: np.ndarray) -> np.ndarray:
    """A uint64 key of each showing, given those of all pairs of the corpus, `(n,)` uint64."""
    which, row = np.divmod(shown, len(own))
    return draws.again(own[row], which)


def ranks(shown: np.ndarray, first: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Where in an epoch showings stand: a pair's are as far from each other as can be.

    Args:
        shown: as `of` gives them.
        first: of each pair, where its first showing stands, in [0, 1), `(n,)`.
        times: of each pair, `(n,)`.

    Returns:
        numbers in [0, 1), as many as there are showings.
    """
    which, row = np.divmod(shown, len(first))
    return (first[row] + which / times[row]) % 1.0
