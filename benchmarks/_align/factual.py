"""The parser on FACTUAL's dev split by the package's own evaluation, beside what peers published.

The file is `dev.csv` of FACTUAL (Li et al., 2023) at the path that the variable FACTUAL_DEV names.
The peers' figures are of its test split, and larger is better.

    factual_dev_spice        SPICE, 0-100
    factual_dev_set_match    captions whose set of facts is exactly the annotators', %
"""

import os
from pathlib import Path

from benchmarks._align import Measured
from benchmarks._cost import ratios
from curate.dataset import wordnet

_WORDNET = Path("data/packages/wordnet-base")  # the stage fetch gets it


def measure(repeats: int) -> Measured:  # noqa: ARG001 - the same every time
    """Evaluate the parser that ships.

    Raises:
        RuntimeError: FACTUAL's file was not named, or is not there.
    """
    from align.evaluate_parser import PEERS, evaluate

    file = Path(os.environ.get("FACTUAL_DEV", ""))
    if not file.is_file():
        raise RuntimeError("set FACTUAL_DEV to FACTUAL's dev.csv, which is no part of the project")
    found = evaluate(file, wordnet.folder_at(_WORDNET).resolve())
    rows: list[list[object]] = [["ours, on dev", found["spice"], found["set_match"]]]
    rows += [[f"{name}, on test", *figures] for name, figures in PEERS.items()]
    figures = {
        f"factual_dev_{name}": ratios([found[name]], [1.0]) for name in ("spice", "set_match")
    }
    return Measured(("parser", "SPICE", "set match"), rows, figures)
