"""The pages that curation gives to a service: its report, and the story of a pair."""

from pathlib import Path

import pytest

from curate import pages
from curate.dataset.errors import DataError
from curate.reports.page import POLICY
from curate.stage.pages import Places, found
from tests.train.search._serving import asked, running
from train import index
from train.search import opened
from train.search.searcher import Searcher

DRAWN = """(async () => {
    document.querySelectorAll("details").forEach(d => d.open = true);
    const pictures = [...document.images];
    pictures.forEach(p => p.loading = "eager");
    await Promise.all(pictures.map(p => p.decode()));
    return [pictures.length, pictures.filter(p => !p.naturalWidth).length, document.title];
})()"""


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


def test_a_service_shows_them_in_a_browser_under_their_policy(
    reported, tiny_clip, tmp_path, browser
):
    snapshot = Path("data/snapshot")
    index.main(snapshot, tiny_clip(), tmp_path, index.IndexParams())
    with running(Searcher(opened.load(tmp_path, snapshot), snapshot), found(Places())) as url:
        script = """new Promise(done => {
            const look = () => {
                const links = [...document.querySelectorAll("#pages a, #hits a")];
                document.querySelector("#hits a") ? done(links.map(a => a.href))
                                                  : setTimeout(look, 20);
            };
            look();
        })"""
        report, *whys = browser.look(f"{url}?text=a+red+circle", script)["value"]
        assert report == f"{url}report/"
        assert len(whys) == len(Searcher(opened.load(tmp_path, snapshot), snapshot))
        for page, least in ((report, 20), (whys[0], 1)):
            assert asked(page, "")[1]["Content-Security-Policy"] == POLICY
            seen = browser.look(page, DRAWN)
            assert seen["errors"] == []
            number, missing, title = seen["value"]
            assert (number > least, missing) == (True, 0)
            assert title
            assert all(one.startswith((page, "data:")) for one in seen["requests"])
