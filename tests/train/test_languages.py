import numpy as np
import pytest

from train import languages
from train.params import Sampling

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
