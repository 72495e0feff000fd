import time

import numpy as np
import pytest
from safetensors.numpy import save_file

from align import features, network, rules, tokens
from curate.dataset.errors import WeightsError


@pytest.fixture
def read(words):
    def reading(caption):
        (part,) = tokens.sentences(caption, words)
        return features.read(part, rules.read(caption, words), words)

    return reading


def test_the_package_s_parser_is_small_and_loads_at_once():
    start = time.perf_counter()
    network.load()
    assert time.perf_counter() - start < 1.0
    assert network.FILE.stat().st_size < 2_000_000


def test_odds_are_probabilities(read):
    trained, reading = network.load(), read("two big dogs riding a hat")
    odds = trained.label(reading)
    assert odds.labels.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    related = trained.relate(odds.states, reading, [(2, 5), (5, 2)])
    assert related.classes.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert related.verbs.shape == (2, 7)
    assert related.verbs.sum(axis=1) == pytest.approx(1.0, abs=1e-5)


def test_what_is_far_away_changes_nothing(read):
    trained = network.load()
    near, far = "a red hat " + "dog " * 20, "a red hat " + "dog " * 21
    one, other = (trained.label(read(caption)).states[0] for caption in (near, far))
    np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("written", ["none", "text", "other"])
def test_a_file_without_a_parser_is_an_error_that_says_what_makes_one(tmp_path, written):
    file = tmp_path / "parser.safetensors"
    if written == "text":
        file.write_text("no weights")
    elif written == "other":
        save_file({"x": np.zeros(2, np.float32)}, file)
    with pytest.raises(WeightsError, match=r"align\.train_parser makes one"):
        network.load(file)
