"""Kept pairs and a way to take pictures in; the regions that it works on, and their time, out.

A comparison of ways to take pictures in (`train/compare_backbones.py`) has regions of its own for
each way, by the labeler `regions`: what is given to models of regions, and what the tasks of all
hide and name. Looks that were remembered cost nothing again.
"""

from dataclasses import field
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
from pydantic import Field

from align import label
from align.labelers import regions
from align.regions.look import look_at_group, values_of
from curate.dataset.overlay import overlay
from curate.dataset.sets import distinct_images, kept
from curate.stage import timing
from curate.stage.params import build, parameters
from curate.stage.run import run

_LABELER, _SECTION = "regions", "label_backbones"
_WARM = 5  # looks that are not timed: the first loads the tower


@parameters
class LabelBackbonesParams:
    """How the regions of each way are made."""

    all: dict[str, Any]  # parameters of the labeler regions, for every way
    own: dict[str, dict[str, Any]] = field(default_factory=dict)  # by way: beyond those of all
    pictures: Annotated[int, Field(ge=1)] = 100  # that are timed


def main(
    way: str,
    sets: Path,
    packages: Path,
    out: Path,
    params: LabelBackbonesParams,
    decisions: Path,
    of: Path,
    blurred: Path | None = None,
    learnt: Path | None = None,
) -> dict[str, Any]:
    """Label every kept pair by the regions of one way; arguments are those of `align.label`.

    Returns:
        What `align.label` does; of the pool's pairs also the kind of the maker, and `picture`: what
        it takes to look at a picture that was never seen.
    """
    values = {**params.all, **params.own.get(way, {})}
    places = (sets, packages, out)
    found = label.main(
        _LABELER, *places, values, decisions, blurred, of, learnt=learnt, section=_SECTION
    )
    if learnt is not None:
        return found
    own = build(regions.Params, values, f"{_SECTION}.{way}")
    images = distinct_images(overlay(kept([sets], [decisions]), blurred)).sort_by("image")
    took = _of_looks(images.slice(0, params.pictures), values_of(own, own.maker))
    return {**found, "maker": own.maker["kind"], "picture": took}


def _of_looks(images: pa.Table, values: dict[str, Any]) -> dict[str, float]:
    """CPU time of looking at an image: decoding, the maker and the tower; nothing is remembered."""

    def look(at: int) -> pa.Table:
        return look_at_group(images.slice(at, 1), values, filled=False)

    return timing.of_answers(look, range(images.num_rows), _WARM)


if __name__ == "__main__":
    run("align.label_backbone", section="label_backbones")
