"""A picture and what is said of it in; how well they fit, by any CLIP that `open_clip` loads, out.

The code that loads and asks the model is that of the scorer, see `curate.scorers.clip`.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from curate.dataset import memory, pixels
from curate.dataset.errors import ParamsError, WeightsError

_lock = threading.Lock()  # a process has one model, whatever its threads


def similarity(
    model: str, weights: str | None, data: bytes, captions: Sequence[str], max_pixels: int
) -> float:
    """Cosine of a picture and the caption that fits it best, 4 decimals.

    Args:
        model: open_clip's name, as `score.clip.model`.
        weights: as `score.clip.weights`.
        data: encoded picture.
        captions: one at least.
        max_pixels: width x height.

    Raises:
        ImageError: the picture cannot be read.
        WeightsError: the model cannot be had.
    """
    from curate.scorers import clip

    picture = pixels.decode(data, max_pixels)
    images, texts = _encoders(model, weights)
    vector = images([("", picture)])[""]
    known = texts(sorted(set(captions)))
    return round(max(float(vector @ known[caption]) for caption in known), clip.DECIMALS)


def fingerprint(model: str, weights: str | None) -> str:
    """Hash of the model, which is loaded, so that one that cannot be had is found out.

    Raises:
        WeightsError: the model cannot be had.
    """
    from curate.scorers import clip

    _encoders(model, weights)
    return memory.fingerprint(clip.fingerprint(_params(model, weights)), Path(clip.__file__))


def _encoders(model: str, weights: str | None) -> Any:
    from curate.scorers import clip

    with _lock:
        try:
            params = _params(model, weights)
            clip.fingerprint(params)
            return clip.encoders(params)
        except (WeightsError, ParamsError) as error:
            raise WeightsError(
                "crawl.guard.model is to compare pictures with captions and cannot be had; null "
                f"does without, and what score.clip takes will do, namely:\n{error}"
            ) from error


def _params(model: str, weights: str | None) -> Any:
    from curate.scorers import clip

    return clip.Params(model=model, weights=weights, batch=1)
