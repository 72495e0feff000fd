"""Sources and scores of the pairs in; how often each is passed over, phase by phase of a run, out.

A run may see a large noisy set first and a cleaner one after (ImageBERT), mix its sources by weight
(UNITER), or pass more often over what curation scored well: all of it is a factor of a pair's
passes in an epoch, beside that of its language. A phase begins with an epoch of its own.
"""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import record, tables
from curate.dataset.errors import ParamsError
from train.corpus import Corpus
from train.params import PretrainParams, Sampling, Worth

OTHER = "other"  # all sources that are not named


class Phase(NamedTuple):
    """A part of a run: a stage of its parameters, or what is left after the last."""

    until: int | None  # batches of the run at its end; None: it ends with the run
    factor: np.ndarray  # of each pair's passes in an epoch, `(n,)`


def phases(
    corpus: Corpus, params: PretrainParams, snapshot: Path, scores: Sequence[Path] = ()
) -> list[Phase]:
    """The phases of a run over a corpus; one where the parameters name none.

    Args:
        corpus: whose pairs.
        params: of the run: its sampling's sources, scores and stages.
        snapshot: folder with `manifest.parquet`, which says each pair's source.
        scores: folders of the scorers' tables, of the pool's pairs and of made ones.

    Raises:
        ParamsError: stages do not follow each other within the run, no pair of the corpus is in a
            language or from a source that is named, or no table has a score.
    """
    sampling = params.sampling
    there = sorted(set(corpus.languages.astype(str)))
    if unknown := sorted({*sampling.languages} - {*there, *Sampling().languages}):
        raise ParamsError(
            f"sampling.languages: no training caption is in {', '.join(unknown)} "
            f"(there are: {', '.join(there)})"
        )
    ends = [stage.until for stage in sampling.stages]
    if sorted({*ends, 0, params.steps}) != [0, *ends, params.steps]:
        raise ParamsError(
            f"sampling.stages end after {ends} of {params.steps} steps; each `until` has to be "
            "larger than the one before, and the last of them smaller than `steps`"
        )
    parts = [(one.until * params.accumulate, one.sources, one.scores) for one in sampling.stages]
    known = _Known(corpus, snapshot, scores)
    return [
        Phase(until, known.of_sources(sources) * known.of_scores(worths))
        for until, sources, worths in [*parts, (None, sampling.sources, sampling.scores)]
    ]


class _Known:
    """What a snapshot and scorers say of a corpus."""

    def __init__(self, corpus: Corpus, snapshot: Path, scores: Sequence[Path]) -> None:
        rows = tables.read(snapshot / record.MANIFEST_FILE, ["uid", "image", "source"])
        place = pc.index_in(pa.array(corpus.uids), rows.column("uid").combine_chunks())
        self._pairs, self._scores = rows.take(place), scores

    def of_sources(self, weights: Mapping[str, float]) -> np.ndarray:
        """Each pair's factor by its source, `(n,)`."""
        names = self._pairs.column("source").to_pylist()
        if unknown := sorted({*weights} - {*names, OTHER}):
            raise ParamsError(
                f"sampling: no training pair is from {', '.join(unknown)} "
                f"(there are: {', '.join(sorted(set(names)))})"
            )
        return np.array([weights.get(name, weights.get(OTHER, 0.0)) for name in names], float)

    def of_scores(self, worths: Mapping[str, Worth]) -> np.ndarray:
        """The product of each pair's factors by its scores, `(n,)`."""
        found = np.ones(self._pairs.num_rows)
        for name, worth in worths.items():
            found *= passes(self._column(name), worth)
        return found

    def _column(self, name: str) -> np.ndarray:
        """A score of each pair, not a number where its scorer says nothing of it, `(n,)`."""
        scorer, _, column = name.partition(".")
        files = [folder / f"{scorer}.parquet" for folder in self._scores]
        files = [file for file in files if file.is_file()]
        if not any(column in tables.schema(file).names[1:] for file in files):
            raise ParamsError(self._lacking(name))
        found = np.full(self._pairs.num_rows, np.nan)
        for file in files:
            if column not in (names := tables.schema(file).names):
                continue
            rows = tables.read(file, [names[0], column])
            place = pc.index_in(
                self._pairs.column(names[0]), value_set=rows.column(names[0]).combine_chunks()
            )
            values = rows.column(column).take(place).cast(pa.float64())
            values = pc.fill_null(values, np.nan).to_numpy()
            found = np.where(np.isnan(found), values, found)  # the pool's tables come first
        return found

    def _lacking(self, name: str) -> str:
        there = [
            f"{file.stem}.{column}"
            for folder in self._scores
            for file in sorted(folder.glob("*.parquet"))
            for column in tables.schema(file).names[1:]
        ]
        close = difflib.get_close_matches(name, there, n=1)
        guess = f"; did you mean {close[0]!r}?" if close else ""
        places = " or ".join(map(str, self._scores)) or "no folder of scores (--scores)"
        known = ", ".join(dict.fromkeys(there)) or "none"
        return f"sampling: no score {name!r} in {places}{guess} (known: {known})"


def passes(scores: np.ndarray, worth: Worth) -> np.ndarray:
    """The factor of some scores, `(n,)`: a straight line from `least` at `low` to 1 at `high`."""
    if worth.low == worth.high:
        share = (scores >= worth.low).astype(float)
    else:
        share = np.clip((scores - worth.low) / (worth.high - worth.low), 0.0, 1.0)
    found = worth.least + (1.0 - worth.least) * share
    return np.where(np.isnan(scores), worth.unknown, found)
