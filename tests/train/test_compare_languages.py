from pathlib import Path

import pytest

from curate.dataset.errors import ParamsError
from curate.stage.params import as_dict, build
from train import compare_languages, text
from train.params import Sampling


@pytest.fixture
def conditions(run_params):
    """Makes the conditions of a comparison of small models."""

    def make(**changed):
        values = as_dict(run_params(tokenizer={"kind": "wordpiece", "size": 90}, initial="none"))
        pretrain = {k: v for k, v in values.items() if k not in ("model", "seed", "sampling")}
        change = values["model"]["change"]
        given = {
            "all": {"change": change, "objectives": {"itm": None, "itc": {}}},
            "pretrain": {**pretrain, "sampling": {"unmasked": 0.5}},
            "conditions": {
                "both": {"languages": {"en": 1, "de": 0.5}, "objectives": {"tlm": {}}},
                "english": {"languages": {"en": 1.0}},
            },
            "measured": {"languages": ["en", "de"], "least": 5},
            **changed,
        }
        return build(compare_languages.LanguagesParams, given, "compare_languages")

    return make


def test_a_language_that_is_not_taken_is_measured_zero_shot_by_words_of_the_others(
    small, project, conditions
):
    parts = (small.snapshot, small.labels, small.network)
    found = compare_languages.main(
        "english", 1, *parts, Path("out"), Path("logs"), conditions(), split=small.split
    )
    assert (found["condition"], found["seed"]) == ("english", 1)
    assert found["budget"]["pairs"] == 48
    assert found["candidates"] == found["shared"] == 12
    told = {tag: (own["share"], own["zero_shot"]) for tag, own in found["languages"].items()}
    assert told == {"en": (1.0, False), "de": (0.0, True)}
    assert found["languages"]["de"]["beside"]["en"]["text_retrieval"]["candidates"] == 12
    assert found["cpu_seconds"]["measure"] > 0
    words = text.Words(Path("out"))
    assert words.decode(words.encode(["a tiny red circle"], 16).ids) == "a tiny red circle"
    assert words.decode(words.encode(["grüner Würfel"], 16).ids) != "grüner würfel"


def test_a_condition_says_languages_and_tasks_and_shares_all_else(conditions):
    params = conditions()
    both, english = (compare_languages.run_params(n, 2, params) for n in params.conditions)
    assert both.sampling == Sampling(languages={"en": 1.0, "de": 0.5}, unmasked=0.5)
    assert english.sampling.languages == {"en": 1.0}
    assert both.model["objectives"] == {"itm": None, "itc": {}, "tlm": {}}
    assert english.model["objectives"] == {"itm": None, "itc": {}}
    assert both.model["change"] == english.model["change"]
    assert (both.steps, both.seed) == (english.steps, english.seed) == (6, 2)


def test_shares_are_of_the_pairs_that_an_epoch_takes(small):
    found = compare_languages.shares(small.snapshot, Sampling(languages={"en": 1.0, "de": 0.5}))
    assert found == pytest.approx({"en": 2 / 3, "de": 1 / 3})


def test_what_knows_words_of_other_languages_is_refused(conditions):
    values = as_dict(conditions())
    for wrong in ({"initial": "words", "tokenizer": {"kind": "initial"}}, {"tokenizer": {}}):
        pretrain = {**values["pretrain"], **wrong}
        params = conditions(pretrain=pretrain)
        with pytest.raises(ParamsError, match=r"know words of languages .* set initial: none"):
            compare_languages.run_params("english", 0, params)


def test_what_conditions_differ_in_cannot_be_said_of_all(conditions):
    values = as_dict(conditions())
    params = conditions(pretrain={**values["pretrain"], "sampling": {"alpha": 0.3}})
    with pytest.raises(ParamsError, match=r"pretrain.sampling.alpha is what conditions differ in"):
        compare_languages.run_params("english", 0, params)


def test_a_condition_that_is_not_there_is_an_error_that_names_those_that_are(conditions):
    with pytest.raises(ParamsError, match=r"no condition is named 'german' .*: both, english\)"):
        compare_languages.run_params("german", 0, conditions())
