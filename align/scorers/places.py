"""English captions and their pictures in; which relations of place the pictures contradict, out.

Sides that a caption names (`a dog to the left of a cat`) are held against the boxes of what its
phrases name, found as by the labeler `grounding`: a mirrored picture, a swapped caption. Only
captions with such a relation cost anything, and only what is sure is judged. The `relations` that
are `contradicted` are for `curate.filter`.
"""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from align import lexicon, parser
from align.grounding import phrases, places
from align.grounding.encoder import encode
from align.grounding.matching import Rule, match
from align.grounding.scenes import parsed
from align.regions.look import look_at_group, tower_weights
from curate.dataset import languages, memory, wordnet
from curate.dataset.sets import distinct_images
from curate.stage.params import parameters

KEY = "uid"
SCHEMA = pa.schema(
    [  # all null where the caption is not declared English
        pa.field("uid", pa.string(), nullable=False),
        pa.field("relations", pa.int32()),  # of place, that the picture bears out or contradicts
        pa.field("contradicted", pa.int32()),  # those that it contradicts
    ]
)


@parameters
class Params:
    """Whose regions and words, and when a phrase names a region."""

    wordnet: Path  # archive of its package, or folder with its files
    model: str  # of regions and phrases, as label_linked.regions.model
    weights: str | None = None
    size: int | None = None  # as label_linked.regions.size
    look: str = "crops"  # as label_linked.regions.look
    maker: dict[str, Any] = Field(default={"kind": "proposals"})  # as label_linked.regions.maker
    overlap: Annotated[float, Field(ge=0, le=1)] = 0.6  # as label_linked.regions.overlap
    most: Annotated[int, Field(ge=1)] = 8  # as label_linked.regions.most
    rule: Rule = Rule()  # as label_grounded.grounding.rule
    clear: float = 0.1  # as label_grounded.grounding.clear


def fingerprint(params: Params) -> str:
    """Hash of WordNet's files and of the model.

    Raises:
        DataError: there is no WordNet.
        WeightsError: there is no model.
    """
    wordnet.check(params.wordnet)
    weights = tower_weights({"model": params.model, "weights": params.weights})
    return memory.fingerprint(params.wordnet, weights)


def score(rows: pa.Table, params: Params) -> pa.Table:
    """Relations of place of each pair, and those that its picture contradicts."""
    words = lexicon.of_folder(wordnet.folder_at(params.wordnet).resolve())
    english = languages.english(rows.column("lang"))
    captions = rows.filter(english).select(["uid", "caption", "image"]).to_pylist()
    read = {r["uid"]: parsed(r["caption"], parser.parse(r["caption"], words)) for r in captions}
    asked = {u for u, (_, edges) in read.items() if any(places.place_of(e["lemma"]) for e in edges)}
    found = dict.fromkeys(read, (0, 0))
    own = rows.filter(pc.is_in(rows.column("uid"), value_set=pa.array(sorted(asked), pa.string())))
    seen = _seen(own, params) if asked else {}
    said = phrases.distinct(p for uid in asked for p in read[uid][0])
    vectors = encode(said, params.model, params.weights, "score_parsed.places.model")
    of_words = dict(zip(said, vectors, strict=True))
    for row in own.select(["uid", "image"]).to_pylist():
        if row["image"] in seen:
            boxes, embeddings = seen[row["image"]]
            told, edges = read[row["uid"]]
            texts = np.stack([of_words[p.words] for p in told])
            matches = match(texts, embeddings, [p.things for p in told], params.rule)
            named = {
                p.node: boxes[m.ranked[: m.named]]
                for p, m in zip(told, matches, strict=True)
                if m.named
            }
            held = [t.holds for _, t in places.checked(edges, named, params.clear)]
            found[row["uid"]] = (len(held) - held.count(None), held.count(False))
    uids = rows.column("uid").to_pylist()
    return pa.table(
        [uids, *([found.get(u, (None, None))[i] for u in uids] for i in (0, 1))], schema=SCHEMA
    )


def _seen(rows: pa.Table, params: Params) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Image -> boxes and unit vectors of its regions; unreadable ones are left out."""
    names = ("model", "weights", "size", "look", "maker", "overlap", "most")
    looked = look_at_group(distinct_images(rows), {n: getattr(params, n) for n in names})
    found = {}
    for row in looked.to_pylist():
        if row["boxes"]:
            boxes = np.array(row["boxes"], np.float32).reshape(-1, 4)
            vectors = np.array(row["embeddings"], np.float32).reshape(len(boxes), -1)
            found[row["image"]] = boxes, vectors
    return found
