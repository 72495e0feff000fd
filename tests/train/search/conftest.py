"""Who searches the small snapshot, a service of it, and models that look again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.train.conftest import Indexed, Project
from tests.train.search import _serving
from train import model
from train.model import Model
from train.search.rerank import Reranker
from train.search.searcher import Searcher
from train.text import Words


@pytest.fixture(scope="session")
def searcher(indexed: Indexed) -> Searcher:
    return indexed.searcher()


@pytest.fixture(scope="module")
def url(searcher: Searcher) -> Iterator[str]:
    """Of a service."""
    with _serving.running(searcher) as found:
        yield found


@pytest.fixture
def make_reranker(
    indexed: Indexed,
    small: Project,
    make_model: Callable[..., Model],
    words: Words,
    tmp_path: Path,
) -> Callable[..., Reranker]:
    """Makes a model of the small plan, some of it changed, that looks again."""

    def make(**changed: object) -> Reranker:
        model.save(make_model(**changed), tmp_path)
        words.save(tmp_path)
        return Reranker(tmp_path, indexed.snapshot, small.labels, None)

    return make


@pytest.fixture
def reranker(make_reranker: Callable[..., Reranker]) -> Reranker:
    return make_reranker(objectives={"itm": {}})
