"""Composed pictures with known objects in; captions, their phrases and the phrases' boxes out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from align.grounding.phrases import Phrase, of_nodes
from align.labelers.scene import parse_all
from align.scenegraph import Graph
from curate.dataset import languages, sets, tables, truth, wordnet


class Mention(NamedTuple):
    """Words of a caption and what they name."""

    start: int
    end: int
    boxes: np.ndarray  # of all that they name, (k, 4), relative
    visible: np.ndarray  # share of their pixels that nothing covers, (k,)


class Scene(NamedTuple):
    """A caption of a picture whose truth is known."""

    uid: str
    image: str
    caption: str
    mentions: list[Mention]
    phrases: list[Phrase]  # as parsed
    edges: list[dict[str, Any]]  # as parsed, rows of the labeler `scene`

    def phrase_of(self, mention: Mention) -> int | None:
        """The place in `phrases` of the one that says what a mention does."""
        shared = [min(p.end, mention.end) - max(p.start, mention.start) for p in self.phrases]
        best = max(range(len(shared)), key=shared.__getitem__, default=None)
        return best if best is not None and shared[best] > 0 else None


def read(made: Path, wordnet_at: Path) -> tuple[list[Scene], pa.Table]:
    """The English captions of made sets whose objects are known, and where their pictures lie.

    Args:
        made: a made set with tables `objects` and `mentions`, or a folder of such.
        wordnet_at: WordNet's package or files, for the parser.

    Returns:
        Scenes by uid, and their pairs (schema `sets.LOCATED`). There are none where no English
        caption mentions an object of a known box.
    """
    objects, mentions = (_rows(made, *known) for known in (
        ("objects", truth.OBJECTS.schema), ("mentions", truth.MENTIONS.schema)
    ))  # fmt: skip
    boxes = {(r["image"], r["object"]): r for r in objects}
    said: dict[str, dict[tuple[int, int], list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in mentions:
        said[row["uid"]][row["start"], row["end"]].append(row["object"])
    pairs = tables.rows_with(sets.located([made]), "uid", sorted(said))
    pairs = pairs.filter(languages.english(pairs.column("lang")))
    words = wordnet.folder_at(wordnet_at).resolve()
    captions = pairs.column("caption").to_pylist()
    scenes = []
    for row, graph in zip(pairs.to_pylist(), parse_all(captions, words), strict=True):
        known = [
            _mention(span, [boxes[row["image"], number] for number in sorted(numbers)])
            for span, numbers in sorted(said[row["uid"]].items())
        ]
        phrases, edges = parsed(row["caption"], graph)
        scenes.append(Scene(row["uid"], row["image"], row["caption"], known, phrases, edges))
    return scenes, pairs


def parsed(caption: str, graph: Graph) -> tuple[list[Phrase], list[dict[str, Any]]]:
    """Phrases of a scene graph, and its edges as rows of the labeler `scene`."""
    nodes = [{"node": number, **n._asdict()} for number, n in enumerate(graph.nodes)]
    edges = [{"edge": number, **e._asdict()} for number, e in enumerate(graph.edges)]
    return of_nodes(caption, nodes), edges


def _mention(span: tuple[int, int], rows: Sequence[dict[str, Any]]) -> Mention:
    boxes = np.array([[r["x1"], r["y1"], r["x2"], r["y2"]] for r in rows])
    return Mention(*span, boxes, np.array([r["visible"] for r in rows]))


def _rows(made: Path, name: str, schema: pa.Schema) -> Iterable[dict[str, Any]]:
    for folder in sets.folders(made):
        file = folder / f"{name}.parquet"
        if file.is_file():
            yield from tables.conform(tables.read(file), schema, file).to_pylist()
