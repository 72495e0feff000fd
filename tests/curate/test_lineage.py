"""Who saw a pair is told line by line; of versions that cannot be asked, in one for each output."""

from pathlib import Path

import pytest

from curate import lineage
from curate.descent import trace
from curate.forgotten import Entry, Forgotten
from curate.history import Seen


@pytest.fixture
def told(drawn_project):
    """What is told of a pair, given who saw it."""
    entry = Entry("uid", drawn_project.circles["red"]["uid"], "asked", "2026-01-02")
    descent = trace(Path("data"), Forgotten((entry,)))
    return lambda *seen: list(lineage.lines(descent, seen))


def test_versions_that_the_cache_has_no_more_share_a_line_for_each_output(told):
    lines = told(
        Seen("data/snapshot", "m", "0123456789abcdef01", "workspace", {"train": 2, "test": 1}),
        Seen("data/snapshot", "m", "", "ccc of 2026-11-03", None),
        Seen("models/imagebert", "m", "", "ccc of 2026-11-03", None),
        Seen("data/snapshot", "m", "", "bbb of 2026-11-02", None),
        Seen("data/snapshot", "m", "", "aaa of 2026-11-01", None),
    )
    at = lines.index("Seen by")
    own = "data/snapshot workspace of 0123456789abcdef test 1, train 2"
    assert lines[at + 1].split() == own.split()
    assert lines[at + 4 :] == [
        "  data/snapshot: 3 from aaa of 2026-11-01 to ccc of 2026-11-03",
        "  models/imagebert: ccc of 2026-11-03",
    ]


def test_where_nothing_is_lost_nothing_is_said_of_it(told):
    assert told()[-1] == "No snapshot and no model saw any of it"
