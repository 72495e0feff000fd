"""Curves of a run: figures on the validation split, and logged values to DVCLive's files."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self

from curate.dataset.errors import ParamsError
from train import examine
from train.batches import Batches
from train.card_facts import flat
from train.corpus import Corpus
from train.model import Model
from train.params import RunParams, Sampling
from train.sentences import Sentences
from train.tasks import retrieval
from train.text import Words
from train.translations import Translations

_RERANK = 32  # of a dual encoder's first that the matching head looks at again, as in evaluate


class Validation:
    """Figures of each task, and of retrieval, on the same pairs of the validation split each time.

    Those of tasks are of the languages that the run passes over, those of retrieval of the one that
    it passes over most often; and both by further languages, each by itself, where they are asked
    for.

    Args:
        corpus: the split.
        words: the tokenizer.
        params: of the run.
        translations: captions in other languages that may follow a pair's; None: there are none.
        sentences: captions in its own that do; None: there are none.

    Raises:
        ParamsError: the split has no caption of a further language.
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
        further, there = params.validation_languages, sorted(set(corpus.languages.astype(str)))
        if unknown := sorted({*further} - {*there}):
            raise ParamsError(
                f"validation_languages: no caption of the validation split is in "
                f"{', '.join(unknown)} (there are: {', '.join(there)})"
            )

        def batches(sampling: Sampling) -> Batches:
            told = (translations, sentences)
            return Batches(corpus, words, params.batch, 0, sampling, None, *told)

        self._batches = batches(params.sampling)
        self._further = {tag: batches(Sampling(languages={tag: 1.0}, hard=0.0)) for tag in further}
        self._asked = retrieval.Asked(params.candidates, _RERANK, params.batch)
        weights = {t: w for t, w in params.sampling.languages.items() if t in corpus.languages}
        self._language = max(weights, key=weights.__getitem__, default=str(corpus.languages[0]))

    def __call__(self, model: Model, autocast: AbstractContextManager[Any]) -> dict[str, float]:
        """Values by name, such as `mlm/accuracy` and `image_retrieval/recall_at_10`.

        Beside an accuracy stands its chance, where it is known (`mlm/chance`), beside a recall
        always (`image_retrieval/chance_at_10`). Retrieval by a model's own way has no name before
        it, by further ones theirs: `dual_encoder/image_retrieval/recall_at_10`, `reranked/...`. A
        further language's tag stands before all of its values: `de/mlm/accuracy`.
        """
        found = self._measured(model, self._batches, self._language, autocast)
        for tag, batches in self._further.items():
            own = self._measured(model, batches, tag, autocast)
            found |= {f"{tag}/{name}": value for name, value in own.items()}
        return found

    def _measured(
        self, model: Model, batches: Batches, language: str, autocast: AbstractContextManager[Any]
    ) -> dict[str, float]:
        found: dict[str, Any] = dict(
            examine.figures(model, batches, self._words, self._pairs, 0, autocast)
        )
        if self._asked.candidates:
            told = (self._corpus, self._words, self._asked, language, None, autocast)
            was_training = model.training
            found |= retrieval.measure(model.eval(), *told)
            model.train(was_training)
        return {name: value for name, value in flat(found).items() if _told(name)}


def _told(name: str) -> bool:
    """Whether a figure is logged; numbers of what was measured on are the same each time."""
    *path, last = name.split("/")
    return "kinds" not in path and last not in ("targets", "candidates") and "times" not in last


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
