"""Counts of draws in; whether they keep a rule's rate, out: what tests of chances share.

A rule of masking or sampling is tested on at least `DRAWS` draws that do not depend on each other:
those of one unit (the tokens of a word, the regions of a group) are one draw.
"""

import dataclasses

import numpy as np

DRAWS = 100_000


def assert_rate(count, number, share):
    """`count` of `number` independent draws is the share, within three sigma."""
    count, number, share = int(count), int(number), float(share)
    assert number >= DRAWS, f"{number} draws, fewer than {DRAWS}"
    sigma = (number * share * (1 - share)) ** 0.5
    away = (count - number * share) / sigma
    assert abs(away) < 3, f"{count} of {number} are {away:+.1f} sigma from the share {share}"


def many(corpus, times):
    """A corpus whose pairs occur many times, each time under a key of its own."""
    number = len(corpus)
    rows = np.tile(np.arange(number), times)
    lengths = corpus.tokens.lengths()[rows]
    tokens = corpus.tokens._replace(
        ids=corpus.tokens.padded(rows, 0)[np.arange(lengths.max()) < lengths[:, None]],
        starts=np.concatenate([[0], np.cumsum(lengths)]),
    )

    def repeated(note):
        return lambda texts, pictures, width: note(texts % number, pictures % number, width)

    each = ("languages", "image", "family", "twins", "wording")
    return dataclasses.replace(
        corpus,
        keys=np.random.default_rng(0).integers(0, 2**63, len(rows)).astype(np.uint64),
        tokens=tokens,
        notes=tuple(repeated(note) for note in corpus.notes),
        **{name: getattr(corpus, name)[rows] for name in each},
    )


def parts(rows, most=5000):
    """Rows in parts that fit a batch."""
    return np.array_split(rows, -(-len(rows) // most))
