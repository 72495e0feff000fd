"""Composed pictures with known objects in; how well phrases are grounded there, by maker, out.

    python -m align.evaluate_grounding --name compose --made data/made/compose --metrics out.json

Protocol: every English caption of the made set is parsed, and its phrases are matched with the
regions that a maker finds in its picture, as the labeler `grounding` does. Each mention of a known
object is judged by the parsed phrase that shares most characters with it; a mention of which the
parser makes none is missed. `align.grounding.metrics` says what is measured. The pictures are made
of cut-outs which the demo's CLIP was trained on, on grounds and in sizes that it was not.

Relations of place are checked as `align.grounding.places` does. All are true here, so what is
contradicted is a false alarm, and a caption that said the opposite would be contradicted exactly
where these are borne out. `named_elsewhere` is how often a phrase names a region of a picture that
shows no such thing.
"""

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from align.grounding import metrics, phrases, places, scenes
from align.grounding.encoder import encode
from align.grounding.matching import Rule, match_caption, named_boxes
from align.grounding.scenes import Scene
from align.regions.look import Sight, look, values_of
from curate.dataset.sets import distinct_images
from curate.stage.params import parameters
from curate.stage.run import run


@parameters
class EvaluateParams(Sight):
    """Which makers are measured, and how phrases are matched."""

    makers: dict[str, dict[str, Any]]  # name -> as label_linked.regions.maker
    wordnet: Path  # archive of its package, or folder with its files
    reads: str | None = None  # path that the stage depends on
    rule: Rule = Rule()  # as label_grounded.grounding.rule
    clear: float = 0.1  # as label_grounded.grounding.clear


def main(name: str, made: Path, params: EvaluateParams) -> dict[str, Any]:
    """Figures of each maker; of none where no English caption mentions a known object.

    Args:
        name: of its section.
        made: a made set with known objects and mentions, or a folder of such.
        params: its section.
    """
    known, pairs = scenes.read(made, params.wordnet)
    if not known:
        print(f"no English caption in {made} mentions an object of a known box", file=sys.stderr)
        return {"captions": 0, "images": 0, "makers": {}}
    words = phrases.distinct(p for scene in known for p in scene.phrases)
    vectors = encode(words, params.model, params.weights, f"evaluate_grounding.{name}.model")
    of_words = dict(zip(words, vectors, strict=True))
    images = distinct_images(pairs)
    found = {}
    for kind, maker in params.makers.items():
        regions = {
            row["image"]: (_matrix(row["boxes"], 4), _matrix(row["embeddings"], vectors.shape[1]))
            for row in look(images, values_of(params, maker)).to_pylist()
            if row["boxes"]
        }
        found[kind] = judged(known, regions, of_words, params.rule, params.clear)
    return {"captions": len(known), "images": images.num_rows, "makers": found}


def judged(
    known: list[Scene],
    regions: dict[str, tuple[np.ndarray, np.ndarray]],
    of_words: dict[str, np.ndarray],
    rule: Rule,
    clear: float,
) -> dict[str, Any]:
    """Figures of the scenes, by regions of one maker.

    Args:
        known: the scenes.
        regions: image -> boxes `(n, 4)` and unit vectors `(n, E)`; unreadable ones have none.
        of_words: words of a phrase -> its unit vector `(E,)`.
        rule: when a phrase names a region.
        clear: as of `places.told`.
    """
    one: list[metrics.Judged] = []
    several: list[metrics.Judged] = []
    relations = Counter[str]()
    for scene in known:
        boxes, vectors = regions.get(scene.image, (np.zeros((0, 4)), np.zeros((0, 1))))
        matches = match_caption(scene.phrases, vectors, of_words, rule) if len(boxes) else []
        for mention in scene.mentions:
            place = scene.phrase_of(mention)
            judgement = (
                metrics.missed(mention.visible)
                if place is None or not matches
                else metrics.judge(
                    boxes[matches[place].ranked],
                    matches[place].named,
                    mention.boxes,
                    mention.visible,
                )
            )
            (one if len(mention.boxes) == 1 else several).append(judgement)
        at = named_boxes(scene.phrases, matches, boxes) if matches else {}
        for _, told in places.checked(scene.edges, at, clear):
            relations[{True: "held", False: "contradicted", None: "untold"}[told.holds]] += 1
    return {
        "regions_per_image": sum(len(b) for b, _ in regions.values()) / max(len(regions), 1),
        "all": metrics.figures(one + several),
        "singular": metrics.figures(one),
        "plural": metrics.figures(several),
        "named_elsewhere": elsewhere(known, regions, of_words, rule),
        "relations": {name: relations[name] for name in ("held", "contradicted", "untold")},
    }


def elsewhere(
    known: list[Scene],
    regions: dict[str, tuple[np.ndarray, np.ndarray]],
    of_words: dict[str, np.ndarray],
    rule: Rule,
) -> float | None:
    """Share of the phrases that name a region of a picture that shows no such thing.

    The picture is that of the scene half the list on; heads that its captions have are left out.
    """
    heads: dict[str, set[str]] = {}
    for scene in known:
        heads.setdefault(scene.image, set()).update(p.words.split()[-1] for p in scene.phrases)
    asked = named = 0
    for scene, other in zip(known, known[len(known) // 2 :] + known, strict=False):
        said = [p for p in scene.phrases if p.words.split()[-1] not in heads[other.image]]
        if said and other.image in regions:
            found = match_caption(said, regions[other.image][1], of_words, rule)
            asked += len(found)
            named += sum(m.named > 0 for m in found)
    return named / asked if asked else None


def _matrix(values: list[float], width: int) -> np.ndarray:
    return np.array(values, np.float32).reshape(-1, width)


if __name__ == "__main__":
    run("align.evaluate_grounding", section="evaluate_grounding")
