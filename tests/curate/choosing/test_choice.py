from curate.choosing.candidate import Candidate, Costs, Measured, Quality
from curate.choosing.choice import Limits, choices, said


def of(name, mean, costs=None, among="recall", questions=100):
    return Candidate(name, "", among, questions, Quality(mean, None, 1), costs or Costs())


FAST = of("fast", 0.2, Costs(1.0, 2.0, 50.0, 4.0, 1.0))
GOOD = of("good", 0.3, Costs(5.0, 9.0, 500.0, 16.0, 2.0))
POOR = of("poor", 0.1, Costs(3.0, 4.0, 60.0, 4.0, 1.0))
BLANK = of("blank", 0.9)


def chosen(limits, *some):
    return choices(Measured(list(some)), limits)


def test_without_limits_the_best_is_taken_and_the_others_follow():
    (found,) = chosen(Limits(), POOR, FAST, GOOD)
    assert [one.name for one in found.within] == ["good", "fast", "poor"]
    assert [doubt.other.name for doubt in found.doubts] == ["fast", "poor"]
    assert found.outside == []


def test_what_is_beyond_a_limit_is_left_out_with_what_it_costs():
    (found,) = chosen(Limits(latency_ms=8, memory_mb=200), GOOD, FAST)
    assert found.best is FAST
    assert found.outside == [(GOOD, ["99 of 100 answers within 9 ms", "500 MB of memory"])]


def test_a_limit_holds_for_99_of_100_answers_and_what_just_keeps_it_stays():
    assert chosen(Limits(latency_ms=9), GOOD)[0].best is GOOD
    assert chosen(Limits(latency_ms=8.9), GOOD)[0].best is None  # though the median is 5


def test_what_was_not_measured_never_keeps_a_limit():
    (found,) = chosen(Limits(latency_ms=8, training_hours=5), BLANK, FAST)
    assert found.best is FAST
    why = ["latency was not measured", "training was not measured"]
    assert found.outside == [(BLANK, why)]
    assert chosen(Limits(), BLANK, FAST)[0].best is BLANK


def test_the_front_is_what_no_other_is_both_as_fast_and_as_good_as():
    (found,) = chosen(Limits(), GOOD, FAST, POOR, BLANK)
    assert found.front == {"good", "fast"}


def test_of_those_that_may_be_as_good_the_fastest_is_told():
    (found,) = chosen(Limits(), GOOD, FAST, BLANK)
    assert found.best is BLANK
    assert [doubt.other.name for doubt in found.rivals] == []  # .9 is far from .3 of 100
    assert found.fastest is None
    (found,) = chosen(Limits(), GOOD, FAST, POOR)
    assert [doubt.other.name for doubt in found.rivals] == ["fast"]
    assert found.fastest is FAST
    assert chosen(Limits(), FAST)[0].fastest is None  # it is the best itself


def test_figures_that_were_not_measured_alike_are_never_laid_side_by_side():
    other = of("other", 0.99, among="recall of more", questions=200)
    first, second = chosen(Limits(), FAST, GOOD, other)
    assert (first.best, second.best) == (other, GOOD)
    first, second = chosen(Limits(latency_ms=20), FAST, GOOD, other)
    assert (first.best, second.best) == (GOOD, None)


def test_limits_are_said_in_their_units():
    assert said(Limits(latency_ms=20, size_mb=1.5)) == [
        "99 of 100 answers within 20 ms",
        "1.5 MB of files",
    ]
