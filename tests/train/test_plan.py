import pytest

from curate.dataset.errors import ParamsError
from train.plan import parse


def test_layers_are_read_from_words():
    assert parse("joint 12") == [("joint", 12)]
    assert parse(" joint 2 | joint 3") == [("joint", 2), ("joint", 3)]


@pytest.mark.parametrize(
    ("streams", "message"),
    [
        ("jiont 12", r"no kind jiont \(known: joint\)"),
        ("12 joint", "not of the form 'joint 12'"),
        ("joint", "not of the form"),
        ("", "not of the form"),
    ],
)
def test_what_is_no_plan_is_answered_with_one(streams, message):
    with pytest.raises(ParamsError, match=message):
        parse(streams)
