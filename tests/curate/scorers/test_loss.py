import numpy as np
import pyarrow as pa
import pytest

from curate.dataset import tables
from curate.dataset.errors import DataError, EmptySetError
from curate.scorers import loss

COUNT, STEPS = 400, 100


@pytest.fixture
def ledger(tmp_path):
    """The ledger of a run that learns its pairs, but for each eighth, which is wrong."""
    random = np.random.default_rng(0)
    rows = []
    for number in range(COUNT):
        steps = sorted(random.choice(np.arange(1, STEPS + 1), 8, replace=False).tolist())
        learnt = 0.0 if number % 8 == 0 else 1.0
        losses = [max(0.01, 1 - learnt * s / STEPS + 0.1 * random.normal()) for s in steps]
        matched = (random.random(8) < 0.5).tolist()
        itm = [value if own else None for value, own in zip(losses, matched, strict=True)]
        mlm = [None if own else 3.0 for own in matched]
        row = {"uid": f"{number:032x}", "steps": steps, "matched": matched}
        rows.append({**row, "itm_losses": itm, "mlm_losses": mlm})
    file = tmp_path / "ledger.parquet"
    kinds = [
        ("uid", pa.string()),
        ("steps", pa.list_(pa.int32())),
        ("matched", pa.list_(pa.bool_())),
    ]
    kinds += [(f"{task}_losses", pa.list_(pa.float32())) for task in ("itm", "mlm")]
    tables.write(pa.Table.from_pylist(rows, pa.schema(kinds)), file, "uid")
    return file


def scored(ledger, **changed):
    rows = pa.table({"uid": [*(f"{n:032x}" for n in reversed(range(COUNT))), "f" * 32]})
    found = loss.score(rows, loss.Params(ledger=str(ledger), **changed))
    assert found.schema == loss.SCHEMA
    assert found.column("uid").equals(rows.column("uid"))
    return found.to_pandas().set_index("uid").sort_index()


def test_pairs_that_stay_hard_are_likely_no_clean_ones(ledger):
    found = scored(ledger).dropna(subset=["mean"])
    wrong = np.array([int(uid, 16) % 8 == 0 for uid in found.index])
    assert wrong.sum() > 30
    assert (found["clean"][wrong] < 0.5).mean() > 0.95
    assert (found["clean"][~wrong] > 0.5).mean() > 0.9
    assert found["mean"][wrong].min() > found["mean"][~wrong].median()


def test_each_figure_is_of_the_showings_with_the_pairs_own_picture_late_in_the_run(ledger):
    found, rows = scored(ledger, after=0.25), tables.read(ledger).to_pylist()
    last = max(step for row in rows for step in row["steps"])
    counted = {
        row["uid"]: [
            value
            for step, own, value in zip(
                row["steps"], row["matched"], row["itm_losses"], strict=True
            )
            if own and step > 0.25 * last
        ]
        for row in rows
    }
    whole = np.mean([value for values in counted.values() for value in values])
    for uid, values in counted.items():
        if not values:
            assert found.loc[uid].isna().all()
            continue
        assert found.loc[uid, "showings"] == len(values)
        assert found.loc[uid, "mean"] == pytest.approx(np.mean(values) / whole, abs=1e-4)
        if len(values) > 1:
            assert found.loc[uid, "spread"] == pytest.approx(np.std(values) / whole, abs=1e-4)
        else:
            assert np.isnan(found.loc[uid, "spread"])


def test_a_pair_that_the_run_did_not_see_has_no_figures(ledger):
    assert scored(ledger).loc["f" * 32].isna().all()


def test_another_ledger_is_never_answered_from_memory(ledger, tmp_path):
    params = loss.Params(ledger=str(ledger))
    before = loss.fingerprint(params)
    tables.write(tables.read(ledger).slice(1), ledger, "uid")
    assert loss.fingerprint(params) != before


def test_a_run_without_such_a_task_or_with_too_few_showings_is_an_error_that_says_so(
    ledger, tmp_path
):
    with pytest.raises(DataError, match="no column wra_losses; it has uid, steps"):
        scored(ledger, tasks=["wra"])
    with pytest.raises(DataError, match="copy that of a trained model there"):
        scored(tmp_path / "none.parquet")
    with pytest.raises(EmptySetError, match="tells of 0 pairs' losses at mlm in the last 50%"):
        scored(ledger, tasks=["mlm"])
