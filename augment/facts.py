"""What English captions state: scene graphs in, facts and rows of `truth.FACTS` out.

A graph's objects, attributes, counts and relations are its facts, in lemmas, so that the facts of
a caption that was put together compare with those that a parser finds in it.
"""

import functools
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from curate.dataset import tables
from curate.dataset.errors import DataError

OBJECT, ATTRIBUTE, RELATION, COUNT = "object", "attribute", "relation", "count"


class Fact(NamedTuple):
    """One fact, as `truth.FACTS` has it."""

    kind: str
    subject: str
    value: str | None = None
    target: str | None = None

    def words(self) -> str:
        """The fact as a person reads it: "small apple", "3 x lemon", "lemon under horse"."""
        if self.kind == COUNT:
            return f"{self.value} x {self.subject}"
        if self.kind == ATTRIBUTE:
            return f"{self.value} {self.subject}"
        return f"{self.subject} {self.value} {self.target}" if self.value else self.subject


class Difference(NamedTuple):
    """The one fact in which two captions differ: its kind, as it was, and as it becomes."""

    kind: str
    was: Fact
    becomes: Fact


class Graph(NamedTuple):
    """A caption's scene graph: rows of the labels' `scene/nodes` and `scene/edges`, by number."""

    nodes: tuple[dict[str, Any], ...]
    edges: tuple[dict[str, Any], ...]

    def facts(self) -> list[Fact]:
        """Its facts; a quantifier that is no number is none."""
        lemmas = {node["node"]: node["lemma"] for node in self.nodes}
        found = []
        for node in self.nodes:
            if node["kind"] == ATTRIBUTE:
                found.append(Fact(ATTRIBUTE, lemmas[node["parent"]], node["lemma"]))
                continue
            found.append(Fact(OBJECT, node["lemma"]))
            if (node["quantifier"] or "").isdecimal():
                found.append(Fact(COUNT, node["lemma"], node["quantifier"]))
        found += [
            Fact(RELATION, lemmas[edge["source"]], edge["lemma"], lemmas[edge["target"]])
            for edge in self.edges
        ]
        return list(dict.fromkeys(found))


def graphs(labels: Path) -> dict[str, Graph]:
    """Uid -> scene graph of every caption that was understood; read once per process.

    Raises:
        DataError: the folder holds no labels of the labeler scene.
    """
    file = labels / "scene" / "nodes.parquet"
    if not file.is_file():
        raise DataError(f"no scene graphs at {file}: label the pool first (`dvc repro`)")
    status = file.stat()
    return _graphs(labels.absolute(), status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=1)
def _graphs(labels: Path, *_: int) -> dict[str, Graph]:
    nodes: dict[str, list[dict[str, Any]]] = defaultdict(list)
    edges: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for name, found in (("nodes", nodes), ("edges", edges)):
        for row in tables.read(labels / "scene" / f"{name}.parquet").to_pylist():
            found[row["uid"]].append(row)
    return {
        uid: Graph(
            tuple(sorted(own, key=lambda row: row["node"])),
            tuple(sorted(edges[uid], key=lambda row: row["edge"])),
        )
        for uid, own in nodes.items()
    }


def rows(uid: str, facts: Iterable[Fact]) -> list[dict[str, Any]]:
    """Rows of `truth.FACTS`: each fact once, in their order."""
    return [
        {"uid": uid, "fact": number, **fact._asdict()}
        for number, fact in enumerate(dict.fromkeys(facts))
    ]


def difference(was: Sequence[Fact], becomes: Sequence[Fact]) -> Difference | None:
    """The one fact in which two captions differ, or None where it is none or more than one.

    Another object takes all that is said of the one that it stands for: its name alone differs.
    """
    gone, new = Counter(was) - Counter(becomes), Counter(becomes) - Counter(was)
    if sum(gone.values()) == sum(new.values()) == 1:
        old, other = next(iter(gone)), next(iter(new))
        if old.kind == other.kind != OBJECT and old.subject == other.subject:
            return Difference(old.kind, old, other)
        if old.kind == other.kind == RELATION:
            return Difference(RELATION, old, other)
    lost = [fact for fact in gone if fact.kind == OBJECT]
    found = [fact for fact in new if fact.kind == OBJECT]
    if len(lost) == len(found) == 1:
        renamed = Counter(_renamed(fact, lost[0].subject, found[0].subject) for fact in was)
        if renamed == Counter(becomes):
            return Difference(OBJECT, lost[0], found[0])
    return None


def _renamed(fact: Fact, old: str, new: str) -> Fact:
    subject = new if fact.subject == old else fact.subject
    return fact._replace(subject=subject, target=new if fact.target == old else fact.target)
