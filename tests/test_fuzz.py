"""Every reader of data against bytes that nobody meant, for a second each; `make fuzz` goes on."""

import json
import random
import sys

import pytest

from tests import fuzz
from tests._fuzz import notes
from tests._fuzz.trial import READERS, names, trial

SECONDS = 1.0
BROKEN = '''
"""A reader that does what none may, by the first byte."""
import os, signal, time
from curate.dataset.errors import DataError

held = []
def seeds():
    yield b"x"

def read(data):
    if {when}:
        {what}
    raise DataError("refused")
'''

pytest.importorskip("atheris", reason="there is no atheris for this platform")


@pytest.mark.slow  # what is found hangs on what else the machine does
@pytest.mark.parametrize("reader", names())
def test_a_reader_reads_or_refuses_whatever_it_is_given(reader, tmp_path):
    (outcome,) = fuzz.outcomes([reader], tmp_path, SECONDS, 0)
    told = "\n".join(file.read_text() for file in (tmp_path / reader).glob("found/*.txt"))
    assert outcome.found == 0, told
    assert outcome.inputs >= outcome.corpus > 0


@pytest.mark.parametrize(
    ("what", "when", "kind"),
    [
        ("raise KeyError(1)", "data[:1] == b'x'", "KeyError"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "len(data) > 1", "signal11"),
        ("while True: pass", "len(data) > 1", "hang"),
        pytest.param(
            "held.append(b'x' * 1_000_000)", "len(held) < 500", "LEAK", marks=pytest.mark.slow
        ),
    ],
)
def test_what_a_reader_may_not_do_is_found_and_its_input_kept(
    what, when, kind, tmp_path, monkeypatch
):
    file = READERS / f"zz_{kind.lower()}.py"
    file.write_text(BROKEN.format(when=when, what=what))
    monkeypatch.setattr("tests._fuzz.trial.HANG", 1.0)
    monkeypatch.setattr("tests._fuzz.trial._TRIES", 1)
    try:
        outcome = trial(file.stem, tmp_path, SECONDS, random.Random(0))
    finally:
        file.unlink()
    assert outcome.found == 1
    assert kind in "".join(fuzz.table([outcome])) + "".join(
        kept.name for kept in (tmp_path / "found").glob("*")
    )
    if kind != "LEAK":
        (kept,) = (f for f in (tmp_path / "found").glob("*") if f.suffix != ".txt")
        assert kept.read_bytes()[:1] or kind == "KeyError"
        assert outcome.crashes + outcome.hangs == 1


def test_the_input_that_ended_a_process_is_in_its_notes(tmp_path):
    held = notes.Notes(tmp_path / "notes")
    for data in (b"one", b"two and more", b""):
        held.begin(data)
        assert notes.look(tmp_path / "notes").last == data
        held.end()
    assert notes.look(tmp_path / "notes")[:2] == (3, 3)
    assert notes.look(tmp_path / "none") == (0, 0, b"")


def test_the_last_line_counts_readers_inputs_and_findings(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(
        sys, "argv", ["fuzz", "--seconds", "1", "--readers", "robots", "--folder", str(tmp_path)]
    )
    with pytest.raises(SystemExit) as ended:
        fuzz.main()
    head, _, row, last = capsys.readouterr().out.splitlines()
    assert ended.value.code == 0
    assert head.startswith("| reader | seconds | inputs | corpus | crashes | hangs | growth")
    assert row.startswith("| robots |")
    told = json.loads(last)
    assert (told["readers"], told["found"]) == (1, 0)
    assert told["inputs"] > 0
