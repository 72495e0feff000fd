import json
from pathlib import Path

import pytest

from curate.dataset.errors import DataError
from curate.prove import prove, verify


def test_a_printed_proof_is_verified_by_the_id_alone(drawn_project, capsys):
    identity = drawn_project.freeze()["id"]
    uid = drawn_project.circles["red"]["uid"]
    prove(uid, Path("data/snapshot"))
    Path("proof.json").write_text(capsys.readouterr().out)
    verify(Path("proof.json"), identity)
    assert capsys.readouterr().out == f"snapshot {identity} holds {uid}\n"
    told = {"revision": "4f2a", "dirty": True, "stage": "s", "stages": {"s": {"fingerprint": "77"}}}
    Path("data/snapshot/provenance.json").write_text(json.dumps(told))
    prove(uid, Path("data/snapshot"))
    Path("proof.json").write_text(capsys.readouterr().out)
    verify(Path("proof.json"), identity)
    assert capsys.readouterr().out.splitlines()[1] == (
        "its provenance, which the id does not prove: revision 4f2a, with uncommitted changes, "
        "fingerprint of its stages 77"
    )


@pytest.mark.parametrize("text", ["yes, it is in there", "[1]", '{"snapshot": 1}'])
def test_a_file_that_holds_no_proof_is_an_error(project, text):
    Path("proof.json").write_text(text)
    with pytest.raises(DataError, match="is no proof"):
        verify(Path("proof.json"), "0" * 64)
