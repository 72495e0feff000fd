import json
from pathlib import Path

import pytest

from curate.reports import page
from curate.reports.inputs import Inputs, NotRun, Paths
from curate.reports.sections import coverage

ENTRY = {"rank": 1, "have": 1, "missing": 4, "weight": 2.5, "usual": 3}
FIGURES = {
    "few": 5,
    "share": 0.2,
    "usual": 5,
    "concepts": {
        "there": 2,
        "scarce": 1,
        "absent": 1,
        "fields": [{"field": "animal", "concepts": 2, "scarce": 1}],
    },
    "languages": [{"lang": "en", "pairs": 7, "images": 7, "share": 1.0}],
    "relations": {"there": 1, "scarce": 1, "places": [["on", 2], ["under", 0]]},
    "wanted": {"concepts": 40, "relations": 1, "languages": 1},
    "next": {
        "concepts": [
            {
                **ENTRY,
                "what": f"<b>cat {number}",
                "synset": "cat.n.01",
                "field": "animal",
                "action": "crawl",
                "query": "cat",
                "source": "clipart",
                "share": 0.75,
                "make": {"method": "photometric", "each": 4},
            }
            for number in range(40)
        ],
        "relations": [{**ENTRY, "what": "under", "action": "keep", "dropped": 3, "rule": "clip"}],
        "languages": [{**ENTRY, "what": "ja", "action": "crawl"}],
    },
}


@pytest.fixture
def inputs(project):
    paths = Paths(Path("pool"), Path("decisions"), figures=Path("metrics"))
    return Inputs(paths, Path("reports/index.html"))


def test_what_the_stage_found_is_said_with_its_figures(inputs):
    Path("metrics").mkdir()
    Path("metrics/coverage.json").write_text(json.dumps(FIGURES))
    content = coverage.section(inputs, None, None)
    about = {"name": "coverage", "title": coverage.TITLE, "lead": coverage.LEAD}
    text = page.render(
        "report.html",
        title="t",
        headline=[],
        warnings=[],
        strip=[],
        sections=[{**about, "content": content, "lacks": None}],
    )
    assert "15 of 40" in text
    assert "&lt;b&gt;cat 0" in text
    assert "<code>clipart</code> is richest (75%)" in text
    assert "make: 4 by <code>photometric</code>" in text
    assert "keep: 3 pictures dropped, most by <code>clip</code>" in text
    assert "no source has it yet" in text


def test_without_the_stage_it_says_what_to_run(inputs):
    with pytest.raises(NotRun, match="the stage coverage writes it"):
        coverage.section(inputs, None, None)
