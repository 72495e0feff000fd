import pytest

from curate.dataset.errors import ParamsError
from train.plan import Plan, parse

SIZE = {"width": 24, "heads": 4, "inner": 48, "text_tokens": 8, "regions": 4}


def test_layers_are_read_from_words():
    assert parse("joint 12") == [("joint", 12)]
    assert parse("text 9 | vision 5 | cross 5") == [("text", 9), ("vision", 5), ("cross", 5)]
    assert parse(" joint 2 | joint 3") == [("joint", 2), ("joint", 3)]


@pytest.mark.parametrize(
    ("streams", "message"),
    [
        ("jiont 12", r"no kind jiont \(known: joint, text, vision, cross, coattention\)"),
        ("12 joint", "not of the form 'joint 12'"),
        ("joint", "not of the form"),
        ("", "not of the form"),
    ],
)
def test_what_is_no_plan_is_answered_with_one(streams, message):
    with pytest.raises(ParamsError, match=message):
        parse(streams)


def test_layers_of_the_regions_are_as_large_as_those_of_the_words_but_where_it_is_said():
    found = Plan(streams="text 1 | vision 1", **SIZE, vision_width=40)
    assert (found.vision_width, found.vision_heads, found.vision_inner) == (40, 4, 48)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"heads": 5}, "width 24 is no multiple of heads 5"),
        ({"vision_heads": 7}, "vision_width 24 is no multiple of vision_heads 7"),
        ({"vision_width": 32}, "joint needs regions as wide as words, not vision_width 32"),
        ({"pool": "product", "whole_image": False}, "pool: product needs the whole-image region"),
        ({"visual": "joined", "whole_image": False}, "visual: joined needs the whole-image"),
        ({"visual": "joined"}, "one norm for both sides"),
        (
            {"streams": "text 1", "shared_norm": True, "vision_width": 32},
            "a shared norm needs regions as wide as words",
        ),
    ],
)
def test_a_plan_that_cannot_be_built_is_refused(changed, message):
    with pytest.raises(ParamsError, match=message):
        Plan(**{"streams": "joint 1", **SIZE, **changed})
