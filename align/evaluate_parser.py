"""A file of FACTUAL in, how well the parser reads its captions out, with the peers' figures beside.

    python -m align.evaluate_parser dev.csv --wordnet /usr/share/wordnet

The protocol is that of `align.scene_scores`. The peers' figures are those published for FACTUAL's
test split (Li et al., 2023) and measured by its authors' own protocol, so they tell of the
neighbourhood and not of a ranking to the decimal.
"""

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from align import factual, lexicon, network, parser
from align.factual import Example
from align.lexicon import Lexicon
from align.network import Network
from align.scene_scores import Judge, facts_of, scores
from curate.dataset import wordnet
from curate.dataset.errors import PairwrightError

_STEPS = (0.0, 0.3, 0.5, 0.7, 0.9)
PEERS = {  # SPICE and exact set match
    "Stanford parser": (64.8, 19.3),
    "Flan-T5 small (FACTUAL)": (92.3, 78.2),
    "Flan-T5 base (FACTUAL)": (93.3, 81.4),
    "Flan-T5 large (FACTUAL)": (93.2, 81.6),
}


def evaluate(path: Path, folder: Path, weights: Path = network.FILE) -> dict[str, Any]:
    """Figures of the parser on a file of FACTUAL, and how they change with how sure it must be.

    Args:
        path: CSV with the columns `caption` and `scene_graph`.
        folder: WordNet's database files.
        weights: file of the trained network.

    Raises:
        DataError: a file is not what it should be.
        WeightsError: the network cannot be loaded.
    """
    examples = factual.read(path)
    words, trained = lexicon.of_folder(folder), network.load(weights)
    judge = Judge(words.database)
    for example in examples:  # look every word up once, so that what is timed is the parsing
        parser.parse(example.caption, words, trained)
    start = time.process_time()
    for example in examples:
        parser.parse(example.caption, words, trained)
    spent = time.process_time() - start
    found = _scored(examples, words, trained, judge, parser.LEAST)
    curve = []
    for least in _STEPS:
        all_facts = _scored(examples, words, trained, judge, least)["kinds"]["facts"]
        curve.append({"least": least} | all_facts)
    return found | {"ms_per_caption": 1000 * spent / len(examples), "by_confidence": curve}


def _scored(
    examples: list[Example], words: Lexicon, trained: Network, judge: Judge, least: float
) -> dict[str, Any]:
    graphs = [parser.parse(example.caption, words, trained, least) for example in examples]
    pairs = [(facts_of(g), e.facts) for g, e in zip(graphs, examples, strict=True)]
    return scores(pairs, judge)


def main(
    dev: Annotated[Path, typer.Argument(help="CSV file of FACTUAL")],
    wordnet_at: Annotated[Path, typer.Option("--wordnet", help="folder or fetched package")],
    weights: Annotated[Path, typer.Option(help="the network's file")] = network.FILE,
) -> None:
    """Print the figures as JSON."""
    try:
        found = evaluate(dev, wordnet.folder_at(wordnet_at).resolve(), weights)
    except PairwrightError as error:
        raise SystemExit(f"{type(error).__name__}: {error}") from error
    peers = {name: {"spice": s, "set_match": m} for name, (s, m) in PEERS.items()}
    print(json.dumps(found | {"peers_on_test": peers}, indent=2))


if __name__ == "__main__":
    typer.run(main)
