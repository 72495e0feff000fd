import pytest

from curate.dataset.errors import PluginError
from curate.stage import plugin


def test_a_plugin_is_found_by_the_name_of_its_file():
    assert "tables" in plugin.names("curate.dataset")
    assert plugin.load("curate.dataset", "tables").__name__ == "curate.dataset.tables"


def test_a_name_with_dots_says_the_package_too():
    assert plugin.load("curate.dataset", "align.scorers.complexity").KEY == "uid"
    message = r"no file align/scorers/complexit.py; did you mean 'complexity'"
    with pytest.raises(PluginError, match=message):
        plugin.load("curate.dataset", "align.scorers.complexit")
    with pytest.raises(PluginError, match=r"nowhere is no package of plugins"):
        plugin.load("curate.dataset", "nowhere.complexity")


def test_an_unknown_name_is_answered_with_the_known_ones():
    message = r"curate/dataset/tabels.py; did you mean 'tables'.*shards"
    with pytest.raises(PluginError, match=message):
        plugin.load("curate.dataset", "tabels")
