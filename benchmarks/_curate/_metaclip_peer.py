"""Entries and captions in, what MetaCLIP's matching costs on them and how much it finds out.

Its rule (Xu et al., 2024; facebookresearch/MetaCLIP, whose code is not for every use) in a few
lines of our own: an entry between spaces, found by pyahocorasick in a text between spaces whose
marks have spaces around them. Runs in an environment of its own, without this project.
"""

import json
import sys
import time
from pathlib import Path

import ahocorasick

_MARKS = ",.;:?!`"


def main(file: Path) -> None:
    """Read entries and captions; print seconds of the processor and the matches found."""
    entries, captions = json.loads(file.read_text())
    start = time.process_time()
    automaton = ahocorasick.Automaton()
    for number, entry in enumerate(entries):
        automaton.add_word(f" {entry} ", number)
    automaton.make_automaton()
    found = 0
    for caption in captions:
        text = f" {caption} "
        for mark in _MARKS:
            text = text.replace(mark, f" {mark} ")
        found += len({number for _, number in automaton.iter(text)})
    print(json.dumps({"seconds": time.process_time() - start, "found": found}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
