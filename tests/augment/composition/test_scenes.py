import pytest

from augment.composition import naming
from augment.composition.scenes import Part, Scene
from curate.dataset.truth import Fact
from tests.augment._things import COLOURS, cut_out, pool

RED, GREEN, BLUE = COLOURS.values()
PICTURES = [
    (cut_out(RED), {"en": "A red apple.", "de": "Ein roter Apfel.", "fr": "Une pomme."}),
    (cut_out(BLUE), {"en": "A horse.", "de": "Ein Pferd."}),
    (cut_out(GREEN), {"en": "judge: dark skin tone"}),
]


@pytest.fixture
def things(project, write_set):
    _, context = pool(project, write_set, PICTURES)
    found = naming.things(context.training, context.labels).by_image.values()
    return {thing.lemma: thing for thing in found}


def texts(scene):
    return [(one.lang, one.text) for one in scene.tellings()]


def test_a_relation_is_told_both_ways_and_by_place_in_other_languages(things):
    scene = Scene((Part(things["apple"]), Part(things["horse"])), "right")
    assert texts(scene) == [
        ("en", "a red apple to the right of a horse"),
        ("en", "a horse to the left of a red apple"),
        ("de", "links: ein Pferd, rechts: ein roter Apfel"),
    ]


def test_every_telling_knows_where_it_names_each_part(things):
    scene = Scene((Part(things["apple"]), Part(things["horse"])), "below")
    for one in scene.tellings():
        apple, horse = (one.text[slice(*span)] for span in one.spans)
        assert apple in ("a red apple", "ein roter Apfel")
        assert horse in ("a horse", "ein Pferd")


def test_the_converse_states_the_same_with_the_opposite_relation(things):
    scene = Scene((Part(things["apple"], size="small"), Part(things["horse"])), "above")
    plain, converse, *_ = scene.tellings()
    assert converse.text == "a horse below a small red apple"
    assert set(plain.facts) ^ set(converse.facts) == {
        Fact("relation", "apple", "above", "horse"),
        Fact("relation", "horse", "under", "apple"),
    }


def test_counts_are_told_in_english_alone_with_a_fact(things):
    scene = Scene((Part(things["apple"], 3), Part(things["horse"])))
    assert texts(scene) == [("en", "three red apples and a horse")]
    assert Fact("count", "apple", "3") in scene.facts()
    assert scene.owners() == [0, 0, 0, 1]


def test_a_tone_of_skin_is_told_last_and_never_conversely(things):
    judge = Part(things["judge"], tone="dark")
    scene = Scene((Part(things["apple"]), judge), "left")
    assert texts(scene) == [("en", "a red apple to the left of a judge with dark skin tone")]
    assert Fact("attribute", "skin tone", "dark") in scene.facts()
    assert Part(things["judge"]).phrase() == "a judge"


def test_a_tone_that_another_language_does_not_tell_is_told_in_english_alone(project, write_set):
    pictures = [*PICTURES[:2], (cut_out(GREEN), {"en": "judge: dark skin tone", "de": "Richter."})]
    _, context = pool(project, write_set, pictures)
    found = naming.things(context.training, context.labels).by_image.values()
    things = {thing.lemma: thing for thing in found}
    parts = Part(things["apple"]), Part(things["judge"], tone="dark")
    assert [lang for lang, _ in texts(Scene(parts, "left"))] == ["en"]
    plain = Scene((parts[0], Part(things["judge"])), "left")
    assert "de" in [lang for lang, _ in texts(plain)]
