import pytest
from scipy import stats

from curate.choosing import doubt
from curate.choosing.candidate import Candidate, Costs, Quality, Stages


def of(name, mean, deviation=None, seeds=(), hours=None, questions=100):
    quality = Quality(mean, deviation, len(seeds) or 1)
    stages = Stages(f"compare@{name}", "comparison") if seeds else None
    costs = Costs(training_hours=hours)
    return Candidate(name, "", "recall", questions, quality, costs, seeds=seeds, stages=stages)


def test_means_far_apart_beside_their_spread_are_clear():
    found = doubt.between(of("a", 0.3, 0.01, (0, 1, 2)), of("b", 0.2, 0.01, (0, 1, 2)))
    assert found.clear
    assert found.to_do == ""


def test_the_test_is_welch_s_and_agrees_with_the_one_on_the_runs_themselves():
    a, b = (0.3, 0.34, 0.29), (0.25, 0.26)
    told = [Quality(*(f(v) for f in (stats.tmean, stats.tstd, len))) for v in (a, b)]
    expected = stats.ttest_ind(a, b, equal_var=False).pvalue
    assert doubt.welch(*told) == pytest.approx(expected)


def test_means_within_their_spread_are_not_clear_and_seeds_that_would_do_are_counted():
    a, b = of("a", 0.3, 0.05, (0, 1), 2.0), of("b", 0.25, 0.05, (0, 1), 3.0)
    found = doubt.between(a, b)
    needed = doubt.runs_needed(a.quality, b.quality)
    assert not found.clear
    qualities = [one.quality._replace(runs=needed) for one in (a, b)]
    assert (
        doubt.welch(*qualities)
        < 0.05
        <= doubt.welch(*(q._replace(runs=needed - 1) for q in qualities))
    )
    assert found.hours == pytest.approx((needed - 2) * 5.0)
    assert f"compare@a-{needed - 1}" in found.to_do
    assert f"compare@b-{needed - 1} && dvc repro -s comparison" in found.to_do


def test_where_no_number_of_seeds_would_do_that_is_said():
    found = doubt.between(of("a", 0.3001, 0.05, (0, 1)), of("b", 0.3, 0.05, (0, 1)))
    assert (found.clear, found.to_do, found.hours) == (False, "", None)
    assert "would not settle it" in found.why


def test_of_one_seed_nothing_is_clear_and_three_are_asked_for():
    found = doubt.between(of("a", 0.9, None, (0,), 1.0), of("b", 0.1, None, (1,), 2.0))
    assert not found.clear
    wanted = "compare@a-1 compare@a-2 compare@b-0 compare@b-2 && dvc repro -s comparison"
    assert found.to_do == f"`dvc exp run -S 'comparison.seeds=[0,1,2]' {wanted}`"
    assert found.hours == pytest.approx(6.0)


def test_what_was_never_timed_has_no_hours_and_a_model_without_seeds_no_command():
    found = doubt.between(of("a", 0.9, None, (0,)), of("b", 0.1, None, (0,), 1.0))
    assert found.hours is None
    found = doubt.between(of("models/mine", 0.9), of("b", 0.1, None, (0,), 1.0))
    assert (found.to_do, found.hours) == (
        "train models/mine from 3 seeds, as `comparison` does",
        None,
    )


def test_forms_of_trained_weights_are_told_apart_by_how_many_questions_there_are():
    # the standard error of a difference of .5 and .4 among 100 is √(.49 / 100) = .07
    near = doubt.between(of("a", 0.5), of("b", 0.4))
    assert not near.clear
    assert "± 0.0700" in near.why
    assert near.to_do == "measure both on 189 questions or more"  # .49 · (1.96 / .1)² = 188.2
    assert doubt.between(of("a", 0.5, questions=189), of("b", 0.4, questions=189)).clear


def test_what_is_level_is_not_clear_and_no_number_of_questions_is_asked_for():
    found = doubt.between(of("a", 0.5), of("b", 0.5))
    assert (found.clear, found.to_do) == (False, "")
    assert found.why.startswith("b is level")
