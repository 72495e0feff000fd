"""Curves of a run: figures on the validation split, and logged values to DVCLive's files."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self

from train import examine
from train.batches import Batches
from train.corpus import Corpus
from train.model import Model
from train.params import PretrainParams
from train.text import Words


class Validation:
    """Figures of each task on the same pairs of the validation split, each time it is called."""

    def __init__(self, corpus: Corpus, words: Words, params: PretrainParams) -> None:
        self._words, self._pairs = words, params.validation_pairs
        self._batches = Batches(corpus, words, params.batch, 0, params.sampling)

    def __call__(self, model: Model, autocast: AbstractContextManager[Any]) -> dict[str, float]:
        """Values by name, such as `mlm/accuracy`."""
        found = examine.figures(model, self._batches, self._words, self._pairs, 0, autocast)
        return {
            f"{task}/{figure}": value
            for task, figures in found.items()
            for figure, value in figures.items()
            if figure not in ("chance", "targets")
        }


class Curves:
    """Writes logged values where `dvc plots` and `dvc metrics` find them.

    Nothing else is asked of DVCLive: no experiment is saved, no report drawn, no commit made.
    """

    def __init__(self, folder: Path) -> None:
        from dvclive import Live

        self._live = Live(
            dir=str(folder), save_dvc_exp=False, dvcyaml=None, report=None, monitor_system=False
        )

    def __call__(self, step: int, values: dict[str, float]) -> None:
        """Log values after so many steps."""
        self._live.step = step
        for name, value in values.items():
            self._live.log_metric(name, value)
        self._live.sync()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._live.end()
