import time

from curate.stage import timing


def test_the_last_are_asked_before_and_all_are_timed_in_their_order():
    asked = []
    timing.of_answers(asked.append, "abc", warm=2)
    assert asked == ["b", "c", "a", "b", "c"]


def test_waiting_is_not_counted():
    found = timing.of_answers(time.sleep, [0.2] * 3, warm=0)
    assert 0 <= found["p50_ms"] <= found["p99_ms"] < 100
