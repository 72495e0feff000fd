"""What benchmarks measure with: the cost of a command with all that it starts, and ratios."""

import json
import sys

import pytest

from benchmarks import _cost

BUSY = "import time\nuntil = time.process_time() + 0.5\nwhile time.process_time() < until: pass"


def test_the_cost_of_a_command_holds_that_of_the_processes_it_starts():
    starts = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BUSY!r}], check=True)"
    cost = _cost.measured([sys.executable, "-c", f"{starts}\nprint('done')"])
    assert 0.5 <= cost.cpu < 5
    assert cost.wall >= 0.5
    assert cost.said == "done\n"


def test_memory_is_that_of_all_processes_at_the_peak():
    holds = "import time\nheld = b'x' * 200_000_000\ntime.sleep(1)"
    starts = (
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {holds!r}], check=True)"
    )
    assert 190 < _cost.measured([sys.executable, "-c", starts]).memory < 300


def test_a_command_that_fails_is_an_error_that_shows_what_it_said():
    with pytest.raises(RuntimeError, match="ended with 3:\nno luck"):
        _cost.measured([sys.executable, "-c", "print('no luck'); raise SystemExit(3)"])


def test_ratios_are_of_runs_that_followed_one_another():
    found = _cost.ratios([10, 40, 30], [10, 10, 10])
    assert found == {"median": 3.0, "min": 1.0, "max": 4.0, "n": 3}
    assert json.loads(_cost.last_line({"img2dataset": found})) == {"img2dataset": found}


def test_a_table_aligns_its_columns():
    assert _cost.table(["a", "bb"], [["long", 1.25], ["x", 10]]).splitlines() == [
        "a     bb",
        "----  ---",
        "long  1.2",
        "x     10",
    ]
