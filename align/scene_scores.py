"""Facts of parsed and of annotated graphs in, how well they agree out: the protocol of our figures.

1. A graph is a set of facts: (thing), (thing, attribute), (subject, predicate, object). A quantity
   is an attribute (`cup, 2`; `cup, group`) where FACTUAL writes it, which it does not for `many`.
   Identities are not kept: two cups of one caption are one thing, as in SPICE (Anderson et al.,
   2016) and in FACTUAL's own evaluation.
2. Every word is brought to lower case and to its base form by WordNet, on both sides alike: things
   as nouns, the first word of a predicate as a verb, attributes as nouns or else as verbs; articles
   are left out, and the `of` of `group of`.
3. Exact set match: the share of captions whose two sets are the same, things that are part of
   another fact not counted again. No synonyms.
4. SPICE: the mean over captions of the F1 of the facts, things counted each as a fact of its own. A
   part matches an equal one, or one with which it shares a synset of WordNet; `strict` does without
   the synonyms. No annotated graph is empty; a parse without facts has an F1 of 0.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from align.factual import Fact, things
from align.scenegraph import OBJECT, Graph
from curate.dataset.wordnet import ADJECTIVE, NOUN, VERB, WordNet

Pair = tuple[frozenset[Fact], frozenset[Fact]]  # of a caption: parsed, annotated
_KINDS = {1: "objects", 2: "attributes", 3: "relations"}
_ARTICLES = {"the", "a", "an"}
_UNCOUNTED = {  # quantities that FACTUAL's annotators, by its train split, do not write
    "1", "no", "some", "several", "many", "few", "multiple", "various", "numerous", "lot", "bunch",
    "couple", "pair", "row",
}  # fmt: skip


def facts_of(graph: Graph) -> frozenset[Fact]:
    """What a graph says, as FACTUAL writes it: attributes by their words, not their lemmas."""
    nodes = graph.nodes
    found: set[Fact] = set()
    for node in nodes:
        if node.parent is not None:
            found.add((nodes[node.parent].lemma, node.text.lower()))
        elif node.quantifier is not None and node.quantifier not in _UNCOUNTED:
            found.add((node.lemma, node.quantifier))
    found |= {(nodes[e.source].lemma, e.lemma, nodes[e.target].lemma) for e in graph.edges}
    told = {thing for fact in found for thing in things(fact)}
    return frozenset(
        found | {(n.lemma,) for n in nodes if n.kind == OBJECT and n.lemma not in told}
    )


class Judge:
    """Compares graphs by the protocol above.

    Args:
        database: WordNet, for base forms and synonyms.
    """

    def __init__(self, database: WordNet) -> None:
        self._database = database
        self._bases: dict[tuple[str, bool], str] = {}
        self._meanings: dict[str, frozenset[str]] = {}

    def normal(self, facts: Iterable[Fact]) -> frozenset[Fact]:
        """Facts with their parts in base form."""
        return frozenset(
            tuple(self._base(part, verbal=i == 1 and len(fact) == 3) for i, part in enumerate(fact))
            for fact in facts
        )

    def same(self, one: Fact, other: Fact, *, synonyms: bool = True) -> bool:
        """Whether two facts in base form say the same."""
        if len(one) != len(other):
            return False
        pairs = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
        return not pairs or (synonyms and all(self._senses(a) & self._senses(b) for a, b in pairs))

    def _base(self, part: str, *, verbal: bool) -> str:
        if (part, verbal) not in self._bases:
            words = [w for w in part.lower().split() if w not in _ARTICLES] or [part.lower()]
            if not verbal and len(words) > 1 and words[-1] == "of":
                words.pop()
            orders = ((VERB,) if verbal else (NOUN, VERB)) if words else ()
            kept = [
                word if verbal and i else self._base_word(word, orders)
                for i, word in enumerate(words)
            ]
            self._bases[part, verbal] = " ".join(kept)
        return self._bases[part, verbal]

    def _base_word(self, word: str, orders: tuple[str, ...]) -> str:
        for pos in orders:
            bases = self._database.base_forms(word, pos)
            if bases:
                return min(bases, key=lambda b: (len(b), b))
        return word

    def _senses(self, part: str) -> frozenset[str]:
        if part not in self._meanings:
            places = (NOUN, VERB, ADJECTIVE)
            senses = (s for pos in places for s in self._database.senses(part, pos))
            self._meanings[part] = frozenset(senses)
        return self._meanings[part]


def spread(facts: frozenset[Fact]) -> frozenset[Fact]:
    """The facts, and every thing of them as a fact of its own, as SPICE counts."""
    return facts | {(thing,) for fact in facts for thing in things(fact)}


def spice(
    told: frozenset[Fact], annotated: frozenset[Fact], judge: Judge, *, synonyms: bool = True
) -> float:
    """F1 of a caption's facts, both sides in base form and `spread`, 0-1."""
    right = _found(told, annotated, judge, synonyms)
    reached = _found(annotated, told, judge, synonyms)
    return _f1(len(right), len(told), len(reached), len(annotated))


def scores(
    pairs: Sequence[tuple[frozenset[Fact], frozenset[Fact]]], judge: Judge
) -> dict[str, Any]:
    """Figures of parsed against annotated facts, one pair of sets per caption, in percent.

    Returns:
        `spice`, `spice_strict`, `set_match`, for each kind of fact and for all of them `precision`,
        `recall` and `f1` over all captions, and how many facts are wrong in which way.
    """
    normal = [(judge.normal(parsed), judge.normal(annotated)) for parsed, annotated in pairs]
    exact = sum(parsed == annotated for parsed, annotated in normal)
    counts: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    sums = {"spice": 0.0, "spice_strict": 0.0}
    for parsed, annotated in ((spread(p), spread(a)) for p, a in normal):
        for name, synonyms in (("spice", True), ("spice_strict", False)):
            sums[name] += spice(parsed, annotated, judge, synonyms=synonyms)
        right = _found(parsed, annotated, judge, True)
        reached = _found(annotated, parsed, judge, True)
        for size, kind in _KINDS.items():
            for name, facts in (
                ("right", right), ("parsed", parsed), ("reached", reached), ("all", annotated)
            ):  # fmt: skip
                number = sum(len(fact) == size for fact in facts)
                counts[f"{kind} {name}"] += number
                counts[f"facts {name}"] += number
        errors.update(_error(fact, annotated) for fact in parsed - right)
        errors.update(_omission(fact, parsed) for fact in annotated - reached)
    share = 100 / len(normal) if normal else 0.0
    return {
        "captions": len(normal),
        **{name: total * share for name, total in sums.items()},
        "set_match": exact * share,
        "kinds": {kind: _kind(kind, counts) for kind in [*_KINDS.values(), "facts"]},
        "errors": dict(sorted(errors.items())),
    }


def _found(
    facts: frozenset[Fact], among: frozenset[Fact], judge: Judge, synonyms: bool
) -> frozenset[Fact]:
    """Those of some facts that one of others matches."""
    return frozenset(
        fact
        for fact in facts
        if fact in among
        or (synonyms and any(judge.same(fact, other, synonyms=True) for other in among))
    )


def _f1(right: int, parsed: int, reached: int, annotated: int) -> float:
    if not right or not reached:
        return 0.0
    precision, recall = right / parsed, reached / annotated
    return 2 * precision * recall / (precision + recall)


def _kind(kind: str, counts: Counter[str]) -> dict[str, float]:
    right, parsed = counts[f"{kind} right"], counts[f"{kind} parsed"]
    reached, annotated = counts[f"{kind} reached"], counts[f"{kind} all"]
    return {
        "precision": 100 * right / parsed if parsed else 0.0,
        "recall": 100 * reached / annotated if annotated else 0.0,
        "f1": 100 * _f1(right, parsed, reached, annotated),
    }


def _error(fact: Fact, annotated: frozenset[Fact]) -> str:
    """How a parsed fact that the annotator does not have is wrong."""
    same = [other for other in annotated if len(other) == len(fact)]
    if len(fact) == 1:
        return "thing: none such"
    if len(fact) == 2:
        elsewhere = any(other[1] == fact[1] for other in same)
        return "attribute: of another thing" if elsewhere else "attribute: none such"
    if any({o[0], o[2]} == {fact[0], fact[2]} for o in same):
        turned = any((o[0], o[2]) == (fact[2], fact[0]) for o in same)
        return "relation: turned round" if turned else "relation: another predicate"
    if any(other[1] == fact[1] for other in same):
        return "relation: between others"
    return "relation: none such"


def _omission(fact: Fact, parsed: frozenset[Fact]) -> str:
    """What kind of fact the parse lacks; one that it has otherwise was counted as wrong."""
    kind = {1: "thing", 2: "attribute", 3: "relation"}[len(fact)]
    if len(fact) == 2 and fact[1].isdecimal():
        kind = "quantity"
    known = {part for other in parsed for part in other}
    return f"{kind}: missing, words known" if set(fact) <= known else f"{kind}: missing"
