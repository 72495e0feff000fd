import numpy as np
import pytest
import torch

from train.batches import Batches
from train.ledger import Ledger
from train.params import Sampling
from train.ranks import Ranks
from train.sentences import Pairs

EVERY = Sampling(languages={"other": 1.0}, neighbours=8)


def noted(ledger, pairs, step, batch, rows, wrong=(), loss=1.0):
    """Note a batch in which some places have the picture of the corpus' last pair."""
    matched = ~np.isin(np.arange(len(rows)), wrong)
    pictures = np.where(matched, rows, len(pairs) - 1)
    sums = torch.tensor([[2 * loss, 2.0]] * len(rows))
    sums[0] = 0  # nothing was asked of the first
    shown = Pairs(rows, pictures, matched, np.full(len(rows), -1))
    ledger.note(step, batch, pairs, rows, shown, {"mlm": sums})


def test_the_ledger_tells_of_each_pair_when_it_was_seen_and_its_losses(pairs, tmp_path):
    ledger = Ledger(tmp_path, ["mlm"], Ranks())
    noted(ledger, pairs, 1, 0, np.array([3, 4, 5]), wrong=[2], loss=1.0)
    noted(ledger, pairs, 2, 0, np.array([4, 3, 6]), loss=0.5)
    ledger.keep(2)
    rows = {row["uid"]: row for row in ledger.table(pairs).to_pylist()}
    assert list(rows) == pairs.uids
    three, four, five = (rows[pairs.uids[i]] for i in (3, 4, 5))
    assert (three["seen"], three["first"], three["last"]) == (2, 1, 2)
    assert three["mlm_losses"] == [None, 0.5]
    assert three["mlm"] == 0.5
    assert four["mlm_losses"] == [1.0, None]
    assert four["steps"] == [1, 2]
    assert (five["matched"], five["mlm_losses"], five["mlm"]) == ([False], [None], None)
    lender = rows[pairs.uids[-1]]
    assert (lender["steps"], lender["matched"], lender["mlm"]) == ([1], [False], None)
    unseen = rows[pairs.uids[0]]
    assert (unseen["seen"], unseen["first"], unseen["steps"]) == (0, None, None)


def test_a_caption_whose_picture_was_withheld_did_not_match_and_has_no_loss(pairs, tmp_path):
    ledger, rows = Ledger(tmp_path, ["mlm"], Ranks()), np.array([3, 4, 5])
    shown = Pairs(rows, np.array([3, 4, 9]), np.array([True, True, False]), np.full(3, -1))
    sums = {"mlm": torch.ones(3, 2)}
    ledger.note(1, 0, pairs, rows, shown, sums, withheld=np.array([False, True, False]))
    ledger.keep(1)
    told = ledger.table(pairs).to_pylist()
    assert [told[row]["matched"] for row in (3, 4, 5, 9)] == [[True], [False], [False], [False]]
    assert [told[row]["mlm"] for row in (3, 4, 5, 9)] == [1.0, None, None, None]


def test_what_was_noted_after_a_checkpoint_is_forgotten_on_going_on_from_it(pairs, tmp_path):
    ledger = Ledger(tmp_path, ["mlm"], Ranks())
    for step in (1, 2, 3):
        noted(ledger, pairs, step, 0, np.array([3, 4]))
        ledger.keep(step)
    noted(ledger, pairs, 4, 0, np.array([3, 4]))
    ledger.resume(2)
    ledger.keep(2 + 1)
    assert ledger.table(pairs).column("last").to_pylist()[4] == 2


def test_the_parts_of_several_processes_make_one_ledger_in_the_order_of_batches(pairs, tmp_path):
    alone = Ledger(tmp_path / "alone", ["mlm"], Ranks())
    both = [Ledger(tmp_path / "both", ["mlm"], Ranks(index, 2)) for index in (0, 1)]
    for step in (1, 2):
        for batch in (0, 1, 2, 3):
            rows = np.array([2 * batch, 2 * batch + 1, 9])
            for ledger in (alone, both[batch % 2]):
                noted(ledger, pairs, step, batch, rows, wrong=[1], loss=batch + step)
    for ledger in (alone, *both):
        ledger.keep(2)
    assert alone.table(pairs).equals(both[0].table(pairs))


def test_a_batch_of_the_trainer_names_who_lent_a_caption_or_a_picture(pairs, words, tmp_path):
    batches = Batches(pairs, words, 24, 0, EVERY)
    rows = batches.order(0)[0]
    shown = batches.make(0, rows).pairs
    texts, pictures, matched, _ = shown
    assert 0 < (~matched).sum() < 24
    ledger = Ledger(tmp_path, [], Ranks())
    ledger.note(1, 0, pairs, rows, shown, {})
    ledger.keep(1)
    table = ledger.table(pairs)
    seen = {row["uid"] for row in table.to_pylist() if row["seen"]}
    assert seen == {pairs.uids[row] for row in (*rows, *texts, *pictures)}
    assert sum(table.column("seen").to_pylist()) == pytest.approx(24 + (~matched).sum())
