import pyarrow.parquet as pq
import pytest

from augment.facts import Graph
from augment.made import Context
from augment.methods import multilingual
from augment.rewriting.meanings import Link
from curate.dataset import wordnet
from curate.stage import params as parameter_file
from tests import _wordnet
from tests.augment._captions import label, located


@pytest.fixture
def make(packages, project):
    """What is made of (image, language, caption[, licence]) rows, as image, language, caption."""

    def build(*rows, **values):
        parts = [located([row[:3]], licence=(*row, "MIT")[3]) for row in rows]
        pairs = parts[0].slice(0, 0)
        for part in parts:
            pairs = type(pairs).from_pylist(pairs.to_pylist() + part.to_pylist(), pairs.schema)
        pq.write_table(pairs, project / "training.parquet")
        labels = label(pairs, packages, project / "labels")
        context = Context(project / "training.parquet", packages, labels, None)
        params = parameter_file.build(multilingual.Params, values, "make.multilingual")
        batch = multilingual.make(pairs, context, params)
        return [(told.image, c) for told in batch.told for c in told.captions]

    return build


HAT = [("a", "en", "A hat."), ("a", "de", "Ein Hut."), ("a", "fr", "Un chapeau.")]


def test_a_picture_gets_the_captions_that_an_equal_english_one_has_elsewhere(make):
    found = make(*HAT, ("b", "en", "hat"), ("b", "fr", "chapeau"))
    assert [(image, c.lang, c.caption) for image, c in found] == [("b", "de", "Ein Hut.")]
    ((_, caption),) = found
    assert caption.others == (caption.recipe["of"],)
    assert multilingual.recaption(caption.recipe, ["hat", "Ein Hut."]) == "Ein Hut."


def test_one_caption_for_each_language(make):
    found = make(*HAT, ("c", "en", "hat"), ("c", "de", "Hut"), ("b", "en", "Hat"))
    assert sorted(c.lang for image, c in found if image == "b") == ["de", "fr"]


def test_a_word_of_two_meanings_is_not_carried_over_alone(make):
    bat = [("a", "en", "A bat."), ("a", "de", "Eine Fledermaus.")]
    assert make(*bat, ("b", "en", "bat")) == []
    held = [("a", "en", "A black bat."), ("a", "de", "Eine schwarze Fledermaus.")]
    assert len(make(*held, ("b", "en", "black bat"))) == 1


def test_what_does_not_say_a_persons_sex_is_not_carried_over(make, tmp_path):
    teacher = [("a", "en", "An old teacher."), ("a", "es", "Un maestro viejo.")]
    assert make(*teacher, ("b", "en", "old teacher")) == []
    people = [
        _wordnet.Entry("she", "n", "female female_person", 18, "who can be a mother"),
        _wordnet.Entry("woman", "n", "woman", 18, "a grown one", "she", "30"),
        _wordnet.Entry("nurse", "n", "nurse", 18, "who cares for the sick", counts="30"),
    ]
    database = wordnet.open_folder(_wordnet.write_database(tmp_path / "people", people, {}))
    alone = Graph([{"node": 0, "parent": None}], [])
    for noun, carried in (("woman", True), ("nurse", False)):
        (sense,) = database.senses(noun, "n")
        link = Link(sense, noun, 1, "only", "noun.person")
        assert multilingual.unambiguous(alone, {0: link}, database) is carried


def test_a_picture_with_two_captions_of_a_language_translates_nothing(make):
    assert make(*HAT, ("a", "en", "A man's hat."), ("b", "en", "hat")) == []


def test_licences_are_not_mixed_unless_the_pictures_asks_for_nothing(make):
    picture = ("b", "en", "hat", "CC0-1.0")
    assert make(*HAT, picture) == []
    found = make(*HAT, picture, free=["CC0-1.0"])
    assert {(c.lang, c.licence) for _, c in found} == {("de", "MIT"), ("fr", "MIT")}
    assert make(*HAT, ("b", "en", "hat", "GPL-3.0"), free=["CC0-1.0"]) == []
