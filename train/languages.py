"""Languages of captions and a run's wishes in; how often an epoch takes each caption out.

A language of no weight is held out: a run reads no caption of it, neither as a pair's own nor as
another's wrong one nor as a second one, and learns no tokens of it. What else a run may read is not
its choice: weights that it begins with and the network that looked at regions saw the languages
that they were trained on, and questions and facts of knowledge are told in English.
"""

import numpy as np

from curate.dataset.languages import primary
from train.params import Sampling


def weights(languages: np.ndarray, sampling: Sampling) -> np.ndarray:
    """Passes over each pair in an epoch.

    A language of n pairs and weight w has the share p = n·w / Σ n·w of an epoch. With `alpha` its
    share is p^alpha / Σ p^alpha (XLM-R: Conneau et al., 2020, with 0.3): rare languages come more
    often, the length of the epoch stays. A tag of a region (`es-MX`) that is not named itself is of
    its language (`es`).

    Args:
        languages: BCP-47 tag of each pair's caption, `(n,)`.
        sampling: weights by language, and alpha.

    Returns:
        `(n,)` float64.
    """
    names = sampling.languages
    tags, tag = np.unique(np.asarray(languages, str), return_inverse=True)
    of = [name if name in names else primary(name) for name in tags]
    own = np.array([names.get(name, names.get("other", 0.0)) for name in of], float)[tag]
    if sampling.alpha == 1 or not own.any():
        return own
    language = np.unique(of, return_inverse=True)[1][tag]
    taken = np.bincount(language, own)
    share = taken / taken.sum()
    wished = np.where(share > 0, share, 1.0) ** sampling.alpha * (share > 0)
    factor = wished / wished.sum() / np.where(share > 0, share, 1.0)
    return own * factor[language]
