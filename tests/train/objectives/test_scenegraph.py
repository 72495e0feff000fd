import numpy as np
import pytest
import torch

from tests._rates import assert_rate, many, parts
from train.batches import Batches
from train.objectives import IGNORED, States, mlm, needs, scenegraph
from train.params import Sampling
from train.plan import Plan, Sizes


@pytest.fixture
def graphed(noted):
    """The training split with its graphs."""
    return noted(*needs({"scenegraph": {}}))


def made(corpus, words, rows, **params):
    batches = Batches(corpus, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    batch = batches.make(0, rows)
    scenegraph.prepare(batch, words, scenegraph.Params(**params), 0)
    return batch, batch.targets["scenegraph"] != IGNORED


def test_nodes_and_edges_are_hidden_whole_at_the_rate_and_nothing_else_is(graphed, words):
    corpus = many(graphed, 2600)
    chosen, number = 0, 0
    for rows in parts(np.flatnonzero(corpus.languages == "en"), 20_000):
        batch, wanted = made(corpus, words, rows, kept=0.0, random=0.0)
        nodes, taking = batch.notes["nodes"], batch.matched[:, None] & (batch.notes["kinds"] > 0)
        assert torch.equal(wanted, wanted.gather(1, nodes) & taking)
        assert (batch.tokens[wanted] == words.mask).all()
        firsts = taking & (nodes == torch.arange(nodes.shape[1]))
        chosen, number = chosen + int((wanted & firsts).sum()), number + int(firsts.sum())
    assert_rate(chosen, number, 0.3)


def test_targets_are_the_words_of_matched_pairs_and_are_counted(graphed, words):
    batch, wanted = made(graphed, words, np.arange(len(graphed)), rate=1.0)
    assert torch.equal(batch.targets["scenegraph"][wanted], batch.notes["written"][wanted])
    assert not wanted[~batch.matched].any()
    assert batch.counts["scenegraph"] == int(wanted.sum()) > 0


def test_captions_without_a_graph_stay_as_they_are(graphed, words):
    batch, _ = made(graphed, words, np.arange(len(graphed)), rate=1.0, kept=0.0)
    without = ~(batch.notes["kinds"] > 0).any(1)
    assert without.any()
    assert torch.equal(batch.tokens[without], batch.notes["written"][without])


def test_the_head_is_that_of_masked_language_modelling_on_its_own_targets():
    plan = Plan(streams="joint 1", width=8, heads=2, inner=16, text_tokens=12, regions=4)
    head = scenegraph.Head(plan, Sizes(vocabulary=50, features=6, classes=4))
    theirs = mlm.Head(plan, Sizes(vocabulary=50, features=6, classes=4))
    theirs.load_state_dict(head.state_dict())
    targets = torch.full((2, 5), IGNORED)
    targets[0, 1], targets[1, 4] = 7, 9
    states = States(torch.randn(2, 5, 8), torch.zeros(1), torch.zeros(1), torch.randn(50, 8))
    own, other = (type("Batch", (), {"targets": {task: targets}}) for task in ("scenegraph", "mlm"))
    assert head(states, own).loss == theirs(states, other).loss > 0
