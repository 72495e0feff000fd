import tarfile
from pathlib import Path

import pytest

from augment.made import Context
from augment.methods import synonyms
from curate.dataset.errors import ParamsError
from curate.stage import params as parameter_file
from tests import _wordnet
from tests._wordnet import Entry
from tests.augment._captions import label, located


def chain(*links):
    """Entries above one another, the first the most general."""
    entries, above = [], "thing"
    for key, lexfile, lemmas, counts in links:
        entries.append(Entry(key, "n", lemmas, lexfile, above=above, counts=counts))
        above = key
    return entries


WORDS = [
    *chain(("whole", 3, "whole", "9"), ("artefact", 6, "artefact", "9")),
    *chain(("vehicle", 6, "vehicle", "9"), ("auto", 6, "automobile motorcar auto", "9 2 0")),
    Entry("taxi", "n", "taxi cab", 6, above="auto", counts="2 1"),
    Entry("amphibian", "n", "amphibian", 6, above="auto vehicle", counts="1"),
    Entry("fedora", "n", "fedora", 6, above="hat", counts="1"),
    Entry("crane", "n", "crane", 5, above="animal", counts="3"),
    Entry("hoist", "n", "crane hoist", 6, above="thing", counts="3 3"),
    Entry("medic", "n", "medic doc", 18, above="person", counts="3 3"),
    Entry("plane", "n", "plane aeroplane", 6, above="vehicle", counts="5 5"),
    Entry("level", "n", "plane", 7, above="thing", counts="9"),
    Entry("lorry", "n", "lorry", 6, above="auto", counts="1"),
]


@pytest.fixture
def context(project):
    folder = project / "wordnet" / "usr/share/wordnet"
    entries = [*_wordnet.entries(), *WORDS]
    _wordnet.write_database(folder, entries, _wordnet.EXCEPTIONS)
    packages = project / "packages"
    packages.mkdir()
    with tarfile.open(packages / "wordnet-base.tgz", "w:gz") as tar:
        tar.add(folder, "package/usr/share/wordnet")

    def build(pairs):
        labels = label(pairs, packages, project / "labels")
        return Context(Path("nowhere"), packages, labels, None)

    return build


def made(context, *captions, **values):
    pairs = located([(str(i), "en", caption) for i, caption in enumerate(captions)])
    settings = {"per_image": 9, "depth": 1, "uses": {"synonym": 1, "hypernym": 5}, **values}
    params = parameter_file.build(synonyms.Params, settings, "make.synonyms")
    batch = synonyms.make(pairs, context(pairs), params)
    return batch, sorted(c.caption for told in batch.told for c in told.captions)


def test_a_noun_gives_way_to_its_synonyms_and_to_kinds_above_it(context):
    batch, captions = made(context, "A red taxi.")
    assert captions == ["A red automobile.", "A red cab.", "A red vehicle."]
    proofs = {c.caption: c.recipe["proof"] for t in batch.told for c in t.captions}
    assert [proofs[c]["levels"] for c in captions] == [1, 0, 2]
    assert {proof["sense"] for proof in proofs.values()} == {"only sense"}


def test_the_article_and_the_capital_go_with_the_new_noun(context):
    assert made(context, "A taxi", levels=1)[1] == ["A cab", "An automobile"]
    assert made(context, "Taxi", levels=1)[1] == ["Automobile", "Cab"]


@pytest.mark.parametrize(
    "caption",
    [
        "a crane",  # bird or hoist
        "a plane",  # a level, most of the time
        "Crane",
        "taxis",
        "a pair of taxi",
        "a man in a hat with Taxi",
        "a medic",  # of persons what WordNet lists are roles
        "a box taxi",  # no adjective: who knows what that is
        "an amphibian",  # two lines lead up from it
    ],
)
def test_what_is_not_sure_is_left_alone(context, caption):
    assert made(context, caption)[1] == []


def test_a_hypernym_is_neither_too_general_nor_too_far_nor_rare(context):
    assert made(context, "a lorry", levels=1)[1] == ["an automobile"]
    assert made(context, "a lorry", depth=3)[1] == []
    assert made(context, "a lorry", uses={"synonym": 1, "hypernym": 99})[1] == []
    assert made(context, "a lorry", avoided=["automobile", "vehicle"])[1] == []


def test_the_facts_are_the_parents_with_one_noun_renamed(context):
    batch, _ = made(context, "a man in a red lorry", levels=1)
    facts = {(f["kind"], f["subject"], f["value"], f["target"]) for f in batch.rows["facts"]}
    assert facts == {
        ("object", "man", None, None),
        ("object", "automobile", None, None),
        ("attribute", "automobile", "red", None),
        ("relation", "man", "in", "automobile"),
    }


def test_a_recipe_makes_the_caption_again(context):
    batch, _ = made(context, "A taxi.")
    for told in batch.told:
        for caption in told.captions:
            assert synonyms.recaption(caption.recipe, ["A taxi."]) == caption.caption


def test_an_unknown_kind_is_answered_with_the_known_ones():
    with pytest.raises(ParamsError, match=r"antonym; there are synonym, hypernym"):
        parameter_file.build(synonyms.Params, {"kinds": {"antonym": 1}}, "make.synonyms")
