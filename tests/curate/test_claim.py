from pathlib import Path

import pytest

from curate import claim
from curate.dataset.errors import BusyError, DataError

PLAN = {"snapshot": "ab" * 32, "form": "parquet", "splits": ["train"], "per_file": 3}


def test_a_plan_that_is_begun_is_gone_on_with_and_another_is_refused(project):
    out = Path("out")
    assert claim.claim(out, dict(PLAN)) is None
    assert claim.claim(out, dict(PLAN)) is None
    with pytest.raises(DataError, match="out holds snapshot abababababababab as parquet"):
        claim.claim(out, {**PLAN, "form": "webdataset"})


def test_a_run_that_was_killed_before_its_plan_was_whole_is_no_hindrance(project):
    work = Path("out", claim.WORK)
    work.mkdir(parents=True)
    (work / ".plan.json.12-ab.partial").write_text("{")
    assert claim.claim(Path("out"), dict(PLAN)) is None
    assert [file.name for file in work.iterdir()] == ["plan.json"]


def test_one_run_at_a_time_has_a_folder(project):
    with (
        claim.held(Path("out")),
        pytest.raises(BusyError, match="another run is writing out"),
        claim.held(Path("out")),
    ):
        pass
    with claim.held(Path("out")):
        pass
