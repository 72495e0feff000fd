from dataclasses import replace
from pathlib import Path

import pytest

from curate.choosing import measured
from curate.choosing.candidate import Measured
from curate.dataset import memory
from curate.dataset.errors import DataError
from tests.curate.choosing import _tables


def test_a_task_is_meant_by_its_name_or_by_a_part_that_no_other_has():
    found = dict.fromkeys(["retrieval", "easy_vqa", "vqa2"])
    assert measured.named("retrieval", found) == "retrieval"
    assert measured.named("easy", found) == "easy_vqa"
    with pytest.raises(DataError, match=r"'vqa'.*measured: retrieval, easy_vqa, vqa2"):
        measured.named("vqa", found)
    with pytest.raises(DataError, match=r"did you mean 'retrieval'"):
        measured.named("retreival", found)


def test_where_nothing_was_measured_the_commands_that_measure_are_told(project):
    found = measured.read(Path("metrics"), Path("tasks/metrics"))
    assert found == {}
    with pytest.raises(DataError, match=r"no model was measured yet: `dvc exp run -S 'comparison"):
        measured.named("retrieval", found)


def test_what_was_measured_on_another_snapshot_is_named(project):
    _tables.compared({"lxmert": _tables.model([0], (0.2, 0.3))})
    own = measured.read(Path("metrics"))["retrieval"]
    assert measured.stale(own, Path("data/snapshot")) == []  # there is none
    Path("data/snapshot").mkdir(parents=True)
    manifest = Path("data/snapshot/manifest.parquet")
    manifest.write_bytes(b"one")
    assert measured.stale(own, Path("data/snapshot")) == ["lxmert"]
    now = replace(own.candidates[0], snapshot=memory.fingerprint(manifest))
    assert measured.stale(Measured([now]), Path("data/snapshot")) == []
