"""Vectors in; a place on a plane for each out, where neighbours stay neighbours."""

import numpy as np

_LEAST = 5  # vectors that t-SNE is asked about
_NEIGHBOURS = 30.0  # t-SNE's perplexity: how many others a vector minds, about
_STEPS = 750


def plane(vectors: np.ndarray) -> np.ndarray:
    """Lay vectors out by t-SNE (van der Maaten and Hinton, 2008; `sklearn.manifold`).

    It starts at the first two principal components and works in one thread, so that the same
    vectors always lie in the same places. Its time grows with N log N: 1,500 take 5 s.

    Args:
        vectors: (N, D) of length 1.

    Returns:
        (N, 2) in [0, 1]; from left to right and from top to bottom.
    """
    count = len(vectors)
    if count < _LEAST:
        return np.stack([(np.arange(count) + 0.5) / max(count, 1), np.full(count, 0.5)], axis=1)
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    layout = TSNE(
        init="pca",
        perplexity=min(_NEIGHBOURS, (count - 1) / 3),
        max_iter=_STEPS,
        random_state=0,
        n_jobs=1,
    )
    with threadpool_limits(1):
        places = layout.fit_transform(vectors.astype(np.float32))
    low, high = places.min(axis=0), places.max(axis=0)
    return (places - low) / np.maximum(high - low, 1e-12)
