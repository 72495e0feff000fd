import pytest

from augment.composition import naming
from tests.augment._things import COLOURS, cut_out, pool

RED, GREEN, BLUE = COLOURS.values()


def named(project, write_set, *captions):
    pictures = [(cut_out((9 * i, 40, 90)), {"en": text}) for i, text in enumerate(captions)]
    _, context = pool(project, write_set, pictures)
    found = naming.things(context.training, context.labels)
    return {thing.pair["caption"]: thing for thing in found.by_image.values()}


def test_a_plain_name_is_a_thing_with_its_lemma_attributes_and_kinds(project, write_set):
    things = named(project, write_set, "A red apple.", "lemon", "horse: dark skin tone")
    apple = things["A red apple."]
    assert (apple.name, apple.lemma, apple.attributes) == ("red apple", "apple", ("red",))
    assert apple.kinds == {"n-apple", "n-food"}
    assert things["lemon"].name == "lemon"
    assert things["horse: dark skin tone"].tone == "dark"
    assert things["horse: dark skin tone"].name == "horse"


@pytest.mark.parametrize(
    "caption",
    [
        "two apple",
        "horses",
        "Horse",
        "the horse",
        "A horse here.",
        "small horse",
        "pair horse",
        "left horse",
        "horse 2",
        "whole apple",
    ],
)
def test_what_a_composed_picture_could_make_false_or_is_no_plain_name_is_no_thing(
    project, write_set, caption
):
    assert set(named(project, write_set, caption, "lemon")) == {"lemon"}


def test_things_are_unlike_where_neither_is_a_kind_of_the_other_nor_shares_a_word(
    project, write_set
):
    things = named(project, write_set, "red apple", "green apple", "red horse", "lemon")
    assert not things["red apple"].unlike(things["green apple"])
    assert not things["red apple"].unlike(things["red horse"])
    assert things["red apple"].unlike(things["lemon"])
    assert things["lemon"].apart(things["red horse"])
    assert not things["lemon"].apart(things["red apple"])
    fruit = things["lemon"]._replace(sense="n-food", kinds=frozenset({"n-food"}))
    assert not fruit.unlike(things["red apple"])
    assert not things["red apple"].unlike(fruit)


def test_other_languages_tell_it_in_their_own_words_as_phrases(project, write_set):
    told = {"en": "A horse.", "de": "Ein Pferd.", "ru": "Лошадь."}
    told |= {"fr": "cheval : blanc", "es": "caballo a la derecha"}
    _, context = pool(project, write_set, [(cut_out(RED), told)])
    (thing,) = naming.things(context.training, context.labels).by_image.values()
    assert {lang: text for lang, (_, text) in thing.told().items()} == {
        "de": "ein Pferd",
        "ru": "лошадь",
    }


@pytest.mark.parametrize(
    ("lang", "caption"),
    [
        ("de", "Drei Pferde."),
        ("de", "Ein ganzes Pferd."),
        ("de", "Ein Pferd und ein Hund."),
        ("es", "Caballo desde arriba."),
        ("fr", "Deux chevaux."),
        ("ja", "左向きの馬"),
        ("ru", "Пара лошадей."),
    ],
)
def test_no_language_tells_what_a_composed_picture_could_make_false(
    lang, caption, project, write_set
):
    told = {"en": "A horse.", lang: caption}
    _, context = pool(project, write_set, [(cut_out(RED), told)])
    (thing,) = naming.things(context.training, context.labels).by_image.values()
    assert thing.told() == {}
