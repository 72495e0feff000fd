import copy
import json
from pathlib import Path

import pytest

from curate.dataset import tables
from curate.dataset.errors import DataError
from curate.proof import check, prove

SNAPSHOT = Path("data/snapshot")
ABSENT = ["0" * 32, "7" * 32, "f" * 32]


@pytest.fixture
def identity(frozen, frozen_once):
    return frozen_once[1]["id"]


def test_every_pair_of_a_snapshot_is_proven_to_be_in_it(frozen, identity):
    for row in frozen.manifest():
        proof = json.loads(json.dumps(prove(row["uid"], SNAPSHOT)))
        assert proof["holds"]
        check(proof, identity)


@pytest.mark.parametrize("uid", ABSENT)
def test_a_pair_that_is_not_there_is_proven_not_to_be(frozen, identity, uid):
    proof = prove(uid, SNAPSHOT)
    assert not proof["holds"]
    check(proof, identity)


def test_a_dropped_pair_is_proven_not_to_be_there(frozen, identity):
    proof = prove(frozen.circles["black"]["uid"], SNAPSHOT)
    assert not proof["holds"]
    check(proof, identity)


def test_a_proof_of_another_snapshot_or_another_pair_is_none(frozen, identity):
    first, second = [row["uid"] for row in frozen.manifest()[:2]]
    proof = prove(first, SNAPSHOT)
    with pytest.raises(DataError, match="is about snapshot"):
        check(proof, "0" * 64)
    with pytest.raises(DataError, match=f"shows no row of {second}"):
        check({**proof, "uid": second}, identity)
    with pytest.raises(DataError, match="does not lead to the id"):
        check({**proof, "rows": proof["rows"] + 8}, identity)


def test_a_row_that_was_changed_proves_nothing(frozen, identity):
    proof = prove(frozen.manifest()[0]["uid"], SNAPSHOT)
    changed = copy.deepcopy(proof)
    changed["leaves"][0]["row"][3] = "another caption"
    with pytest.raises(DataError, match="does not lead to the id"):
        check(changed, identity)


def test_no_choice_of_rows_hides_a_pair_that_is_there(frozen, identity):
    uids = [row["uid"] for row in frozen.manifest()]
    leaves = [prove(uid, SNAPSHOT)["leaves"][0] for uid in uids]
    hidden = {**prove(uids[3], SNAPSHOT), "holds": False}
    for shown in ([], [2], [4], [2, 4], [2, 3], [3, 4], [0], [len(uids) - 1]):
        with pytest.raises(DataError, match="leave room"):
            check({**hidden, "leaves": [leaves[at] for at in shown]}, identity)


def test_what_is_no_proof_is_told_so(identity):
    with pytest.raises(DataError, match="no snapshot, uid, holds, rows, shards, leaves"):
        check({}, identity)


def test_a_damaged_snapshot_gives_no_proof(frozen, identity):
    table = tables.read(SNAPSHOT / "manifest.parquet")
    tables.write(table.slice(1), SNAPSHOT / "manifest.parquet", "uid")
    with pytest.raises(DataError, match="is not the one"):
        prove(table.column("uid")[0].as_py(), SNAPSHOT)
    with pytest.raises(DataError, match="no snapshot at data/snap:"):
        prove("0" * 32, Path("data/snap"))


def test_what_is_no_uid_is_not_proven_to_be_absent(identity):
    with pytest.raises(DataError, match="is no uid"):
        prove("4f2a", SNAPSHOT)
