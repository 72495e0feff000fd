"""500,000 entries and 110,000 captions in; how many captions are matched in a second out.

Entries are as MetaCLIP's: WordNet's lemmas, then words and pairs of words of running text, here of
WordNet's definitions and examples, the commonest first. The definitions are the captions: 9 words
on average. The peer is MetaCLIP's own rule with pyahocorasick, in turn; both build their
automaton anew each time, which is in their seconds, and must find the same.

    metaclip_captions_per_cpu_s    captions in a second of the processor
    metaclip                       captions in a second of the processor, ours over the peer's
"""

import json
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice, pairwise
from pathlib import Path

import numpy as np

from benchmarks import _cost, _peer
from benchmarks._curate import Measured
from curate.clients import Apt
from curate.dataset.packages import unpack
from curate.rules import balance

ENTRIES = 500_000
_PEER = ("pyahocorasick==2.3.1",)
BESIDE = {"metaclip": _PEER}
_GLOSS = re.compile(r" \| (.*)")


def measure(repeats: int) -> Measured:
    """Match the captions on both sides, in turn, as often as asked.

    Raises:
        RuntimeError: the sides do not find the same number of entries.
    """
    file = _material()
    names, captions = json.loads(file.read_text())
    peer = _peer.python("pyahocorasick", _PEER)
    ours, theirs, rows = [], [], []
    for _ in range(repeats):
        seconds, found = _ours(tuple(names), np.array(captions, object))
        script = Path(__file__).with_name("_metaclip_peer.py")
        said = json.loads(subprocess.check_output([peer, str(script), str(file)]))
        if said["found"] != found:
            raise RuntimeError(f"{found} entries were found, {said['found']} by MetaCLIP's rule")
        ours.append(len(captions) / seconds)
        theirs.append(len(captions) / said["seconds"])
        rows.append([len(names), len(captions), found / len(captions), ours[-1], theirs[-1]])
    headings = ("entries", "captions", "found in each", "ours, captions/CPU-s", "MetaCLIP's")
    ratios = {
        "metaclip_captions_per_cpu_s": _cost.ratios(ours, [1.0] * repeats),
        "metaclip": _cost.ratios(ours, theirs),
    }
    return Measured(headings, rows, ratios)


def _ours(names: tuple[str, ...], captions: np.ndarray) -> tuple[float, int]:
    """Seconds of the processor with the automaton's making, and the entries found."""
    balance._automaton.cache_clear()
    start = time.process_time()
    _, entry = balance.matches(captions, names, whole_words=True)
    return time.process_time() - start, len(entry)


def _material() -> Path:
    """File with the entries and the captions; made once."""
    file = _peer.ROOT / "metaclip.json"
    if not file.is_file():
        folder = _wordnet()
        glosses = [balance.plain(gloss) for gloss in _glosses(folder)]
        words = [gloss.split() for gloss in glosses]
        counts = Counter(chain.from_iterable(words))
        counts.update(" ".join(two) for each in words for two in pairwise(each))
        usual = (text for text, _ in counts.most_common())
        names = list(islice(dict.fromkeys(chain(balance.entries(folder), usual)), ENTRIES))
        captions = list(dict.fromkeys(balance.plain(g.partition(";")[0]) for g in _glosses(folder)))
        file.write_text(json.dumps([names, captions]))
    return file


def _glosses(folder: Path) -> Iterator[str]:
    """Definitions of WordNet's synsets, each with its examples behind it."""
    for data in sorted(folder.rglob("data.*")):
        yield from _GLOSS.findall(data.read_text("utf-8"))


def _wordnet() -> Path:
    """WordNet's files, from its package."""
    packages = _peer.ROOT / "packages"
    archive = packages / "wordnet-base.deb"
    if not archive.is_file():
        (packages / "wordnet-base").mkdir(parents=True, exist_ok=True)
        into = packages / "wordnet-base"
        Apt().download("wordnet-base", None, into, lambda _: None).rename(archive)
    return unpack(packages, "wordnet-base")
