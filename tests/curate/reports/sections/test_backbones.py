import pytest

from curate.reports.inputs import NotRun
from curate.reports.page import _environment
from curate.reports.sections import backbones
from tests import _report


def test_each_way_tells_what_a_new_picture_takes_beside_the_answer(tmp_path):
    found = _report.made_of(backbones, tmp_path, "backbones", _report.compared_backbones())
    assert [(row["name"], row["took"]) for row in found["rows"]] == [
        ("resnet", [2.0, 9.0]),
        ("proposals", [30.0, 9.0]),
    ]
    text = _environment().get_template("sections/backbones.html").render(s=found)
    row = text.partition("<code>proposals</code>")[2].partition("</tr>")[0]
    assert "<td>regions by proposals, frozen</td>" in row
    assert row.endswith('<td class="n">30</td><td class="n">9</td><td class="n">39</td>')
    assert "Not run yet: <code>resnet-1</code>." in text


def test_without_figures_the_command_that_makes_them_is_told(tmp_path):
    empty = {"budget": {}, "models": {}, "missing": []}
    with pytest.raises(NotRun, match=r"dvc exp run -S 'backbones.models=\[proposals,cells"):
        _report.made_of(backbones, tmp_path, "backbones", empty)
