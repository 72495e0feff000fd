"""The pages that curation gives to a service: its report, and the story of a pair."""

from pathlib import Path

import pytest

from curate import pages
from curate.dataset.errors import DataError
from curate.stage.pages import Places


def test_the_report_is_given_as_it_was_written(project):
    page = pages.report(Places())
    with pytest.raises(DataError, match=r"reports/index.html is missing; `dvc repro report`"):
        page.html("")
    Path("reports").mkdir()
    Path("reports/index.html").write_text("the report", encoding="utf-8")
    assert page.html("") == b"the report"
    assert not page.of_pair


def test_a_pair_is_explained_by_its_uid_or_how_that_begins(scored_project):
    page, uid = pages.why(Places()), scored_project.circles["red"]["uid"]
    assert page.of_pair
    assert page.html(uid[:12]) == page.html(uid)
    assert uid.encode() in page.html(uid)
    with pytest.raises(DataError, match="no pair has a uid that begins with 'ffff'"):
        page.html("ffff")
