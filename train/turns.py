"""Numbers of examples in; which lesson each step of a run is about, out.

A lesson of n examples is drawn as often as n^(1/T) says, with a temperature T: 1 passes over all
examples equally often, a high one over all lessons (Raffel et al., 2020: T5; T = 2 did well).
A step's lesson is a function of the seed and the step, so a run that goes on draws what an unbroken
one would have drawn, and so does each of several processes.
"""

from collections.abc import Sequence

import numpy as np

from train import draws


def shares(examples: Sequence[int], temperature: float) -> np.ndarray:
    """How often each lesson is drawn, `(L,)`, given how many examples it has; sums to 1."""
    logs = np.log(np.asarray(examples, np.float64)) / temperature
    weights = np.exp(logs - logs.max())
    return weights / weights.sum()


def drawn(examples: Sequence[int], temperature: float, steps: int, seed: int) -> np.ndarray:
    """The number of each step's lesson, `(steps,)`."""
    until = np.cumsum(shares(examples, temperature))[:-1]
    chance = draws.uniform(np.arange(steps, dtype=np.uint64), 1, seed, "lesson")[:, 0]
    return np.searchsorted(until, chance, side="right")
