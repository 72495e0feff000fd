"""A run's kept states and groups of its pairs in; what each did to clean held-out pairs, out.

As `train/tracin.py` says, over the states that a run kept (`--keep`), each weighed by its learning
rate. The loss is that of training, of all tasks. Held out are pairs of the validation split, of
trusted sources, a batch for each language; the test split is never looked at.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from curate.dataset import begun
from curate.dataset.errors import DataError, EmptySetError
from curate.stage import machine
from curate.stage.cluster import progress
from curate.stage.params import build, parameters
from curate.stage.run import run
from train.params import PretrainParams
from train.ranges import Number

if TYPE_CHECKING:
    from train.batches import Batches
    from train.corpus import Corpus
    from train.examine import Task
    from train.influence_batches import Drawn
    from train.model import Model
    from train.text import Words
    from train.tracin import Loss, Traced

_LEAST = 2  # held-out pairs that can be told from each other
_CARD = "card.json"


@parameters
class TraceInfluenceParams:
    """Which batches a group's gradient is of, and which pairs are held out."""

    batches: Number = 8  # of each group, at each state
    own: Number = 32  # pairs of a batch that are the group's; smaller groups are not asked about
    languages: tuple[str, ...]  # BCP-47, of held-out pairs, each a batch
    sources: tuple[str, ...]  # of held-out pairs: their captions are clean
    candidates: Number = 256  # held-out pairs in a language, at most
    seed: int = 0  # of the draws


class Asked(NamedTuple):
    """How a split's rows become the loss of a batch."""

    batches: "Batches"
    words: "Words"
    todo: "list[Task]"
    seed: int


def main(
    model: Path,
    snapshot: Path,
    labels: Path,
    groups: Path,
    params: TraceInfluenceParams,
    labels_made: Path | None = None,
    made: Path | None = None,
    split: Path | None = None,
) -> dict[str, Any]:
    """Trace the influence of each group through a run.

    Args:
        model: folder of the run's model, with its card and kept states.
        snapshot: that it was trained on.
        labels: folder of the labels that it read.
        groups: table of `group` and `uid`.
        params: section `trace_influence`.
        labels_made: folder of the labels of made pairs.
        made: folder of the made sets.
        split: table of splits, one of each of whose groups of like pictures is held out.

    Returns:
        `states`: their steps; `held_out`: pairs of each language; `groups`: of each `influence` and
        `adaptive`, summed over the states, and `cosine`, their mean, see `train.tracin.Traced`, and
        its `share` of what an epoch shows; `too_few`: groups that have fewer pairs than `own`.

    Raises:
        DataError: the run kept no states.
        EmptySetError: no pair of a language is held out, or no group is large enough.
    """
    from train import examine, influence_batches, languages
    from train.batches import Batches
    from train.corpus import load
    from train.model import load as load_model
    from train.notes import needed
    from train.text import Words

    states = {
        int(state.name.removeprefix("step-")): state
        for state in sorted((model / begun.STATES).glob("step-*"))
    }
    if not states:
        raise DataError(f"{model} keeps no states of its run; train it again with --keep")
    card = json.loads((model / _CARD).read_text(encoding="utf-8"))
    ran = build(PretrainParams, card["params"], f"{model / _CARD}: params")
    words, plan = Words(model), load_model(model).plan
    size = (plan.text_tokens, plan.regions, labels_made, made, needed(plan), plan.pixels)
    learnt, other = (load(snapshot, labels, one, words, *size) for one in ("train", "validation"))
    todo = examine.tasks(plan.objectives)
    asked, held = (
        Asked(Batches(c, words, ran.batch, 0, ran.sampling), words, todo, params.seed)
        for c in (learnt, other)
    )
    chance = languages.weights(learnt.languages, ran.sampling)
    members = influence_batches.rows_of(groups, learnt.uids)
    wanted = (params.batches, ran.batch, params.own, params.seed)
    drawn = influence_batches.draw(members, chance, learnt.keys, *wanted)
    tested = [held_out(other, tag, snapshot, split, params) for tag in params.languages]
    found: dict[str, list[Traced]] = {group: [] for group in drawn.groups}
    with progress(len(states), f"influence in {model}", "states") as bar:
        for step, state in states.items():
            network = load_model(state).to(machine.device())
            told = _at(network, step, ran, asked, drawn, held, tested)
            for group, one in told.items():
                found[group].append(one)
            bar.update()
    share = {group: float(chance[rows].sum() / chance.sum()) for group, rows in members.items()}
    return {
        "states": list(states),
        "held_out": dict(zip(params.languages, map(len, tested), strict=True)),
        "groups": {group: {**_sum(of), "share": share[group]} for group, of in found.items()},
        "too_few": drawn.too_few,
    }


def held_out(
    corpus: "Corpus",
    language: str,
    snapshot: Path,
    split: Path | None,
    params: TraceInfluenceParams,
) -> np.ndarray:
    """Rows of a language's held-out pairs, told apart as a test tells its candidates apart.

    Raises:
        EmptySetError: there are none.
    """
    from train.tasks import retrieval, tested

    rows = retrieval.candidates(corpus, language, len(corpus), split)
    clean = np.isin(tested.sources(snapshot, corpus)[rows].astype(str), params.sources)
    rows = rows[clean][: params.candidates]
    if len(rows) < _LEAST:
        raise EmptySetError(
            f"{snapshot}: {len(rows)} validation pairs of {', '.join(params.sources)} are told in "
            f"{language!r}; take it out of trace_influence.languages, or name other sources"
        )
    return rows


def _at(
    network: "Model",
    step: int,
    ran: PretrainParams,
    asked: Asked,
    drawn: "Drawn",
    held: Asked,
    tested: list[np.ndarray],
) -> "dict[str, Traced]":
    """What each group does after a step."""
    from train import schedule, tracin

    chosen = schedule.of(network.plan, ran)
    return tracin.traced(
        network,
        chosen.rate * chosen.factor(step, ran.steps),
        [_loss(network, held, rows, 0) for rows in tested],
        [_loss(network, asked, rows, at) for at, rows in enumerate(drawn.usual)],
        {
            group: [_loss(network, asked, rows, at) for at, rows in enumerate(batches)]
            for group, batches in drawn.groups.items()
        },
        drawn.share,
    )


def _loss(network: "Model", asked: Asked, rows: np.ndarray, at: int) -> "Loss":
    """Computes the loss of training on a batch of some rows."""
    from train import examine

    def loss() -> Any:
        batches, words, todo, seed = asked
        batch = examine.ready(batches, rows, network.plan, todo, words, seed, at)
        scores = network(batch.to(next(network.parameters()).device))
        each = ((t, scores[t.name].loss / max(1, batch.counts[t.name])) for t in todo)
        return sum(t.params.weight * one for t, one in each)

    return loss


def _sum(of: "list[Traced]") -> dict[str, float]:
    return {
        "influence": sum(one.influence for one in of),
        "adaptive": sum(one.adaptive for one in of),
        "cosine": sum(one.cosine for one in of) / len(of),
    }


if __name__ == "__main__":
    run("train.trace_influence", section="trace_influence")
