from pathlib import Path

import pyarrow as pa
import pytest

from curate import learning
from curate.dataset import begun, tables
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


def after(models, name, begin, uid="b"):
    """A model that began with another and itself saw one pair, at step 5."""
    tables.write(pa.table({"uid": [uid], "first": [5]}), models / name / "ledger.parquet", "uid")
    begun.note(models / name, begin)


def test_a_model_that_began_with_one_which_had_seen_them_was_never_without_them(models):
    after(models, "later", models / "uniter")
    after(models, "latest", models / "later")
    assert learning.clean("c", models)["models/later"].start == "seen"
    latest = learning.clean("c", models)["models/latest"]
    assert (latest.start, latest.begun, latest.until) == ("seen", "models/uniter", None)
    assert "models/later" not in learning.clean("d", models)
    seen = [Seen("models/later", "1", "x", WORKSPACE, {"train": 1})]
    lines = list(retrain(seen, learning.clean("c", models)))
    told = "(workspace); it began with models/uniter, which had seen some of them"
    assert lines[0] == f"Has to be retrained: models/later {told}"
    assert lines[1] == f"Has to be retrained: models/latest {told}"
    assert learning.clean("b", models)["models/latest"].begun == "models/later"
    assert not [line for line in lines if "had seen none" in line]


def test_of_a_kept_state_only_the_steps_before_it_count(models):
    for step in (8, 12):
        after(models, f"from-{step}", models / f"uniter/steps/step-{step:08d}")
    found = learning.clean("c", models)
    assert found["models/from-12"].start == "seen"
    assert "models/from-8" not in found


def test_of_a_model_that_began_with_what_is_not_at_hand_it_is_unknown(models):
    after(models, "later", Path("elsewhere/model"))
    known = learning.clean("a", models)["models/later"]
    assert (known.start, known.begun, known.until) == ("unknown", "elsewhere/model", None)
    told = "it began with elsewhere/model, of which is unknown what it had seen"
    (line,) = [line for line in retrain([], learning.clean("d", models)) if "later" in line]
    assert line.startswith(f"May have to be retrained: models/later (workspace); {told}")
    seen = [Seen("models/later", "1", "x", WORKSPACE, {"train": 1})]
    (line,) = retrain(seen, {"models/later": learning.clean("b", models)["models/later"]})
    assert line.startswith(f"Has to be retrained: models/later (workspace); {told}")
