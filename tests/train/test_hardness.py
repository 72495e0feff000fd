import numpy as np
import pyarrow as pa
import pytest

from curate.dataset import tables
from curate.dataset.errors import DataError
from train import hardness
from train.hardness import Hardness


@pytest.fixture
def ledger(tmp_path):
    """Of pairs a to d in four steps: b stays hard, c is asked nothing once, d is never seen."""
    rows = {
        "uid": ["a", "b", "c", "d"],
        "steps": [[1, 2], [1, 4], [2, 3], None],
        "itc_losses": [[4.0, 1.0], [6.0, 3.0], [3.0, None], None],
    }
    tables.write(pa.table(rows), tmp_path / "ledger.parquet", "uid")
    return tmp_path / "ledger.parquet"


def test_a_pairs_excess_is_its_loss_beyond_that_of_its_steps(ledger):
    found = Hardness(ledger, "itc")
    assert found.uids.tolist() == ["a", "b", "c", "d"]
    # steps 1, 2 and 4 have the means 5, 2 and 3
    assert found.excess[:3].tolist() == [(-1 - 1) / 2, (1 + 0) / 2, 1.0]
    assert found.excess[3] != found.excess[3]


def test_a_groups_loss_is_told_by_part_of_the_run(ledger):
    found = Hardness(ledger, "itc")
    everything = found.uids == found.uids
    assert found.fall(everything, 2) == [(4 + 6 + 1 + 3) / 4, 3.0]
    assert found.fall(found.uids == "a", 2) == [2.5, None]


def test_a_task_without_losses_is_an_error_that_names_those_that_have_some(ledger):
    with pytest.raises(DataError, match=r"no losses of 'mlm' \(known: itc\)"):
        Hardness(ledger, "mlm")


def test_auc_is_the_chance_that_noise_has_more_ties_counting_half():
    noise, clean = (np.array(side) for side in ([3.0, 1.0, float("nan")], [0.0, 1.0]))
    assert hardness.auc(noise, clean) == (2 + 1.5) / 4
    assert hardness.auc(clean, noise) == 1 - (2 + 1.5) / 4
    assert hardness.auc(noise[:0], clean) is None


def test_the_mean_of_runs_is_over_those_that_asked_a_pair(ledger, tmp_path):
    rows = {"uid": ["a", "b", "c", "d"], "steps": [[1], [1], [], []]}
    rows["itc_losses"] = [[2.0], [6.0], [], []]
    tables.write(pa.table(rows), tmp_path / "other.parquet", "uid")
    runs = [Hardness(file, "itc") for file in (ledger, tmp_path / "other.parquet")]
    found = hardness.over_runs(runs).tolist()
    assert found[:3] == [(-1 - 2) / 2, (0.5 + 2) / 2, 1.0]
    assert found[3] != found[3]
