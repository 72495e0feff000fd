import json

import pytest

from curate.choosing import commands
from curate.reports.inputs import NotRun
from curate.reports.page import _environment
from curate.reports.sections import choosing
from tests import _report


@pytest.fixture
def told(tmp_path):
    """Gives what the section makes of a comparison, and of variants beside it."""

    def make(compared, compressed=None):
        if compressed is not None:
            (tmp_path / "compression.json").write_text(json.dumps(compressed))
        return _report.made_of(choosing, tmp_path, "compare", compared)

    return make


def shown(found):
    text = _environment().get_template("sections/choosing.html").render(s=found)
    return " ".join(text.split())


def test_the_best_is_first_and_what_no_other_beats_is_on_the_plot(told):
    (task,) = told({}, _report.compressed())["tasks"]
    (choice,) = task["choices"]
    assert [row["name"] for row in choice["rows"]] == [
        "models/imagebert, whole, eager",
        "models/imagebert, whole, onnx_int8",
    ]
    assert all(row["front"] for row in choice["rows"])
    assert "whole, onnx_int8" in choice["plot"]
    assert choice["fastest"].name == "models/imagebert, whole, onnx_int8"
    assert task["missing"][0][0].name == "models/imagebert, pruned"


def test_what_was_not_timed_is_in_the_table_and_not_on_a_plot(told):
    found = told(_report.compared())
    (choice,) = found["tasks"][0]["choices"]
    assert choice["plot"] is None
    text = shown(found)
    assert "<strong>uniter</strong> is best, in <code>models/compare/uniter-{0,1}</code>." in text
    assert '<b>0.3</b> <span class="small muted">± 0.02</span>' in text
    command = "dvc repro -f -s compare@uniter-0 &amp;&amp; dvc repro -s comparison"
    assert f"<code>uniter</code> (<code>{command}</code>)" in text


def test_doubt_is_told_with_what_would_end_it(told):
    text = shown(told(_report.compared()))
    assert "Others may be as good" in text
    assert "lxmert was trained once, so how far seeds lie apart is not known" in text
    assert "<code>dvc exp run -S &#39;comparison.seeds=[0,1,2]&#39; compare@uniter-2" in text


def test_without_figures_the_section_says_what_measures_them(told):
    with pytest.raises(NotRun) as reason:
        told({"budget": {}, "models": {}, "missing": []})
    assert commands.FIRST in str(reason.value)
