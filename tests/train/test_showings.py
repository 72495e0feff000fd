import numpy as np
import pyarrow.compute as pc
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from curate.stage.checkpoint import Checkpoints
from tests._rates import many
from train import draws, examine, showings
from train.batches import Batches
from train.lesson import Lesson
from train.params import Sampling
from train.trainer import train

TIMES = st.lists(st.integers(0, 9), min_size=1, max_size=30).map(np.array)


@given(TIMES)
def test_each_pair_is_shown_so_often_first_as_itself(times):
    shown = showings.of(times)
    assert np.array_equal(
        np.bincount(showings.rows(shown, len(times)), minlength=len(times)), times
    )
    assert len(set(shown.tolist())) == len(shown)
    assert np.array_equal(np.sort(shown[shown < len(times)]), np.flatnonzero(times))


@given(TIMES)
def test_only_the_first_showing_has_the_pairs_own_key_and_place(times):
    number = np.arange(len(times), dtype=np.uint64)
    own, first = draws.keys([f"{i:016x}" for i in number]), draws.uniform(number, 1, "x")[:, 0]
    shown = showings.of(times)
    keys, ranks = showings.keys(shown, own), showings.ranks(shown, first, times)
    again = shown >= len(times)
    assert np.array_equal(keys[~again], own[shown[~again]])
    assert np.array_equal(ranks[~again], first[shown[~again]])
    assert len(set(keys.tolist())) == len(shown)
    assert ((ranks >= 0) & (ranks < 1)).all()


def test_showings_of_a_pair_stand_as_far_from_each_other_as_can_be():
    times, first = np.array([1, 4, 2]), np.array([0.1, 0.9, 0.25])
    shown = showings.of(times)
    ranks = showings.ranks(shown, first, times)
    of_each = [sorted(ranks[showings.rows(shown, 3) == row].round(9)) for row in range(3)]
    assert of_each == [[0.1], [0.15, 0.4, 0.65, 0.9], [0.25, 0.75]]


def balanced(corpus, words, size=8):
    """Batches in which each pair of one language comes eleven or twelve times in an epoch."""
    return Batches(corpus, words, size, 0, Sampling(languages={"en": 1.0, "other": 11.8}))


@pytest.mark.parametrize("times", [1, 20])
def test_no_batch_shows_a_pair_twice(pairs, words, times):
    corpus = many(pairs, times)
    for shown in balanced(corpus, words).order(0):
        assert len(set(showings.rows(shown, len(corpus)).tolist())) == 8


def test_each_showing_of_a_pair_is_masked_and_mismatched_anew(pairs, words, make_model):
    model, batches = make_model(), balanced(pairs, words)
    todo = examine.tasks(model.plan.objectives)
    row = int(np.flatnonzero(pairs.languages != "en")[0])
    shown = row + len(pairs) * np.arange(11)
    batch = examine.ready(batches, shown, model.plan, todo, words, 0, 0)
    assert len({tuple(line) for line in batch.targets["mlm"].tolist()}) > 3
    assert len({tuple(line) for line in batch.targets["moc"].tolist()}) > 3
    sides = np.stack([batch.pairs.texts, batch.pairs.pictures], 1)
    assert len(np.unique(sides, axis=0)) > 3
    own = examine.ready(batches, shown[:1], model.plan, todo, words, 0, 0)
    assert torch.equal(batch.targets["mlm"][:1, : own.tokens.shape[1]], own.targets["mlm"])


def test_a_run_that_shows_pairs_again_notes_each_time_and_resumes_to_the_bit(
    pairs, words, make_model, run_params, tmp_path
):
    params = run_params(steps=16, checkpoint=4, log=1, sampling={"languages": {"other": 3.0}})
    logged = []

    def run(name, last):
        lesson, seen = Lesson(model := make_model(), pairs, words, params, lambda *_: {}), {}

        def log(step, values):
            if step > last:
                raise KeyboardInterrupt
            seen[step] = values

        logged.append(seen)
        return train(model, [lesson], params, Checkpoints(name, tmp_path), log)

    _, _, (ledger,) = run("whole", 16)
    with pytest.raises(KeyboardInterrupt):
        run("broken", 10)
    _, _, (again,) = run("broken", 16)
    assert logged[0] == logged[2]
    assert ledger.table(pairs).equals(again.table(pairs))
    seen = pc.sum(ledger.table(pairs).column("seen")).as_py()
    assert seen >= 16 * 8 > 2 * len(pairs)
