import pytest

from augment.composition.difference import difference
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
