import numpy as np
import pytest

from align.grounding.places import checked, place_of, told

LEFT = np.array([[0.0, 0.4, 0.2, 0.6]])
RIGHT = np.array([[0.7, 0.3, 0.9, 0.5]])


@pytest.mark.parametrize(
    ("lemma", "place"),
    [("to left of", "left of"), ("below", "under"), ("over", "above"), ("on", None), ("eat", None)],
)
def test_relations_of_place_are_known_by_whatever_words(lemma: str, place: str | None) -> None:
    assert place_of(lemma) == place


def test_a_picture_bears_out_or_contradicts_which_side_things_are_on() -> None:
    assert told("left of", LEFT, RIGHT, 0.1).holds is True
    assert told("right of", LEFT, RIGHT, 0.1).holds is False
    assert told("left of", LEFT, RIGHT, 0.1).offset == pytest.approx(0.7)


def test_what_is_nearly_level_or_not_found_is_neither() -> None:
    assert told("above", LEFT, RIGHT, 0.2).holds is None
    assert told("above", LEFT, None, 0.2) == ("above", None, None)


def test_several_things_are_where_the_box_around_them_is() -> None:
    assert told("left of", np.concatenate([LEFT, RIGHT]), RIGHT, 0.1).holds is True


def test_only_relations_of_place_of_a_caption_are_checked() -> None:
    edges = [
        {"edge": 0, "source": 0, "target": 1, "lemma": "to right of"},
        {"edge": 1, "source": 0, "target": 1, "lemma": "hold"},
        {"edge": 2, "source": 2, "target": 1, "lemma": "left of"},
    ]
    found = dict(checked(edges, {0: LEFT, 1: RIGHT}, 0.1))
    assert {edge: t.holds for edge, t in found.items()} == {0: False, 2: None}
