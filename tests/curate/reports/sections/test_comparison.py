import pytest

from curate.reports.inputs import NotRun
from curate.reports.page import TEMPLATES, _environment
from curate.reports.sections import comparison
from tests import _report


@pytest.fixture
def told(tmp_path):
    """Gives what the section makes of some figures."""

    def make(figures):
        return _report.made_of(comparison, tmp_path, "compare", figures)

    return make


def test_the_best_model_is_first_and_what_is_missing_is_named(told):
    found = told(_report.compared())
    assert [row["name"] for row in found["rows"]] == ["uniter", "lxmert"]
    assert found["rows"][0]["recalls"][0] == (0.3, 0.02, 0.05)
    assert found["rows"][1]["recalls"][1] == (0.1, None, 0.05)
    assert found["rows"][0]["tasks"] == {"itm": (0.7, 0.02, 0.5)}
    assert found["tasks"] == [("itm", "whether caption and picture match")]
    assert found["missing"] == ["lxmert-1"]


def test_without_a_comparison_the_section_says_the_command_that_makes_it(told):
    with pytest.raises(NotRun, match=r"dvc exp run -S 'comparison.seeds=\[0,1\]'"):
        told({"budget": {}, "models": {}, "missing": []})


def test_tasks_that_some_models_lack_have_a_column_and_a_dash(told):
    figures = _report.compared()
    accuracy = {"mean": 0.2, "deviation": None, "least": 0.2, "most": 0.2}
    figures["models"]["lxmert"]["tasks"]["own"] = {"accuracy": accuracy, "targets": 40}
    found = told(figures)
    assert [task for task, _ in found["tasks"]] == ["itm", "own"]
    template = _environment().get_template("sections/comparison.html")
    text = template.render(s=found).partition("pretraining tasks")[2].partition("<h3>")[0]
    uniter, lxmert = (row.count("–") for row in text.split("<tr>")[2:])
    assert (uniter, lxmert) == (1, 0)


def test_the_table_shows_spread_chance_and_gaps(told):
    assert (TEMPLATES / "sections/comparison.html").is_file()
    template = _environment().get_template("sections/comparison.html")
    text = " ".join(template.render(s=told(_report.compared())).split())
    assert '<b>30.0%</b> <span class="small muted">± 2.0</span>' in text
    assert "chance 5.0%" in text
    assert "4,400,000" in text
    assert "at 1: 7.5%" in text
    assert '<td class="n">6</td>' in text  # times chance
    assert "0.700 → 0.500" in text
    assert "Not run yet: <code>lxmert-1</code>." in text
