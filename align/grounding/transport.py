"""Similarities of phrases and regions in; how much of each region each phrase explains, out.

Entropic optimal transport (Cuturi, "Sinkhorn distances", 2013) with a dustbin for phrases and one
for regions (Sarlin et al., "SuperGlue", 2020), since pictures show what nobody names and captions
name what is not shown. With cosines C (m x n), the cosine z at which a match is as good as none, a
temperature t and c_i regions that phrase i may name:

    maximise  sum_ij P_ij (C_ij - z) / t + H(P)    over P >= 0, (m + 1) x (n + 1), where
    P 1 = (c_1, ..., c_m, n)    and    P^T 1 = (1, ..., 1, c_1 + ... + c_m)

and dustbins gain 0. P = diag(u) K diag(v) with K = exp((C - z) / t) is found by Sinkhorn's
iterations u = a / K v, v = b / K^T u. One phrase and one region alone get P = s((C - z) / 2t), s
the logistic function. Iterations are few: shares near 0 and 1 are only nearly so.
"""

import numpy as np

_ROUNDS = 100  # of Sinkhorn's iterations, at most
_CLOSE = 1e-6  # change of what rows sum to, at which they end
_STEEPEST = 300.0  # of an exponent: beyond, a float64 overflows


def transport(
    cosines: np.ndarray, most: np.ndarray, least: float, temperature: float
) -> np.ndarray:
    """The plan without its dustbins.

    Args:
        cosines: of phrases and regions, `(m, n)`.
        most: regions that each phrase may name, 1 or more, `(m,)`.
        least: cosine at which a match is as good as none.
        temperature: of the cosines, above 0.

    Returns:
        `(m, n)` float64, each 0-1: the share of the region that the phrase explains.
    """
    phrases, regions = cosines.shape
    gains = np.zeros((phrases + 1, regions + 1))
    gains[:-1, :-1] = (cosines - least) / temperature
    kernel = np.exp(np.clip(gains, -_STEEPEST, _STEEPEST))
    rows = np.append(most, regions).astype(float)
    columns = np.append(np.ones(regions), most.sum())
    u, v = np.ones(phrases + 1), np.ones(regions + 1)
    for _ in range(_ROUNDS):
        before = u
        u = rows / (kernel @ v)
        v = columns / (kernel.T @ u)
        if np.abs(u / before - 1).max() < _CLOSE:
            break
    return np.asarray((u[:, None] * kernel * v)[:-1, :-1])
