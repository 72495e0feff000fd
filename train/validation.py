"""Curves of a run: figures on the validation split, and logged values to DVCLive's files."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self

from train import examine
from train.batches import Batches
from train.corpus import Corpus
from train.model import Model
from train.params import RunParams
from train.sentences import Sentences
from train.tasks import retrieval
from train.text import Words
from train.translations import Translations


class Validation:
    """Figures of each task, and of retrieval, on the same pairs of the validation split each time.

    Args:
        corpus: the split.
        words: the tokenizer.
        params: of the run; the language of retrieval is the one that it passes over most often.
        translations: captions in other languages that may follow a pair's; None: there are none.
        sentences: captions in its own that do; None: there are none.
    """

    def __init__(
        self,
        corpus: Corpus,
        words: Words,
        params: RunParams,
        translations: Translations | None = None,
        sentences: Sentences | None = None,
    ) -> None:
        self._corpus, self._words, self._pairs = corpus, words, params.validation_pairs
        self._batches = Batches(
            corpus, words, params.batch, 0, params.sampling, None, translations, sentences
        )
        self._asked = retrieval.Asked(params.candidates, params.candidates, params.batch)
        weights = {t: w for t, w in params.sampling.languages.items() if t in corpus.languages}
        self._language = max(weights, key=weights.__getitem__, default=str(corpus.languages[0]))

    def __call__(self, model: Model, autocast: AbstractContextManager[Any]) -> dict[str, float]:
        """Values by name, such as `mlm/accuracy` and `image_retrieval/recall_at_10`."""
        tasks = examine.figures(model, self._batches, self._words, self._pairs, 0, autocast)
        return _named(tasks) | (self._retrieved(model, autocast) if self._asked.candidates else {})

    def _retrieved(self, model: Model, autocast: AbstractContextManager[Any]) -> dict[str, float]:
        was_training = model.training
        found = retrieval.measure(
            model.eval(), self._corpus, self._words, self._asked, self._language, None, autocast
        )
        model.train(was_training)
        return {
            f"{way}/{name}": value
            for way in ("image_retrieval", "text_retrieval")
            for name, value in found[way].items()
            if name.startswith("recall")
        }


def _named(found: dict[str, dict[str, Any]]) -> dict[str, float]:
    return {
        f"{task}/{figure}": value
        for task, figures in found.items()
        for figure, value in figures.items()
        if figure not in ("chance", "targets", "kinds")
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
