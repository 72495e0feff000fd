import pickle

import pytest

from curate import scorer
from curate.dataset.errors import ParamsError, PluginError


def test_a_section_asks_for_the_scorer_of_its_name_or_kind():
    one = scorer.asked("score.image", {"reads": "data/pool", "longest_side": 64})
    other = scorer.asked("score.large", {"kind": "image", "longest_side": 64})
    assert (one.name, one.kind, other.name, other.kind) == ("image", "image", "large", "image")
    assert one.params == other.params
    assert one.memory()._folder == other.memory()._folder
    assert pickle.loads(pickle.dumps(other)) == other


def test_a_mistake_is_told_by_its_place():
    with pytest.raises(ParamsError, match=r"unknown parameter looks\.image\.longest_sid"):
        scorer.asked("looks.image", {"longest_sid": 64})
    with pytest.raises(PluginError, match=r"curate/scorers/imgae\.py; did you mean 'image'"):
        scorer.asked("score.imgae", {})


def test_another_parameter_is_another_memory():
    folders = [
        scorer.asked("score.image", {"longest_side": side}).memory()._folder for side in (64, 65)
    ]
    assert folders[0] != folders[1]
