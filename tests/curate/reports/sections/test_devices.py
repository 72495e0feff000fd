import pytest

from curate.reports.inputs import NotRun
from curate.reports.page import _environment
from curate.reports.sections import devices
from tests import _report


@pytest.fixture
def told(tmp_path):
    """Gives what the section makes of some figures."""

    def make(figures):
        return _report.made_of(devices, tmp_path, "compression", figures)

    return make


def test_the_fastest_form_is_first_and_what_is_missing_is_named(told):
    found = told(_report.compressed())
    assert [row["name"] for row in found["rows"]] == ["whole, onnx_int8", "whole, eager"]
    assert found["rows"][0] | {"peak": None, "chance": None} == {
        "name": "whole, onnx_int8",
        "front": True,
        "mib": 4.0,
        "packed_mib": 2.0,
        "p50": 2.0,
        "p99": 4.0,
        "peak": None,
        "recall": 0.245,
        "chance": None,
        "smaller": 4.0,
        "faster": 4.0,
        "lost": 0.5,
    }
    assert found["missing"] == ["pruned"]
    assert "whole, eager" in found["plot"]


def test_without_variants_the_section_says_the_command_that_makes_them(told):
    with pytest.raises(NotRun, match=r"dvc exp run -S 'devices.variants="):
        told({"model": "models/imagebert", "rows": [], "missing": []})


def test_without_the_model_as_it_was_there_is_nothing_to_be_smaller_than(told):
    figures = _report.compressed()
    for row in figures["rows"]:
        for name in ("smaller", "faster", "points_lost"):
            del row[name]
    found = told(figures)
    assert {row["lost"] for row in found["rows"]} == {None}
    text = _environment().get_template("sections/devices.html").render(s=found)
    assert text.count('<td class="n">–</td>') == 2
