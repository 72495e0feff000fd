from pathlib import Path

import pyarrow as pa
import pytest

from curate import learning
from curate.dataset import tables
from curate.forget import retrain
from curate.history import WORKSPACE, Seen


@pytest.fixture
def models(project):
    """Two models, one of whose training saw a from step 7 on, c from step 12 on and b never."""
    rows = [
        {"uid": "a", "seen": 3, "first": 7, "last": 40, "mlm": 2.0, "itm": 0.5},
        {"uid": "b", "seen": 0, "first": None, "last": None, "mlm": None, "itm": None},
        {"uid": "c", "seen": 1, "first": 12, "last": 12, "mlm": 4.0, "itm": None},
    ]
    table = pa.Table.from_pylist(rows)
    table = table.append_column("mlm_losses", pa.array([[2.0], [], [4.0]]))
    table = table.append_column("itm_losses", pa.array([[0.5], [], [None]]))
    tables.write(table, Path("models/uniter/ledger.parquet"), "uid")
    tables.write(table.slice(1, 1), Path("models/other/ledger.parquet"), "uid")
    Path("models/filter_network").mkdir()
    return Path("models")


def test_a_pair_has_its_showings_and_losses_beside_those_of_others(models):
    (found,) = learning.of_pair("c", models)
    assert found == learning.Learnt("models/uniter", 1, 12, 12, {"mlm": (4.0, 0.5)})
    assert learning.of_pair("a", models)[0].losses == {"mlm": (2.0, 0.0), "itm": (0.5, 0.0)}
    assert [one.model for one in learning.of_pair("b", models)] == ["models/other", "models/uniter"]
    assert learning.of_pair("d", models) == []


def test_a_model_was_clean_until_the_first_showing_of_any_pair(models):
    assert learning.clean("abc", models) == {
        "models/uniter": learning.Clean("models/uniter", 6, None)
    }
    for step in (4, 8, 12):
        Path(f"models/uniter/steps/step-{step:08d}").mkdir(parents=True)
    (found,) = learning.clean("cb", models).values()
    assert (found.until, found.state) == (11, Path("models/uniter/steps/step-00000008"))
    assert learning.clean("bd", models) == {}


def test_who_learnt_from_what_goes_is_told_the_last_state_without_it(models):
    seen = [
        Seen("models/uniter", "1", "x", WORKSPACE, {"train": 1}),
        Seen("models/uniter", "2", "x", "abc of 2026", {"train": 1}),
        Seen("data/snapshot", "3", "x", WORKSPACE, {"train": 1}),
    ]
    known = learning.clean("a", models)
    assert list(retrain(seen, known)) == [
        "Has to be retrained: models/uniter (workspace); it had seen none of them until step 6, "
        "of which no state was kept",
        "Has to be retrained: models/uniter (abc of 2026)",
    ]
    Path("models/uniter/steps/step-00000005").mkdir(parents=True)
    first, _ = retrain(seen, learning.clean("a", models))
    assert first.endswith(
        "models/uniter/steps/step-00000005 had seen none of them: a copy of it may be trained on "
        "(--begin)"
    )
    assert list(retrain(seen[2:], known)) == ["No model has to be retrained."]


def test_a_model_that_starts_from_one_which_learnt_was_never_without_it(models):
    through = Seen("models/uniter", "1", "x", WORKSPACE, {}, "models/filter_network")
    (line,) = retrain([through], learning.clean("a", models))
    assert line == "Has to be retrained: models/uniter (workspace)"
