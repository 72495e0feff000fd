"""English captions and their pictures in; which relations of place the pictures contradict, out.

Sides that a caption names (`a dog to the left of a cat`) are held against the boxes of what its
phrases name, found as by the labeler `grounding`: a mirrored picture, a swapped caption. Only
captions with such a relation cost anything, and only what is sure is judged. The `relations` that
are `contradicted` are for `curate.filter`.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from align import lexicon, network, parser
from align.grounding import phrases, places
from align.grounding.encoder import encode
from align.grounding.matching import Rule, match_caption, named_boxes
from align.grounding.scenes import parsed
from align.regions import look
from align.regions.look import Sight
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
class Params(Sight):
    """Whose regions and words, and when a phrase names a region."""

    wordnet: Path  # archive of its package, or folder with its files
    maker: dict[str, Any] = Field(default={"kind": "proposals"})  # as label_linked.regions.maker
    rule: Rule = Rule()  # as label_grounded.grounding.rule
    clear: float = 0.1  # as label_grounded.grounding.clear


def fingerprint(params: Params) -> str:
    """Hash of WordNet's files, of the parser's network, and of what regions follow from.

    Raises:
        DataError: there is no WordNet.
        ParamsError: the maker of regions is none.
        WeightsError: there is no model, or the maker's file is not there.
    """
    wordnet.check(params.wordnet)
    regions = look.fingerprint(look.values_of(params, params.maker))
    return memory.fingerprint(params.wordnet, network.FILE, regions)


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
            matches = match_caption(told, embeddings, of_words, params.rule)
            at = named_boxes(told, matches, boxes)
            held = [t.holds for _, t in places.checked(edges, at, params.clear)]
            found[row["uid"]] = (len(held) - held.count(None), held.count(False))
    uids = rows.column("uid").to_pylist()
    return pa.table(
        [uids, *([found.get(u, (None, None))[i] for u in uids] for i in (0, 1))], schema=SCHEMA
    )


def _seen(rows: pa.Table, params: Params) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Image -> boxes and unit vectors of its regions; unreadable ones are left out."""
    looked = look.look_at_group(distinct_images(rows), look.values_of(params, params.maker))
    found = {}
    for row in looked.to_pylist():
        if row["boxes"]:
            boxes = np.array(row["boxes"], np.float32).reshape(-1, 4)
            vectors = np.array(row["embeddings"], np.float32).reshape(len(boxes), -1)
            found[row["image"]] = boxes, vectors
    return found
