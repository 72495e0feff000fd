import contextlib

import pytest

from curate.dataset.errors import ParamsError
from train.lesson import Lesson
from train.shared import Shared


def make(model, pairs, words, params, name=""):
    """A lesson whose one figure is that of the model it is given."""
    return Lesson(model, pairs, words, params, lambda m, _: {"mlm/loss": id(m)}, name=name)


def test_figures_stand_under_the_name_of_one_among_others(make_model, pairs, words, run_params):
    first, second = make_model(), make_model()
    shared = Shared({"first": first, "second": second})
    lesson = make(second, pairs, words, run_params(), "second")
    found = lesson.validated(shared, contextlib.nullcontext())
    assert found == {"second/mlm/loss": id(second)}
    assert lesson.named({"mlm/accuracy": 0.5}) == {"second/mlm/accuracy": 0.5}


def test_figures_of_the_only_one_have_no_name_before_them(make_model, pairs, words, run_params):
    lesson = make(model := make_model(), pairs, words, run_params())
    assert lesson.validated(model, contextlib.nullcontext()) == {"mlm/loss": id(model)}


def test_a_batch_has_the_targets_of_its_step_s_tasks_alone(make_model, pairs, words, run_params):
    model = make_model(mix={"mlm": 1.0, "moc + mrfr": 1.0, "itm": 1.0})
    lesson = make(model, pairs, words, run_params())
    epoch, rows = next(lesson.batches.schedule())
    seen = set()
    for step in range(12):
        names = [task.name for task in lesson.tasks_of(step)]
        assert sorted(lesson.batch(step, epoch, rows).targets) == sorted(names)
        seen.add(tuple(names))
    assert seen == {("mlm",), ("moc", "mrfr"), ("itm",)}


def test_a_task_without_its_pairs_is_an_error(make_model, pairs, words, run_params):
    params = run_params(sampling={"languages": {"en": 1.0, "other": 0.0}})
    with pytest.raises(ParamsError, match="the task tlm needs pictures with captions in two"):
        make(make_model(objectives={"tlm": {}}), pairs, words, params)
