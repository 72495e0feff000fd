import optuna
import pytest

from curate.dataset.errors import ParamsError
from curate.stage.params import build
from train.policies import space
from train.policies.space import Axis

VALUES = {"rules": {"clip": {"at_least": 0.1}, "sharp": None}, "made": False, "shared": 6}
ASKED = {
    "rules.sharp": {"kind": "switch"},
    "rules.clip": {"kind": "switch"},
    "rules.clip.at_least": {"kind": "float", "low": 0.0, "high": 0.2},
    "made": {"kind": "categorical", "choices": [True, False]},
    "shared": {"kind": "int", "low": 2, "high": 9},
}


def axes(**changed):
    return {path: build(Axis, own, path) for path, own in {**ASKED, **changed}.items()}


def suggested(fixed):
    trial = optuna.trial.FixedTrial(fixed)
    return space.suggest(trial, axes())


def test_a_search_begins_with_what_the_parameters_are():
    assert space.check(axes(), VALUES) == {
        "rules.sharp": False, "rules.clip": True, "rules.clip.at_least": 0.1, "made": False,
        "shared": 6,
    }  # fmt: skip


def test_what_lies_below_a_switch_that_is_off_is_not_asked_about():
    on = {"rules.sharp": True, "rules.clip": True, "rules.clip.at_least": 0.2}
    rest = {"made": True, "shared": 3}
    assert suggested({**on, **rest}) == {"rules.clip.at_least": 0.2, **rest}
    off = {"rules.sharp": True, "rules.clip": False}
    assert suggested({**off, **rest}) == {"rules.clip": None, **rest}
    no_clip = {**VALUES, "rules": {"clip": None, "sharp": {}}}
    assert "rules.clip.at_least" not in space.check(axes(), no_clip)


def test_changes_are_those_that_a_trial_was_asked_for():
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(20):
        trial = study.ask()
        changes = space.suggest(trial, axes())
        assert changes == space.changes(axes(), trial.params)
        assert ("rules.clip" in changes) != ("rules.clip.at_least" in changes)
        assert 2 <= changes["shared"] <= 9


@pytest.mark.parametrize(
    ("path", "own", "told"),
    [
        ("rules.clap", {"kind": "switch"}, r"rules\.clap: the params file has no such parameter"),
        ("shared", {"kind": "int", "low": 7, "high": 9}, r"is now 6, which the axis does not hold"),
        ("made", {"kind": "categorical", "choices": ["yes"]}, "is now False"),
        ("shared", {"kind": "float", "low": 1.0}, "a number needs low and high"),
        ("shared", {"kind": "float", "low": 9, "high": 1}, r"\(low=9\.0, high=1\.0\)"),
        ("made", {"kind": "categorical"}, "must contain one or more elements"),
        ("rules", {"kind": "switch"}, "has to be a switch that stands before that"),
        ("shared", {"kind": "loguniform"}, "kind is 'loguniform'"),
    ],
)
def test_an_axis_that_cannot_be_is_an_error_that_names_it(path, own, told):
    with pytest.raises(ParamsError, match=told):
        space.check(axes(**{path: own}), VALUES)
