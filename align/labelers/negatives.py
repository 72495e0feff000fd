"""Kept pairs in, hard negatives out: captions false of the same picture, each with proof and twin.

A negative differs from its caption in one fact (attribute, object, relation, count). The proof says
which fact, and why both cannot hold; twins say the same as the caption, and as the negative, in
other words, so that change by itself tells nothing. Blind attackers are run on every set (language
by kind), in the words of captions and of twins, and negatives are left out until none of them is
far from a half (`attackers` says what they scored before and after). See `align.negatives`.

Captions and negatives are read by our parser alike, whoever made the tables of `scene`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from align import facts, texts
from align.labelers import Context
from align.labelers.scene import parse_all
from align.negatives import attackers, balance, candidates, proof, schemas, twins
from align.negatives import learnt as learning
from align.negatives import words as lexicon
from align.negatives.candidates import Candidate
from align.negatives.form import Negative, Pair, draw, words
from align.negatives.learnt import Learnt
from align.negatives.proof import Known, Proof
from align.rows import as_table
from align.scenegraph import Graph
from curate.dataset import languages, wordnet
from curate.dataset.truth import Fact
from curate.dataset.wordnet import NOUN, WordNet
from curate.stage.params import parameters

TABLES = schemas.TABLES
_WORD = re.compile(r"\w+")
_LONGEST = 2000  # characters of a caption: what can change places grows with their square


@parameters
class Params:
    """How many negatives, and how blind."""

    wordnet: str = "wordnet-base"  # fetched package with WordNet's database files
    tried: int = 3  # candidates of a caption and a way to change it that are looked at, at most
    within: float = 0.04  # how far from a half an attacker's accuracy may be
    uses: int = 3  # captions that name a noun, at least, before another may become it


def label(pairs: pa.Table, context: Context, params: Params) -> dict[str, pa.Table]:
    """Negatives of every pair in a language with words, where one can be proved.

    Raises:
        SourceError: the WordNet package was not fetched.
        DataError: a table of what was learnt of the pool is missing.
    """
    folder = wordnet.folder_of(context.packages, params.wordnet).resolve()
    told = _told(pairs)
    english = sorted({pair.caption for pair in told if pair.lang == "en"})
    graphs = _parsed(english, folder, "graphs of captions")
    learnt = (
        learning.read(context.learnt)
        if context.learnt is not None
        else learning.learn(told, graphs, params.uses)
    )
    found = list(_found(told, graphs, learnt, folder, params))
    kept, shares = balance.balanced(found, learnt.shares, params.within)
    return {
        "negatives": _rows(kept),
        "attackers": pa.Table.from_pylist(list(balance.scores(found, kept)), schemas.ATTACKERS),
        "shares": as_table(((*key, share) for key, share in shares.items()), schemas.SHARES),
        "bigrams": as_table(learning.bigrams(learnt), schemas.BIGRAMS),
        "nouns": as_table(((noun,) for noun in learnt.nouns), schemas.NOUNS),
    }


def figures(pairs: pa.Table, tables: dict[str, pa.Table]) -> dict[str, Any]:
    """How many negatives there are of what, and the attackers' worst accuracies."""
    negatives, scores = tables["negatives"], tables["attackers"]
    off = [abs(value - 0.5) for value in scores.column("after").to_pylist()]
    was = [abs(value - 0.5) for value in scores.column("before").to_pylist()]
    own = pc.count_distinct(negatives.column("uid")).as_py()
    return {
        "share_of_pairs_with_negative": own / pairs.num_rows if pairs.num_rows else None,
        "kinds": _counts(negatives, "kind"),
        "languages": _counts(negatives, "lang"),
        "twins": _counts(negatives, "twin_by"),
        "attackers_off_half": max(off, default=None),
        "attackers_off_half_before": max(was, default=None),
    }


def _counts(table: pa.Table, column: str) -> dict[str, int]:
    counted = pc.value_counts(table.column(column)).to_pylist()
    return {row["values"]: row["counts"] for row in sorted(counted, key=lambda r: r["values"])}


def _told(pairs: pa.Table) -> list[Pair]:
    """The pairs in languages with words, sorted by uid."""
    columns = (pairs.column(name).to_pylist() for name in ("uid", "image", "lang", "caption"))
    named = (Pair(u, i, languages.primary(lang), c) for u, i, lang, c in zip(*columns, strict=True))
    return sorted(pair for pair in named if lexicon.of(pair.lang) is not None)


def _parsed(captions: Sequence[str], folder: Path, what: str) -> dict[str, Graph]:
    found = texts.each(parse_all, captions, folder, label=what, unit="captions")
    return dict(zip(captions, found, strict=True))


def _found(
    told: Sequence[Pair],
    graphs: Mapping[str, Graph],
    learnt: Learnt,
    folder: Path,
    params: Params,
) -> Iterator[Negative]:
    """A negative for each pair and way to change it, where one can be proved."""
    database = wordnet.open_folder(folder)
    nouns = candidates.nouns_by_kind(learnt.nouns, database)
    drawn = {pair: _drawn(pair, graphs, nouns, database, params) for pair in told}
    new = {one.caption for pair, those in drawn.items() if pair.lang == "en" for one in those}
    parsed = {**graphs, **_parsed(sorted(new - set(graphs)), folder, "graphs of negatives")}
    stated = {caption: facts.of_graph(graph) for caption, graph in parsed.items()}
    known = _known(told, stated, database)
    for pair, those in drawn.items():
        proved: dict[str, list[Negative]] = defaultdict(list)
        for one in those:
            shown = _proof(pair, one, stated, known[pair.image], database)
            if shown is not None and pair.lang in learnt.models:
                proved[one.how].append(_negative(pair, one, shown, parsed, learnt))
        for how, choices in sorted(proved.items()):
            # the attackers' own taste must not decide: which of them is asked for is drawn
            wanted = [1 if draw(pair.uid, how, name) < 0.5 else -1 for name in "ab"]
            yield max(choices, key=lambda n: (n.signs[0] == wanted[0]) + (n.signs[1] == wanted[1]))


def _drawn(
    pair: Pair,
    graphs: Mapping[str, Graph],
    nouns: Mapping[str, Sequence[str]],
    database: WordNet,
    params: Params,
) -> list[Candidate]:
    """Candidates of a pair, at most as many of each way as are tried; none of a text too long."""
    if len(pair.caption) > _LONGEST:
        return []
    every = list(candidates.by_words(pair.caption, words(pair.lang)))
    if pair.lang == "en":
        every += candidates.by_graph(
            pair.caption, graphs[pair.caption], words("en"), nouns, database
        )
    by_how: dict[str, list[Candidate]] = defaultdict(list)
    for one in sorted(every, key=lambda c: draw(pair.uid, c.caption)):
        if len(by_how[one.how]) < params.tried and one.caption != pair.caption:
            by_how[one.how].append(one)
    return [one for those in by_how.values() for one in those]


def _known(
    told: Sequence[Pair], stated: Mapping[str, frozenset[Fact]], database: WordNet
) -> dict[str, Known]:
    """Image -> all that its captions say."""
    of_image: dict[str, list[Pair]] = defaultdict(list)
    for pair in told:
        of_image[pair.image].append(pair)
    return {
        image: Known(
            frozenset().union(*(stated[p.caption] for p in pairs if p.lang == "en")),
            _nouns((p.caption for p in pairs if p.lang == "en"), database),
            proof.members((p.caption, words(p.lang)) for p in pairs),
        )
        for image, pairs in of_image.items()
    }


def _nouns(captions: Iterable[str], database: WordNet) -> frozenset[str]:
    """Every word of some captions that can be a noun, as a graph may have missed one."""
    written = {word for caption in captions for word in _WORD.findall(caption.lower())}
    return frozenset(base for word in written for base in database.base_forms(word, NOUN))


def _proof(
    pair: Pair,
    one: Candidate,
    stated: Mapping[str, frozenset[Fact]],
    known: Known,
    database: WordNet,
) -> Proof | None:
    if pair.lang != "en":
        return proof.by_words(one, known)
    before, after = stated[pair.caption], stated[one.caption]
    return proof.by_facts(one, before - after, after - before, known, database)


def _negative(
    pair: Pair, one: Candidate, shown: Proof, parsed: Mapping[str, Graph], learnt: Learnt
) -> Negative:
    """A negative with its twin, and what the attackers say of it."""
    own, model = words(pair.lang), learnt.models[pair.lang]
    same = list(twins.by_words(pair.caption, one.caption, own))
    if pair.lang == "en":
        graphs = parsed[pair.caption], parsed[one.caption]
        same += twins.by_order(pair.caption, graphs[0], one.caption, graphs[1])
    number = draw(pair.uid, one.how, "twin")
    framed = twins.framed(pair.caption, one.caption, own, number)
    twin = same[int(number * len(same))] if same else framed
    seen = attackers.count([pair.caption], scattered=own.scattered)
    said = ((pair.caption, one.caption), (twin.caption, twin.negative))
    told = [attackers.signs(true, false, seen, model, own) for true, false in said]
    return Negative(pair, one, shown, twin, told[0] + told[1])


def _rows(kept: Sequence[Negative]) -> pa.Table:
    ordered = sorted(kept, key=lambda one: (one.pair.uid, one.candidate.how))
    numbers: dict[str, int] = defaultdict(int)
    rows = []
    for one in ordered:
        edits = one.candidate.edits
        rows.append(
            {
                "uid": one.pair.uid,
                "negative": numbers[one.pair.uid],
                "lang": one.pair.lang,
                "kind": one.proof.kind,
                "how": one.candidate.how,
                "caption": one.candidate.caption,
                "starts": [edit.start for edit in edits],
                "ends": [edit.end for edit in edits],
                "texts": [edit.text for edit in edits],
                "was": one.proof.was,
                "becomes": one.proof.becomes,
                "proof": one.proof.rule,
                "twin": one.twin.caption,
                "twin_negative": one.twin.negative,
                "twin_by": one.twin.how,
            }
        )
        numbers[one.pair.uid] += 1
    return pa.Table.from_pylist(rows, schemas.NEGATIVES)
