"""A caption's numbers in, the odds of its labels out: the parser's network, by numpy alone.

Words are embedded by themselves, by their endings and by what the lexicon knows of them; layers of
convolution over three tokens with residuals and layer normalisation (after Dauphin et al., 2017,
without their gates) tell each token of its neighbours. From that come a label of every token and,
for every ordered pair of heads, a relation (or none) and the verb that names it, found by attention
over the tokens (as pointer networks, Vinyals et al., 2015). `align.train_parser` trains the same
network by torch.
"""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from align import features
from align.features import Reading
from curate.dataset.errors import WeightsError
from curate.dataset.read_once import read_once

LABELS = ("none", "thing", "in thing", "attribute", "in attribute")
NO_RELATION, OF = 0, 1  # the first classes of a pair; the others are words of predicates
UNKNOWN = 0  # number of a word or an ending that training did not see often enough
ENDING = 3  # letters
DILATIONS = (1, 2, 1, 2)  # of the layers
FILE = Path(__file__).parent / "weights" / "parser.safetensors"


class Odds(NamedTuple):
    """Probabilities of the labels of n tokens."""

    labels: np.ndarray  # n x len(LABELS)
    states: np.ndarray  # n x hidden


class PairOdds(NamedTuple):
    """Probabilities of what P pairs of heads have to do with each other."""

    classes: np.ndarray  # P x classes
    verbs: np.ndarray  # P x n + 1: the token that is the predicate's verb; the last: none


class Network:
    """The trained network.

    Args:
        weights: arrays by name, as the training writes them.
        words: known words; their numbers start at 1.
        endings: known endings; their numbers start at 1.
        classes: predicates' words, after the two classes `NO_RELATION` and `OF`.
    """

    def __init__(
        self,
        weights: dict[str, np.ndarray],
        words: list[str],
        endings: list[str],
        classes: list[str],
    ) -> None:
        self._w = {
            name: np.ascontiguousarray(array.T if _turned(name) else array, np.float32)
            for name, array in weights.items()
        }
        self._words = {word: i for i, word in enumerate(words, 1)}
        self._endings = {ending: i for i, ending in enumerate(endings, 1)}
        self.classes = classes

    def has_new_words(self, reading: Reading) -> bool:
        """Whether a word was not known in training."""
        return any(w not in self._words and any(c.isalpha() for c in w) for w in reading.words)

    def label(self, reading: Reading) -> Odds:
        """Odds of the labels of a caption's tokens."""
        w = self._w
        known = [self._words.get(word, UNKNOWN) for word in reading.words]
        ends = [self._endings.get(word[-ENDING:], UNKNOWN) for word in reading.words]
        joined = np.concatenate(
            [w["words.weight"][known], w["endings.weight"][ends], reading.dense], axis=1
        )
        states = _relu(_linear(joined, w, "enter"))
        for number, dilation in enumerate(DILATIONS):
            states = states + _relu(_linear(_around(states, dilation), w, f"layers.{number}"))
            states = _normal(states, w, f"norms.{number}")
        return Odds(_softmax(_linear(states, w, "label")), states)

    def relate(
        self, states: np.ndarray, reading: Reading, pairs: list[tuple[int, int]]
    ) -> PairOdds:
        """Odds of what each first token of some pairs has to do with the second."""
        w = self._w
        found, apart, known = features.of_pairs(reading, pairs)
        first, second = found[:, 0], found[:, 1]
        between = _between(states, found)
        hidden = _relu(
            _linear(states[first], w, "source")
            + states[second] @ w["target.weight"]
            + between @ w["between.weight"]
            + known @ w["known.weight"]
            + w["apart.weight"][apart]
        )
        classes = _softmax(_linear(hidden, w, "relation"))
        keys = _linear(states, w, "key")
        scores = _linear(hidden, w, "query") @ keys.T / np.sqrt(keys.shape[1])
        places = np.arange(len(states))
        scores = scores + w["from_source.weight"][_steps(places, first), 0]
        scores = scores + w["from_target.weight"][_steps(places, second), 0]
        none = _linear(hidden, w, "no_verb")
        return PairOdds(classes, _softmax(np.concatenate([scores, none], axis=1)))


@read_once(lambda path=FILE: [path], keep=2)
def load(path: Path = FILE) -> Network:
    """The network of a file that `align.train_parser` wrote.

    Raises:
        WeightsError: there is no such file, or it is of another form.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            told = json.loads((file.metadata() or {})["parser"])
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return Network(weights, told["words"], told["endings"], told["classes"])
    except (OSError, KeyError, ValueError, SafetensorError) as error:
        raise WeightsError(
            f"{path} holds no scene graph parser ({error}); align.train_parser makes one"
        ) from error


def _steps(places: np.ndarray, head: np.ndarray) -> np.ndarray:
    farthest = features.FARTHEST
    return np.minimum(np.maximum(places[None, :] - head[:, None], -farthest), farthest) + farthest


def _between(states: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Mean state of the tokens from one head to the other, both among them."""
    total = np.concatenate([np.zeros((1, states.shape[1]), np.float32), np.cumsum(states, axis=0)])
    low, high = found.min(axis=1), found.max(axis=1) + 1
    return (total[high] - total[low]) / (high - low)[:, None].astype(np.float32)


def _around(states: np.ndarray, dilation: int) -> np.ndarray:
    """Each token's state with those of its neighbours that many tokens before and after."""
    n, width = states.shape
    padded = np.zeros((n + 2 * dilation, width), dtype=np.float32)
    padded[dilation : dilation + n] = states
    return np.concatenate([padded[:n], states, padded[2 * dilation :]], axis=1)


def _linear(inputs: np.ndarray, w: dict[str, np.ndarray], name: str) -> np.ndarray:
    return inputs @ w[f"{name}.weight"] + w[f"{name}.bias"]


def _turned(name: str) -> bool:
    """Whether an array is a layer's matrix, which torch has as outputs x inputs."""
    table = name.split(".")[0] in ("words", "endings", "apart", "from_source", "from_target")
    return name.endswith(".weight") and not table and not name.startswith("norms.")


def _normal(states: np.ndarray, w: dict[str, np.ndarray], name: str) -> np.ndarray:
    width = states.shape[1]
    centred = states - np.add.reduce(states, axis=1, keepdims=True) / width
    spread = np.add.reduce(centred * centred, axis=1, keepdims=True) / width
    return centred * (w[f"{name}.weight"] / np.sqrt(spread + 1e-5)) + w[f"{name}.bias"]


def _relu(values: np.ndarray) -> np.ndarray:
    return np.maximum(values, 0.0)


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)
