from pathlib import Path

import pytest

from curate.dataset import begun


@pytest.fixture
def folders(project):
    """A model with a ledger and a kept state, and two that are made after it."""
    for name in ("first/steps/step-00000004", "second", "third"):
        Path(name).mkdir(parents=True)
    Path("first/ledger.parquet").write_bytes(b"what it saw")
    return Path("first"), Path("second"), Path("third")


def test_a_model_that_began_with_another_leads_to_what_that_had_seen(folders):
    first, second, third = folders
    begun.note(second, first)
    assert begun.of(second) == (first, first / "ledger.parquet", None)
    begun.note(third, first / "steps/step-00000004")
    assert begun.of(third) == (first / "steps/step-00000004", first / "ledger.parquet", 4)
    assert begun.of(first) is None


def test_a_ledger_that_is_another_by_now_or_not_there_tells_nothing(folders):
    first, second, third = folders
    begun.note(second, first)
    (first / "ledger.parquet").write_bytes(b"what its next run saw")
    assert begun.of(second) == (first, None, None)
    (first / "ledger.parquet").unlink()
    assert begun.of(second) == (first, None, None)
    begun.note(third, first)
    (first / "ledger.parquet").write_bytes(b"a later run's")
    assert begun.of(third).ledger is None
