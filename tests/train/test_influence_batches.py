import numpy as np
import pyarrow as pa
import pytest

from curate.dataset import tables
from curate.dataset.errors import EmptySetError, ParamsError
from train import draws, influence_batches

KEYS = draws.keys([f"{number:016x}" for number in range(400)])
CHANCE = np.where(np.arange(400) < 100, 1.0, 0.2)
GROUPS = {"few": np.arange(3), "low": np.arange(40), "high": np.arange(100, 400)}


def drawn(**changed):
    given = {"number": 6, "size": 16, "own": 4, "seed": 0, **changed}
    return influence_batches.draw(GROUPS, CHANCE, KEYS, **given)


def test_a_groups_batch_is_the_usual_one_but_for_its_share():
    found = drawn()
    assert found.share == 0.25
    for name in ("low", "high"):
        for usual, batch in zip(found.usual, found.groups[name], strict=True):
            assert set(batch[:4].tolist()) <= set(GROUPS[name].tolist())
            assert len(set(batch.tolist())) == len(usual) == 16
            shared = set(usual[4:].tolist()) - set(batch[:4].tolist())
            assert shared <= set(batch[4:].tolist())


def test_pairs_come_as_often_as_an_epoch_shows_them():
    rows = np.concatenate(drawn(number=400).usual)
    share = (rows < 100).mean()  # 100 of weight 1 among 300 of 0.2
    assert share == pytest.approx(100 / 160, abs=0.03)


def test_a_group_that_is_too_small_is_named_and_not_asked_about():
    found = drawn()
    assert found.too_few == ["few"]
    assert set(found.groups) == {"low", "high"}
    never = influence_batches.draw(
        GROUPS, np.where(np.arange(400) < 100, 1.0, 0.0), KEYS, 1, 16, 4, 0
    )
    assert never.too_few == ["few", "high"]


def test_groups_that_are_all_too_small_and_shares_above_all_are_errors():
    with pytest.raises(EmptySetError, match="the largest group has 300 of 400 pairs"):
        drawn(size=350, own=320)
    with pytest.raises(ParamsError, match=r"own is 17, but a batch has 16"):
        drawn(own=17)


def test_groups_are_rows_of_the_corpus_and_one_may_have_none(tmp_path):
    table = pa.table({"group": ["a", "b", "a"], "uid": ["3", "9", "1"]})
    tables.write(table, tmp_path / "groups.parquet", ("group", "uid"))
    found = influence_batches.rows_of(tmp_path / "groups.parquet", ["1", "2", "3"])
    assert {name: rows.tolist() for name, rows in found.items()} == {"a": [0, 2], "b": []}
