import dataclasses

import numpy as np
import pytest

from train import languages, sentences, translations
from train.batches import Batches
from train.params import Sampling
from train.plan import Plan

TAGS = np.array(["en"] * 80 + ["de"] * 16 + ["ja"] * 4)


def shares(**sampling):
    weights = languages.weights(TAGS, Sampling(**sampling))
    return {tag: weights[tag == TAGS].sum() for tag in ("en", "de", "ja")}


def test_without_an_exponent_a_pair_is_taken_as_often_as_its_language_weighs():
    found = languages.weights(TAGS, Sampling(languages={"en": 1.0, "other": 0.1}))
    assert found.tolist() == [1.0] * 80 + [0.1] * 20


@pytest.mark.parametrize("alpha", [0.3, 0.7])
def test_with_an_exponent_shares_are_xlm_rs_and_the_epoch_stays_as_long(alpha):
    found = shares(languages={"other": 1.0}, alpha=alpha)
    share = np.array([0.8, 0.16, 0.04]) ** alpha
    assert list(found.values()) == pytest.approx(list(100 * share / share.sum()))


def test_at_zero_all_languages_that_are_taken_are_taken_alike():
    found = shares(languages={"en": 1.0, "de": 0.5}, alpha=0.0)
    assert found == pytest.approx({"en": 44.0, "de": 44.0, "ja": 0.0})


def test_no_language_at_all_is_nothing():
    assert not languages.weights(TAGS, Sampling(languages={}, alpha=0.3)).any()


def test_a_region_is_of_its_language_unless_it_is_named_itself():
    tags = np.array(["en", "en-GB", "en-AU", "de-AT", "enm"])
    sampling = Sampling(languages={"en": 1.0, "en-AU": 0.5, "de": 0.0, "other": 0.25})
    assert languages.weights(tags, sampling).tolist() == [1.0, 1.0, 0.5, 0.0, 0.25]


def test_with_an_exponent_regions_count_to_their_language():
    tags = np.array(["en"] * 80 + ["de"] * 10 + ["de-AT"] * 10)
    found = languages.weights(tags, Sampling(languages={"other": 1.0}, alpha=0.0))
    assert found[:80].sum() == pytest.approx(found[80:].sum())


TOLD = (("en", "fr"), ("en", "de-AT"), ("en", "en"), ("de-AT", "de-AT"))  # of pictures in turn
SHAPE = {"streams": "joint 1", "width": 8, "heads": 2, "inner": 16, "text_tokens": 16, "regions": 4}


@pytest.fixture
def many_tongues(pairs):
    """The training split, its pictures told in other languages."""
    tags = np.empty(len(pairs), "<U5")
    for number, picture in enumerate(np.unique(pairs.image)):
        tags[pairs.image == picture] = TOLD[number % len(TOLD)]
    return dataclasses.replace(pairs, languages=tags)


def read(corpus, words, sampling, **second):
    """Languages of all captions that some epochs read: own ones, wrong ones and second ones."""
    batches, found = Batches(corpus, words, 8, 0, sampling, **second), set()
    for epoch in range(30):
        shown = batches.shown(epoch, np.concatenate(batches.order(epoch)), both=True)
        rows = np.concatenate([shown.texts, shown.seconds[shown.seconds >= 0]])
        found |= {*corpus.languages[rows].tolist()}
    return found


@pytest.mark.parametrize("german", [0.0, 1.0])
@pytest.mark.parametrize("way", ["translations", "sentences"])
def test_a_language_that_is_held_out_is_read_in_no_place(many_tongues, words, way, german):
    named = {"de": german, "other": 1.0}
    sampling = Sampling(languages=named, hard=0.5, neighbours=8, by_caption=1.0)
    if way == "translations":
        plan = Plan(**SHAPE, objectives={"tlm": {}})
        second = {way: translations.of(many_tongues, plan, 0, sampling)}
    else:
        second = {way: sentences.of(many_tongues, Plan(**SHAPE, second=0.5), 0)}
    wanted = {"en", "fr", "de-AT"} if german else {"en", "fr"}
    assert read(many_tongues, words, sampling, **second) == wanted
