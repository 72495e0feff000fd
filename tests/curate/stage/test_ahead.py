import threading
import time

import pytest

from curate.stage.ahead import ahead


@pytest.mark.parametrize("threads", [1, 3, 8])
def test_results_come_in_order_whoever_is_done_first(threads):
    def slow(item):
        time.sleep(0.01 * (item % 3 == 0))
        return -item

    assert list(ahead(slow, range(20), threads)) == [-item for item in range(20)]
    assert list(ahead(slow, [], threads)) == []


def test_the_next_are_made_while_the_caller_works_and_no_more_than_are_allowed():
    made = []
    ready = threading.Event()

    def make(item):
        made.append(item)
        if item == 2:
            ready.set()
        return item

    for taken, item in enumerate(ahead(make, range(10), 2), start=1):
        assert item == taken - 1
        if taken == 1:
            assert ready.wait(10)  # made though only the first was asked for
        assert len(made) <= taken + 2


def test_an_error_comes_at_its_turn_and_ends_the_work():
    begun = []

    def make(item):
        begun.append(item)
        if item == 3:
            raise ValueError("no picture")
        return item

    found = []
    with pytest.raises(ValueError, match="no picture"):
        found.extend(ahead(make, range(100), 2))
    assert max(begun) <= 6


def test_who_stops_asking_leaves_no_thread_behind():
    working = ahead(lambda item: item, range(100), 3)
    next(working)
    working.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("ahead")]
