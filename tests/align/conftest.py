"""A lexicon over a WordNet of a few dozen words, and what graphs say in short lines."""

from collections.abc import Callable
from pathlib import Path

import pytest

from align import lexicon


@pytest.fixture(scope="session")
def words(database_folder: Path) -> lexicon.Lexicon:
    """Lexicon over the small WordNet."""
    return lexicon.of_folder(database_folder)


@pytest.fixture(scope="session")
def said() -> Callable[..., set[str]]:
    """What a graph says, as short lines: `dog`, `dog: brown`, `2 dog`, `dog wear hat`."""

    def lines(graph) -> set[str]:
        names = [node.lemma for node in graph.nodes]
        found = set()
        for node in graph.nodes:
            if node.parent is not None:
                found.add(f"{names[node.parent]}: {node.lemma}")
            else:
                found.add(f"{node.quantifier} {node.lemma}" if node.quantifier else node.lemma)
        return found | {f"{names[e.source]} {e.lemma} {names[e.target]}" for e in graph.edges}

    return lines
