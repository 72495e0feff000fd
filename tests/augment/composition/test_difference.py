import pytest

from augment.composition.difference import Difference, difference, tells
from augment.composition.scenes import Telling
from curate.dataset.truth import ATTRIBUTE, COUNT, OBJECT, RELATION, Fact

LEMON, HORSE, CAT = (Fact(OBJECT, name) for name in ("lemon", "horse", "cat"))
LEFT = Fact(RELATION, "lemon", "to left of", "horse")
SMALL = Fact(ATTRIBUTE, "lemon", "small")
RIGHT = Fact(RELATION, "lemon", "to right of", "horse")


@pytest.mark.parametrize(
    ("was", "becomes", "kind"),
    [
        ([LEMON, HORSE, LEFT], [LEMON, HORSE, RIGHT], RELATION),
        ([LEMON, Fact(COUNT, "lemon", "2")], [LEMON, Fact(COUNT, "lemon", "3")], COUNT),
        ([LEMON, SMALL], [LEMON, SMALL._replace(value="large")], ATTRIBUTE),
        ([LEMON, HORSE, LEFT], [LEMON, CAT, LEFT._replace(target="cat")], OBJECT),
    ],
)
def test_one_fact_that_differs_is_found_with_its_kind(was, becomes, kind):
    found = difference(was, becomes)
    assert found is not None
    assert found.kind == kind
    assert (found.was in was, found.becomes in becomes) == (True, True)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ([LEMON, HORSE, LEFT], [HORSE, LEMON, LEFT]),
        ([LEMON, HORSE, LEFT], [LEMON, CAT, RIGHT._replace(target="cat")]),
        ([LEMON], [LEMON, HORSE]),
        ([LEMON, Fact(ATTRIBUTE, "lemon", "small")], [CAT, Fact(ATTRIBUTE, "cat", "large")]),
        ([Fact(COUNT, "lemon", "2"), LEMON], [Fact(COUNT, "cat", "3"), LEMON]),
    ],
)
def test_none_or_two_facts_that_differ_are_no_counterfactual(was, becomes):
    assert difference(was, becomes) is None


RED, GREEN = (Fact(ATTRIBUTE, "apple", colour) for colour in ("red", "green"))
DARK, LIGHT = (Fact(ATTRIBUTE, "skin tone", tone) for tone in ("dark", "light"))
DOG, APPLE = (Fact(OBJECT, lemma) for lemma in ("dog", "apple"))


def telling(text, lang):
    return Telling(text, lang, False, ("a",), ((0, len(text)),), ())


@pytest.mark.parametrize(
    ("was", "becomes", "lang", "texts", "is_told"),
    [
        (RED, GREEN, "de", ("roter Apfel", "grüner Apfel"), True),
        (RED, GREEN, "de", ("Apfel", "grüner Apfel"), False),
        (RED, GREEN, "ja", ("りんご", "青りんご"), False),
        (RED, GREEN, "fr", ("un fruit", "une pomme verte"), False),
        (RED, GREEN, "en", ("an apple", "an apple that is green"), True),  # held by its facts
        (DARK, LIGHT, "de", ("Richter: dunkel", "Richter: hell"), True),
        (DARK, LIGHT, "de", ("Richter", "Richter: hell"), False),
        (DOG, APPLE, "es", ("arriba: un perro", "arriba: una manzana"), True),
        (DOG, APPLE, "es", ("arriba: un perro", "arriba: un perro grande"), False),
    ],
)
def test_another_languages_captions_tell_a_change_only_in_their_own_words(
    was, becomes, lang, texts, is_told
):
    one, two = (telling(text, lang) for text in texts)
    change = Difference(was.kind, was, becomes)
    assert tells(change, one, two) is is_told
    assert tells(change, two, one) is is_told


def test_places_are_told_by_our_own_words_in_every_language():
    sides = [Fact(RELATION, "dog", f"to {side} of", "cat") for side in ("left", "right")]
    texts = ("links: ein Hund, rechts: eine Katze", "links: eine Katze, rechts: ein Hund")
    change = Difference(RELATION, *sides)
    assert tells(change, *(telling(text, "de") for text in texts))
