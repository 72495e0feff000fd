import json
from pathlib import Path

import pytest

from augment.made import Context
from augment.methods import rewrite
from curate.dataset import record
from curate.dataset.errors import ParamsError
from curate.stage import params as parameter_file
from tests.augment._captions import label, located


def settings(**values):
    return parameter_file.build(rewrite.Params, values, "make.rewrite")


@pytest.fixture
def context(packages, project):
    """Makes the context of a method from pairs: their labels and WordNet."""

    def build(pairs):
        labels = label(pairs, packages, project / "labels")
        return Context(Path("nowhere"), packages, labels, None)

    return build


def captions(batch):
    return [c.caption for told in batch.told for c in told.captions]


def test_a_recipe_makes_the_caption_again_from_the_parents(context):
    pairs = located([("a", "en", "A red hat."), ("b", "en", "flag: France"), ("c", "fr", "Chat")])
    batch = rewrite.make(pairs, context(pairs), settings(per_image=5))
    parents = {row["uid"]: row["caption"] for row in pairs.to_pylist()}
    assert sorted(captions(batch)) == [
        "A hat that is red.",
        "There is a red hat.",
        "flag of France",
    ]
    for told in batch.told:
        for made in told.captions:
            recipe = json.loads(json.dumps(made.recipe))
            assert recipe["method"] == "rewrite"
            assert rewrite.recaption(recipe, [parents[made.parent]]) == made.caption


def test_facts_are_those_of_the_parents_graph_and_a_relation_turned_is_turned_there(context):
    pairs = located([("a", "en", "a dog under a red box")])
    batch = rewrite.make(pairs, context(pairs), settings(forms={"converse": 1}))
    assert captions(batch) == ["a red box above a dog"]
    uid = record.pair_uid("a", "en", "a red box above a dog")
    facts = [(f["kind"], f["subject"], f["value"], f["target"]) for f in batch.rows["facts"]]
    assert {f["uid"] for f in batch.rows["facts"]} == {uid}
    assert facts == [
        ("object", "dog", None, None),
        ("attribute", "box", "red", None),
        ("object", "box", None, None),
        ("relation", "box", "above", "dog"),
    ]


def test_what_a_picture_has_already_is_not_told_again(context):
    pairs = located([("a", "en", "A red hat."), ("a", "en", "a hat that is red")])
    batch = rewrite.make(pairs, context(pairs), settings(forms={"relative": 1}))
    assert batch.told == []
    assert {reason for _, reason, _ in batch.rejected} == {"nothing to tell"}


def test_other_pictures_in_the_rows_change_nothing(context):
    pairs = located([(name, "en", f"A red {name}.") for name in ("hat", "ball", "cake")])
    place = context(pairs)
    whole = rewrite.make(pairs, place, settings())
    parts = [rewrite.make(pairs.slice(i, 1), place, settings()) for i in range(3)]
    assert sorted(captions(whole)) == sorted(c for part in parts for c in captions(part))
    assert len(captions(whole)) == 3


def test_long_or_involved_captions_and_named_sources_are_left_alone(context):
    long = "A red hat on a box on a table on a box on a box on a box"
    pairs = located([("a", "en", "A red hat. Wow."), ("b", "en", "A “red” hat"), ("c", "en", long)])
    assert captions(rewrite.make(pairs, context(pairs), settings())) == []
    plain = located([("d", "en", "A red hat.")])
    assert captions(rewrite.make(plain, context(plain), settings(except_sources=["drawn"]))) == []


def test_without_labels_the_error_says_which_are_needed(packages):
    pairs = located([("a", "en", "A red hat.")])
    with pytest.raises(ParamsError, match="scene and knowledge"):
        rewrite.make(pairs, Context(Path("nowhere"), packages, None, None), settings())


def test_an_unknown_form_is_answered_with_the_known_ones():
    with pytest.raises(ParamsError, match=r"passive; there are relative, clause, order"):
        settings(forms={"passive": 1})
