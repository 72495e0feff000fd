import json

import pytest
import typer
from typer.testing import CliRunner

from align.concept import concept
from curate.dataset.errors import DataError


@pytest.fixture
def told(graphed):
    """Runs the command on the graph and gives what it prints."""
    graphed()
    app = typer.Typer()
    app.command()(concept)

    def run(*words):
        done = CliRunner().invoke(app, [*words, "--graph", "graph"], catch_exceptions=False)
        assert done.exit_code == 0
        return done.output

    return run


def test_a_concept_is_told_in_lines(told):
    text = told("dog")
    assert text.startswith("dog.n.01 (noun.animal): ")
    for words in (
        "is a kind of  animal.n.01 < thing.n.01",
        "2 pictures; 2 captions name it",
        "all captions of these pictures by language  en 2, de 1",
        "attributes  big 1",
        "dog on table  1",
        "cat.n.01    1  × 1.25",
        "two big dogs on a table",
    ):
        assert words in text


def test_as_json_it_says_the_same(told):
    found = json.loads(told("animal", "--json"))
    assert found["concept"]["name"] == "animal.n.01"
    assert found["pictures"] == 3
    assert {"name": "dog.n.01", "pictures": 2} in found["kinds"]
    relation = {"subject": "dog", "relation": "on", "object": "table", "phrases": 1}
    assert relation in found["relations"]
    assert found["beside"][0]["lift"] > 1
    assert {row["text"] for row in found["shown"]} >= {"a dog and a cat"}


def test_lists_are_as_long_as_was_asked(told):
    assert len(json.loads(told("animal", "--json", "--most", "1"))["shown"]) == 1


def test_an_unknown_word_is_an_error(told):
    with pytest.raises(DataError, match="no concept 'zebra'"):
        told("zebra")
