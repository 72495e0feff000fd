"""Who was dropped, and which pairs are which noise, in; precision and recall by kind out.

As everything that was planted is known, figures are exact, not estimates. A pair that was not
planted counts as clean: in a crawl, some that a rule drops are not, so precision is a lower bound.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

CLEAN = ""  # kind of a pair that was not planted


def kinds_of(uids: np.ndarray, truth: Mapping[str, str]) -> np.ndarray:
    """The noise that each pair is, by uid; `CLEAN` where it was not planted."""
    return np.array([truth.get(uid, CLEAN) for uid in uids.tolist()], object)


def figures(dropped: np.ndarray, kinds: np.ndarray) -> dict[str, Any]:
    """How well some drops hit what was planted.

    Args:
        dropped: (N,) bool.
        kinds: (N,) of `kinds_of`.

    Returns:
        `dropped` pairs; `precision`, share of them that was planted (None where nothing was
        dropped); `recall`, share of what was planted that was dropped (None where nothing was);
        `clean_dropped`, share of the others; `kinds`: recall by kind.
    """
    planted = kinds != CLEAN
    hits = dropped & planted
    return {
        "dropped": int(dropped.sum()),
        "precision": _share(hits.sum(), dropped.sum()),
        "recall": _share(hits.sum(), planted.sum()),
        "clean_dropped": _share((dropped & ~planted).sum(), (~planted).sum()),
        "kinds": {
            kind: _share(dropped[kinds == kind].sum(), (kinds == kind).sum())
            for kind in sorted(set(kinds.tolist()) - {CLEAN})
        },
    }


def _share(part: Any, whole: Any) -> float | None:
    return float(part / whole) if whole else None
