"""Scene graphs and negatives of captions, and composed pictures that are known, in; questions out.

A question is about a picture, and its answer is certain: see `align.questions` for what each kind
follows from. Of crawled pictures is asked what their captions tell, of composed ones what they
were made to show; other made pictures are not asked. Yes and no are as frequent, whatever a
question's words: the figures say what a guesser that sees no picture reaches, of each kind.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from align.labelers import Context
from align.negatives import words as lexicon
from align.questions import asking, blind, captions, others, scenes, twins
from align.questions.absence import Absence
from align.questions.asking import Question
from align.questions.captions import Said
from align.rows import as_table
from curate.dataset import languages, tables, wordnet
from curate.dataset.errors import ParamsError
from curate.dataset.questions import QUESTIONS
from curate.stage.params import parameters

TABLES = {"questions": QUESTIONS}
WHERE = "label_grounded.questions"
_NODES = ["uid", "node", "kind", "text", "lemma", "start", "parent", "quantifier", "confidence"]
_EDGES = ["uid", "edge", "source", "target", "relation", "confidence"]
_NEGATIVES = ["uid", "negative", "lang", "kind", "how", "was", "becomes"]


@parameters
class Params:
    """Of what is asked, and how sure it must be."""

    wordnet: str = "wordnet-base"  # fetched package with WordNet's database files
    least: float = 0.5  # confidence of a caption's nodes and edges, 0-1
    except_sources: tuple[str, ...] = ()  # whose captions are not asked about


def label(pairs: pa.Table, context: Context, params: Params) -> dict[str, pa.Table]:
    """Questions about the pictures of English pairs.

    Raises:
        ParamsError: no scene graphs or no negatives are given.
        SourceError: the WordNet package was not fetched.
    """
    if context.of is None or context.beside is None or context.sets is None:
        raise ParamsError(f"{WHERE} needs `of: scene` and `beside: negatives` in its section")
    words = lexicon.of("en")
    assert words is not None
    absence = Absence(wordnet.open_folder(wordnet.folder_of(context.packages, params.wordnet)))
    known = scenes.read(context.sets, pairs)
    found = list(_of_captions(pairs, context, params, words, absence.to_see))
    found += [one for scene in known.scenes.values() for one in scenes.ask(scene, words)]
    found += twins.ask(known, absence)
    found += others.ask(known.scenes, absence)
    return {"questions": as_table(_rows(asking.agreed(found)), QUESTIONS.schema)}


def figures(pairs: pa.Table, tables: dict[str, pa.Table]) -> dict[str, Any]:
    """How many pictures are asked about, and of each kind what can be guessed blind."""
    columns = (tables["questions"].column(name).to_pylist() for name in Question._fields)
    asked = [Question(*row) for row in zip(*columns, strict=True)]
    pictures = pc.count_distinct(pairs.column("image")).as_py()
    own = len({one.image for one in asked})
    return {
        "share_of_pictures_asked_about": own / pictures if pictures else None,
        "how": dict(sorted(Counter(one.how for one in asked).items())),
        "kinds": blind.figures(asked),
    }


def _rows(asked: list[Question]) -> Iterator[tuple[Any, ...]]:
    """Rows of the table: the questions of each picture numbered from 0, given them sorted."""
    number: defaultdict[str, int] = defaultdict(int)
    for one in asked:
        yield one.image, number[one.image], *one[1:]
        number[one.image] += 1


def _of_captions(
    pairs: pa.Table,
    context: Context,
    params: Params,
    words: lexicon.Words,
    seen: captions.Seen,
) -> Iterator[Question]:
    """Questions that captions and negatives answer, of crawled pairs."""
    crawled = pairs.filter(pc.is_null(pairs.column("parent")))
    told = crawled.filter(languages.english(crawled.column("lang")))
    named = pa.array(params.except_sources, pa.string())
    told = told.filter(pc.invert(pc.is_in(told.column("source"), named)))
    assert context.of is not None
    assert context.beside is not None
    parts = [
        _by_uid(tables.read(folder / f"{name}.parquet", columns), told, params.least)
        for folder, name, columns in (
            (context.of, "nodes", _NODES),
            (context.of, "edges", _EDGES),
            (context.beside, "negatives", _NEGATIVES),
        )
    ]
    nodes, edges, negatives = parts
    for pair in told.select(["uid", "image", "caption"]).to_pylist():
        uid = pair["uid"]
        sure = {node["node"] for node in nodes.get(uid, ())}
        own = [e for e in edges.get(uid, ()) if {e["source"], e["target"]} <= sure]
        said = Said(uid, pair["image"], pair["caption"], nodes.get(uid, ()), own)
        yield from captions.of_caption(said, words, seen)
        for negative in negatives.get(uid, ()):
            yield from captions.of_negative(said, negative, words, seen)


def _by_uid(rows: pa.Table, told: pa.Table, least: float) -> dict[str, list[dict[str, Any]]]:
    """Rows of some pairs by uid, without those that the parser is not sure of."""
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in tables.rows_with(rows, "uid", told.column("uid")).to_pylist():
        if row.get("confidence") is None or row["confidence"] >= least:
            found[row["uid"]].append(row)
    return dict(found)
