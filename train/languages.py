"""Languages of captions and a run's wishes in; how often an epoch takes each caption out."""

import numpy as np

from train.params import Sampling


def weights(languages: np.ndarray, sampling: Sampling) -> np.ndarray:
    """Passes over each pair in an epoch.

    A language of n pairs and weight w has the share p = n·w / Σ n·w of an epoch. With `alpha` its
    share is p^alpha / Σ p^alpha (XLM-R: Conneau et al., 2020, with 0.3): rare languages come more
    often, the length of the epoch stays.

    Args:
        languages: BCP-47 tag of each pair's caption, `(n,)`.
        sampling: weights by language, and alpha.

    Returns:
        `(n,)` float64.
    """
    named = sampling.languages
    other = named.get("other", 0.0)
    own = np.array([named.get(tag, other) for tag in languages], float)
    if sampling.alpha == 1 or not own.any():
        return own
    _, language = np.unique(languages, return_inverse=True)
    taken = np.bincount(language, own)
    share = taken / taken.sum()
    wished = np.where(share > 0, share, 1.0) ** sampling.alpha * (share > 0)
    factor = wished / wished.sum() / np.where(share > 0, share, 1.0)
    return own * factor[language]
