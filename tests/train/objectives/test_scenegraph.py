import numpy as np
import torch

from train.batches import Batches
from train.objectives import IGNORED, States, mlm, needs, scenegraph
from train.params import Sampling
from train.plan import Plan, Sizes


def made(noted, words, epoch=0, **params):
    corpus = noted(*needs({"scenegraph": {}}))
    batches = Batches(corpus, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    batch = batches.make(epoch, np.arange(len(corpus)))
    scenegraph.prepare(batch, words, scenegraph.Params(**params), 0, epoch)
    return batch, batch.targets["scenegraph"] != IGNORED


def test_nodes_and_edges_are_hidden_whole_at_the_rate_and_nothing_else_is(noted, words):
    chosen, number = 0, 0
    for epoch in range(200):
        batch, wanted = made(noted, words, epoch, kept=0.0, random=0.0)
        nodes, taking = batch.notes["nodes"], batch.matched[:, None] & (batch.notes["kinds"] > 0)
        assert torch.equal(wanted, wanted.gather(1, nodes) & taking)
        assert (batch.tokens[wanted] == words.mask).all()
        firsts = taking & (nodes == torch.arange(nodes.shape[1]))
        chosen, number = chosen + int((wanted & firsts).sum()), number + int(firsts.sum())
    assert number > 5000
    assert abs(chosen - 0.3 * number) < 3 * (number * 0.3 * 0.7) ** 0.5


def test_targets_are_the_words_of_matched_pairs_and_are_counted(noted, words):
    batch, wanted = made(noted, words, rate=1.0)
    assert torch.equal(batch.targets["scenegraph"][wanted], batch.notes["written"][wanted])
    assert not wanted[~batch.matched].any()
    assert batch.counts["scenegraph"] == int(wanted.sum()) > 0


def test_captions_without_a_graph_stay_as_they_are(noted, words):
    batch, _ = made(noted, words, rate=1.0, kept=0.0)
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
