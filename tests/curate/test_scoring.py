from pathlib import Path
from types import ModuleType

import pytest

from curate import scoring
from curate.dataset.errors import ParamsError, PluginError
from curate.scorer import PACKAGE, asked
from curate.stage import plugin


@pytest.mark.parametrize("name", plugin.names(PACKAGE))
def test_every_scorer_has_a_form_and_what_it_needs(name):
    module = plugin.load(PACKAGE, name)
    assert scoring.form_of(module) in scoring.FORMS
    assert module.KEY in ("uid", "image")
    assert module.SCHEMA.names[0] == module.KEY
    assert not module.SCHEMA.field(0).nullable
    assert isinstance(module.Params, type)


def test_every_form_is_that_of_some_scorer():
    found = {scoring.form_of(plugin.load(PACKAGE, name)) for name in plugin.names(PACKAGE)}
    assert found == set(scoring.FORMS)


def written(**has):
    module = ModuleType("curate.scorers.mine")
    vars(module).update(has)
    return module


def test_a_file_of_no_form_is_told_which_there_are():
    with pytest.raises(PluginError, match=r"curate/scorers/mine\.py .* none of measured, .*score"):
        scoring.form_of(written(KEY="uid"))


def test_a_file_that_lacks_what_its_form_needs_is_told_what():
    with pytest.raises(PluginError, match=r"mine\.py has measured but no SCHEMA, Params, least"):
        scoring.form_of(written(KEY="uid", measured=print))


def test_a_file_with_the_marks_of_two_forms_is_told_so():
    has = {"KEY": "image", "SCHEMA": None, "Params": dict, "score": print}
    with pytest.raises(PluginError, match=r"mine\.py has the marks judged and FROM_EMBEDDINGS"):
        scoring.form_of(written(**has, judged=print, FROM_EMBEDDINGS=True))


@pytest.mark.parametrize(
    ("section", "flag"),
    [
        ("score_embedded.clip_corrected", "--embeddings"),
        ("score_pool.duplicates", "--scores"),
    ],
)
def test_what_a_scorer_judges_by_must_be_named(project, drawn, write_set, section, flag):
    pairs = write_set(Path("pool"), [(drawn("circle", "red"), "en", "red")])
    pairs = pairs.append_column("set", [["pool"]])
    with pytest.raises(ParamsError, match=flag):
        scoring.table_of(asked(section, {}), scoring.Pool(pairs))
