"""Made pairs and what is known of them in; how far picture, caption and knowledge agree, out.

What a method knows of its pairs lies beside them (`curate.dataset.truth`): the facts that captions
state, the objects of pictures, what captions mention. It is held against what others see: the
parser reads the caption, boxes are held against the picture's frame and against the relations and
counts that are stated, and a mirrored picture is known by its pixels, as is one that is hardly
another than its parent's. A caption in another language is looked up in the corpus. A column is
null where it has nothing to judge; rules of `filter_made` say what must hold. How alike CLIP finds
picture and caption is a matter of its own scorer and of a rule `of_parent`.
"""

import functools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from align import changed, mirrored, texts, translated
from align.boxes import Object, counted, placed
from align.facts import Agreement, agreement, named, of_graph
from align.labelers.scene import parse_all
from curate.dataset import languages, parents, sets, tables, truth, wordnet
from curate.dataset.truth import Fact
from curate.stage.params import parameters
from curate.stage.run import run

VERIFIED = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field(
            "changed", pa.float32()
        ),  # of a part from the parent's picture's, 0 to 255, at most
        pa.field("stated", pa.float32()),  # share of the facts stated that the caption says
        pa.field("said", pa.float32()),  # share of the facts that the caption says that are stated
        pa.field("graph", pa.float32()),  # the lesser of both
        pa.field("inside", pa.float32()),  # least share of a mentioned object's box in the picture
        pa.field("visible", pa.float32()),  # least share of a mentioned object that nothing covers
        pa.field("placed", pa.float32()),  # share of relations of place that boxes bear out
        pa.field("counted", pa.float32()),  # share of counts that the known objects bear out
        pa.field("sides", pa.bool_()),  # the caption's sides are those of the picture
        pa.field("translated", pa.bool_()),  # the corpus says it where it says the parent's caption
        pa.field("unchanged", pa.bool_()),  # caption and language are the parent's
    ]
)
_CHECKS = VERIFIED.names[4:-1]  # of the caption
Row = dict[str, Any]


@parameters
class VerifyParams:
    """Where the words come from."""

    wordnet: Path  # archive of its package, or folder with its files


def main(pool: Path, made: Path, out: Path, params: VerifyParams) -> dict[str, Any]:
    """Verify every made pair of the sets below a folder; the pool holds their parents.

    Raises:
        DataError: there is no WordNet, or a table beside a set is not of its schema.
    """
    wordnet.check(params.wordnet)
    pairs, sources = sets.located([made]), sets.located([pool])
    of = parents.by_pair(parents.of_sets([made]))
    alone = tables.rows_with(pairs, "uid", [uid for uid, uids in of.items() if len(uids) == 1])
    columns = [
        _by_facts(pairs, made, params),
        _by_pictures(alone, sources),
        _by_captions(pairs, of, sources),
    ]
    rows = [
        {"uid": uid} | {name: value for found in columns for name, value in found[uid].items()}
        for uid in pairs.column("uid").to_pylist()
    ]
    table = pa.Table.from_pylist(rows, VERIFIED)
    tables.write(table, out, "uid", VERIFIED)
    return {"pairs": pairs.num_rows, "methods": _figures(pairs.sort_by("uid"), table)}


def _by_facts(pairs: pa.Table, made: Path, params: VerifyParams) -> Mapping[str, Row]:
    """Uid -> what facts, objects and mentions tell."""
    facts = _facts(made)
    objects = _objects(made)
    mentioned: defaultdict[str, set[int]] = defaultdict(set)
    for row in truth.of_sets([made], "mentions", truth.MENTIONS).to_pylist():
        mentioned[row["uid"]].add(row["object"])
    said = _said(pairs, facts, params)
    found: dict[str, Row] = {}
    for row in pairs.select(["uid", "image"]).to_pylist():
        uid, there = row["uid"], objects[row["image"]]
        named_here = [there[number] for number in mentioned[uid] if number in there]
        agreed = agreement(facts[uid], said[uid]) if uid in said else None
        found[uid] = {
            **_shares(agreed),
            # a mention of an object that there is not is one of nothing inside
            "inside": 0.0
            if len(named_here) < len(mentioned[uid])
            else min((o.inside for o in named_here), default=None),
            "visible": min((o.visible for o in named_here), default=None),
            "placed": placed(facts.get(uid, ()), list(there.values())),
            "counted": counted(facts.get(uid, ()), list(there.values())),
        }
    return found


def _shares(agreed: Agreement | None) -> Row:
    if agreed is None:
        return {}
    return {**agreed._asdict(), "graph": min(agreed)}


def _facts(made: Path) -> Mapping[str, frozenset[Fact]]:
    """Uid -> the facts that are stated of it."""
    found: defaultdict[str, list[Fact]] = defaultdict(list)
    for row in truth.of_sets([made], "facts", truth.FACTS).to_pylist():
        found[row["uid"]].append(Fact(*(row[name] for name in Fact._fields)))
    return {uid: named(facts) for uid, facts in found.items()}


def _objects(made: Path) -> defaultdict[str, dict[int, Object]]:
    """Image -> its objects by number."""
    found: defaultdict[str, dict[int, Object]] = defaultdict(dict)
    for row in truth.of_sets([made], "objects", truth.OBJECTS).to_pylist():
        box = (row["x1"], row["y1"], row["x2"], row["y2"])
        found[row["image"]][row["object"]] = Object(row["name"], box, row["visible"])
    return found


def _said(
    pairs: pa.Table, facts: Mapping[str, frozenset[Fact]], params: VerifyParams
) -> Mapping[str, frozenset[Fact]]:
    """Uid -> what its caption says, of English pairs of which facts are stated."""
    english = tables.rows_with(pairs, "uid", list(facts))
    english = english.filter(languages.english(english.column("lang")))
    owned = english.select(["uid", "caption"]).to_pylist()
    captions = sorted({row["caption"] for row in owned})
    folder = wordnet.folder_at(params.wordnet).resolve()
    graphs = texts.each(parse_all, captions, folder, label="verify captions", unit="captions")
    read = dict(zip(captions, map(of_graph, graphs), strict=True))
    return {row["uid"]: read[row["caption"]] for row in owned}


def _by_pictures(pairs: pa.Table, pool: pa.Table) -> Mapping[str, Row]:
    """Uid -> how far its picture differs from its parent's, and whether its sides are those of it.

    Args:
        pairs: of one parent each.
        pool: holds the parents.
    """
    before = _parents_of(pairs, pool)
    rows = pairs.to_pylist()
    found: defaultdict[str, Row] = defaultdict(dict)
    for uid, apart in changed.judge(rows, before).items():
        found[uid]["changed"] = apart
    for uid, right in mirrored.judge(rows, before).items():
        found[uid]["sides"] = right
    return found


def _by_captions(
    pairs: pa.Table, of: Mapping[str, Sequence[str]], pool: pa.Table
) -> Mapping[str, Row]:
    """Uid -> whether its caption is its parent's as it is; of a translation, whether it is one."""
    before = _parents_of(pairs, pool)
    borne_out = translated.judge(pairs, of, pool)
    found: dict[str, Row] = {}
    for row in pairs.select(["uid", "parent", "caption", "lang"]).to_pylist():
        one = before.get(row["parent"])
        same = one and (row["caption"], row["lang"]) == (one["caption"], one["lang"])
        found[row["uid"]] = {"unchanged": same, "translated": borne_out.get(row["uid"])}
    return found


def _parents_of(pairs: pa.Table, pool: pa.Table) -> Mapping[str, Row]:
    """Rows of the pairs' first parents by uid."""
    sources = tables.rows_with(pool, "uid", pairs.column("parent"))
    return {row["uid"]: row for row in sources.to_pylist()}


def _figures(pairs: pa.Table, table: pa.Table) -> dict[str, Any]:
    """For each method and column, how many pairs were judged, and the share that holds wholly.

    Of each method, too, how many captions are their parent's as it is (`unchanged`), and how many
    pairs nothing could judge. Of an unchanged caption the facts are its parent's, read twice: that
    they agree is no judgement, so that `graph` judged it only where they do not.
    """
    sources = pairs.column("source")
    found: dict[str, Any] = {}
    for method in sorted(pc.unique(sources).to_pylist()):
        own = table.filter(pc.equal(sources, method))
        same = pc.fill_null(own.column("unchanged"), False)
        whole = {name: _whole(own.column(name)) for name in _CHECKS}
        whole["graph"] = pc.if_else(pc.and_kleene(same, whole["graph"]), None, whole["graph"])
        nulls = [pc.is_null(column) for column in whole.values()]
        nothing = functools.reduce(pc.and_, nulls)
        found[method] = {
            "pairs": own.num_rows,
            "unchanged": pc.sum(same).as_py() or 0,
            "unjudged": pc.sum(pc.and_(nothing, pc.invert(same))).as_py() or 0,
        }
        for name, column in whole.items():
            judged = len(column) - column.null_count
            found[method][name] = {"judged": judged, "whole": pc.mean(column).as_py()}
    return found


def _whole(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whether a check holds wholly; null where it judged nothing."""
    return pc.greater_equal(column.cast(pa.float32()), 1 - 1e-6)


if __name__ == "__main__":
    run("align.verify", section="verify_made")
