"""Captions and pictures of COCO, Flickr30k and Flickr8k, which are to find each other.

`reads` holds what that of `karpathy` does; each caption is an example of its picture, so that a
picture has as many as people wrote of it.
"""

from collections.abc import Iterator
from pathlib import Path

from curate.stage.params import parameters
from train.tasks.formats import Example, karpathy

OBJECTIVE = "match"
METRIC = None


@parameters
class Params(karpathy.Params):
    """Captions and pictures in Karpathy's splits."""


def examples(params: Params, reads: Path) -> Iterator[Example]:
    """Every caption, with its picture; errors as those of `karpathy.told`."""
    for one in karpathy.told(params, reads):
        for place, caption in enumerate(one.captions):
            yield Example(f"{one.name}-{place}", one.split, (one.picture,), caption.strip())
