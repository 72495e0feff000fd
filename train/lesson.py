"""A model and what it learns from in; the batches of its tasks, step by step, out.

A run of pretraining or fine-tuning is one lesson. Where one model learns several tasks, each is a
lesson of the run, with heads, batches, figures and a ledger of its own (`train/multitask.py`).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from train import examine, masking, sentences, translations
from train.batch import Batch
from train.batches import Batches
from train.corpus import Corpus
from train.curriculum import Phase
from train.mix import Mix
from train.model import Model
from train.params import RunParams
from train.shared import Shared
from train.text import Words

Validate = Callable[[Model, AbstractContextManager[Any]], dict[str, float]]
"""Gives figures of a model as it is."""


class Lesson:
    """What a step of a run may be about.

    Args:
        model: learns it; its plan says the tasks.
        corpus: the training split.
        words: the tokenizer.
        params: of the run.
        validate: its figures.
        phases: how the corpus is passed over; None: as the sampling's languages say alone.
        name: of one lesson among others; empty: it is the only one.

    Attributes:
        tasks: of all of its steps.
        batches: of its corpus.

    Raises:
        ParamsError: a task lacks its pairs.
    """

    def __init__(
        self,
        model: Model,
        corpus: Corpus,
        words: Words,
        params: RunParams,
        validate: Validate,
        phases: Sequence[Phase] | None = None,
        name: str = "",
    ) -> None:
        self.model, self.corpus, self.words, self.name = model, corpus, words, name
        self._validate = validate
        self._plan, self._seed = plan, seed = model.plan, params.seed
        self.tasks = examine.tasks(plan.objectives)
        late = {task: math.ceil(share * params.steps) for task, share in plan.late.items()}
        self._mix = Mix(plan.mix, plan.objectives, seed, late)
        second = translations.of(corpus, plan, seed, params.sampling)
        further = second, sentences.of(corpus, plan, seed)
        self.batches = Batches(corpus, words, params.batch, seed, params.sampling, phases, *further)

    def tasks_of(self, step: int) -> list[examine.Task]:
        """The tasks of a step, counted from 0."""
        return [task for task in self.tasks if task.name in self._mix.at(step)]

    def batch(self, step: int, epoch: int, shown: np.ndarray) -> Batch:
        """The batch of some showings, with the targets of a step's tasks."""
        todo, plan, seed = self.tasks_of(step), self._plan, self._seed
        batch = examine.ready(self.batches, shown, plan, todo, self.words, seed, epoch)
        if plan.sampled:
            masking.sample(batch, plan.sampled, plan.cells, seed, epoch)
        return batch

    def part(self, model: Model | Shared) -> Model:
        """The model of this lesson, given that of the run or its like of averaged weights."""
        return model.models[self.name] if isinstance(model, Shared) else model

    def named(self, values: Mapping[str, float]) -> dict[str, float]:
        """Figures of this lesson's tasks under its name."""
        return {f"{self.name}/{key}" if self.name else key: v for key, v in values.items()}

    def validated(
        self, model: Model | Shared, cast: AbstractContextManager[Any]
    ) -> dict[str, float]:
        """Figures of the run's model, under the lesson's name."""
        return self.named(self._validate(self.part(model), cast))
