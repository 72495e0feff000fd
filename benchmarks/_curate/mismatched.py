"""Held-out pairs in, a fifth of them with the caption of another; how far below they rank, out.

Pairs are the test split's emoji and stamps of the project's own job, whose captions people gave on
purpose; no network of the job has seen them. AUC: the chance that a true pair has a higher score
than one with a wrong caption, in its own language. `make repro` comes first; without it there is
nothing to measure and no figure.

    mismatched_auc              by CLIP's cosine
    mismatched_auc_corrected    by `clip_corrected`, in batches of these pairs alone
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from scipy.stats import rankdata

from benchmarks import _cost
from benchmarks._curate import Measured
from curate import embeddings
from curate.dataset import sets, tables
from curate.scorers import clip_corrected

_DATA = Path("data")
_SOURCES = ("emoji", "stamps")
_WRONG = 0.2  # share of the pairs


def measure(repeats: int) -> Measured:
    """Plant wrong captions as often as asked, others each time."""
    headings = ("pairs", "of them wrong", "AUC of the cosine in %", "of the corrected in %")
    if not (_DATA / "embeddings/clip").is_dir():
        print("no embeddings in data/: `make repro` makes them", file=sys.stderr)
        return Measured(headings, [], {})
    pictures, captions, languages, texts = _held_out()
    rows, plain, less = [], [], []
    for seed in range(repeats):
        said, wrong = _planted(languages, texts, seed)
        cosine = (pictures * captions[said]).sum(axis=1)
        corrected = clip_corrected.corrected(pictures, captions[said], clip_corrected.Params())
        plain.append(_auc(cosine, wrong))
        less.append(_auc(corrected, wrong))
        rows.append([len(wrong), int(wrong.sum()), 100 * plain[-1], 100 * less[-1]])
    one = [1.0] * repeats
    ratios = {
        "mismatched_auc": _cost.ratios(plain, one),
        "mismatched_auc_corrected": _cost.ratios(less, one),
    }
    return Measured(headings, rows, ratios)


def _held_out() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Unit vectors of pictures and captions, (n, D) each, languages and captions (n)."""
    split = tables.read(_DATA / "split.parquet")
    test = split.filter(pc.equal(split.column("split"), "test")).column("image").combine_chunks()
    pairs = sets.located([_DATA / "pool"]).sort_by("uid")
    known = pc.is_in(pairs.column("image"), value_set=test).to_numpy()
    pairs = pairs.filter(known & np.isin(pairs.column("source").to_numpy(), _SOURCES))
    there, pictures, captions = embeddings.read(_DATA / "embeddings/clip").beside(pairs)
    columns = [pairs.filter(there).column(name).to_numpy() for name in ("lang", "caption")]
    return pictures[:], captions[:], *columns


def _planted(languages: np.ndarray, texts: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """For each pair the pair whose caption it is given (n), and whether that is a wrong one (n)."""
    random = np.random.default_rng(seed)
    said = np.arange(len(texts))
    for language in np.unique(languages):
        own = np.flatnonzero(languages == language)
        chosen = random.permutation(own)[: round(_WRONG * len(own))]
        said[chosen] = np.roll(chosen, 1)
    return said, texts[said] != texts


def _auc(values: np.ndarray, wrong: np.ndarray) -> float:
    """Mann-Whitney's U of the true ones, as a share of all comparisons."""
    ranks, true, false = rankdata(values), (~wrong).sum(), wrong.sum()
    return float((ranks[~wrong].sum() - true * (true + 1) / 2) / (true * false))
