import json
from pathlib import Path

import pytest

from curate.reports.inputs import Inputs, Paths
from curate.reports.page import _environment
from curate.reports.sections import languages
from curate.reports.thumbnails import Thumbnails
from tests import _report


@pytest.fixture
def told(finished):
    """Gives what the section makes of a drawn project and some figures, and its HTML."""

    def make(figures):
        Path("metrics/languages.json").write_text(json.dumps(figures))
        places = {"snapshot": Path("data/snapshot"), "figures": Path("metrics")}
        paths = Paths(Path("data/pool"), Path("data/decisions"), **places)
        with Thumbnails(64, 50) as thumbnails:
            found = languages.section(Inputs(paths, _report.OUT), thumbnails, None)
        return found, _environment().get_template("sections/languages.html").render(s=found)

    return make


def test_each_language_stands_with_its_pairs_and_what_each_way_finds_in_it(told):
    found, text = told(_report.compared_languages())
    rows = {row["tag"]: row for row in found["rows"]}
    assert found["rows"][0]["pairs"] == max(row["pairs"] for row in found["rows"]) > 1
    assert (rows["en"]["name"], rows["ja"]["name"]) == ("English", "Japanese")
    assert sum(row["trained"] for row in found["rows"]) == pytest.approx(1)
    assert found["models"] == ["english", "balanced"]
    alone, both = rows["ja"]["cells"]
    assert alone == (0.125, None, 0.0, True, ("English", 0.25))
    assert both == (pytest.approx(0.3), 0.02, 0.4, False, ("English", 0.25))
    assert (found["chance"], found["candidates"], found["shared"]) == (0.05, 200, 180)
    assert found["left_out"] == [("Hebrew", "he", 12)]
    assert "Not run yet: <code>balanced-1</code>" in text


def test_what_a_model_never_read_is_marked_in_words(told):
    _, text = told(_report.compared_languages())
    assert text.count("<em>held out</em><br>") == 1
    assert "40% of its pairs" in text


def test_a_way_that_did_not_measure_a_language_has_a_dash(told):
    figures = _report.compared_languages()
    del figures["models"]["balanced"]["languages"]["ja"]
    found, text = told(figures)
    assert next(row for row in found["rows"] if row["tag"] == "ja")["cells"][1] is None
    assert '<td class="n"><span class="muted">–</span></td>' in text


def test_without_runs_the_section_tells_of_the_pairs_and_of_the_command(told):
    found, text = told({"budget": {}, "models": {}, "missing": []})
    assert found["models"] == []
    assert {row["tag"] for row in found["rows"]} >= {"en"}
    assert "dvc exp run -S &#39;languages.seeds=[0]&#39;" in text


def test_a_picture_stands_with_a_caption_in_each_of_its_languages(told, finished):
    found, _ = told({})
    first = found["told"][0]["captions"]
    assert [tag for _, tag, _ in first] == sorted({tag for _, tag, _ in first})
    assert len(first) == max(len(one["captions"]) for one in found["told"]) > 1
    own = {(p["lang"], p["caption"]) for p in finished.pairs}
    assert {(tag, caption) for _, tag, caption in first} <= own


def test_captions_run_in_the_direction_of_their_script(finished, browser):
    finished.decide("pool", finished.pairs, dropped=[finished.circles["black"]["uid"]])
    _report.write(params={"sections": ["languages"]})
    look = """[...document.querySelectorAll('#languages dd')].map(
        d => [d.lang, getComputedStyle(d).direction])"""
    seen = dict(browser.look(_report.OUT, look)["value"])
    assert seen.pop("ar") == "rtl"
    assert set(seen.values()) == {"ltr"}
