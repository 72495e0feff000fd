import dataclasses

import pytest

from curate.rules.asking import NAMES
from curate.rules.rule import Rule
from curate.rules.words import describe
from curate.stage.params import build

COLUMN = "clip.similarity"
SAID = {
    "at_least": ({"column": COLUMN, "at_least": 0.28}, "clip.similarity ≥ 0.28"),
    "at_most": ({"column": COLUMN, "at_most": 1}, "clip.similarity ≤ 1"),
    "between": ({"column": COLUMN, "between": [0, 0.5]}, "0 ≤ clip.similarity ≤ 0.5"),
    "equals": ({"column": "language.agrees", "equals": True}, "language.agrees is yes"),
    "is_in": ({"column": "pairs.lang", "is_in": ["en", "de"]}, "pairs.lang is en or de"),
    "of_parent": ({"column": COLUMN, "of_parent": 0.7}, "clip.similarity ≥ 0.7 × its parent's"),
    "exclude_leaks": ({"exclude_leaks": ["exact", "near"]}, "in no evaluation set (exact, near)"),
    "top_share": (
        {"column": COLUMN, "top_share": 0.3, "per": "pairs.lang"},
        "clip.similarity is in the highest 30% of each pairs.lang",
    ),
    "sample": ({"sample": 5000}, "a sample of 5,000 pairs"),
    "cap": ({"cap": {"by": "a.b", "at_most": 1}}, "at most 1 pair of each a.b"),
    "balance": (
        {"balance": {"entries": "words.txt", "at_most": 20}},
        "about 20 captions for each entry of words.txt",
    ),
    "shared_by": ({"shared_by": 6}, "the caption stands beside at most 6 images of its source"),
    "near_duplicates": ({"near_duplicates": 3}, "no better image within 3 of 64 bits"),
    "all_of": ({"all_of": {"x": {"sample": 0.5}}}, "all of: x (a sample of 50%)"),
    "any_of": ({"any_of": {"x": {"sample": 0.5}, "y": None}}, "any of: x (a sample of 50%)"),
}


@pytest.mark.parametrize("kind", NAMES)
def test_every_kind_of_rule_is_said_in_words(kind):
    values, words = SAID[kind]
    assert describe(build(Rule, values, "mine")) == words


def test_the_sources_of_a_rule_are_said_too():
    rule = dataclasses.replace(Rule(shared_by=6), sources=("web",), except_sources=("books",))
    assert describe(rule).endswith("of its source; for web; not for books")
