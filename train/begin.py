"""A trained model's folder in; another model that begins with its weights, out.

So a run may go on with another snapshot (a large noisy one first, then a clean one), with other
tasks, or from the last state that had not seen what was taken down (`pairwright forget` names it).
A task that says so (`BEGINS`) begins with another's head, which is of the same form.
"""

from pathlib import Path

from torch import Tensor

from curate.dataset.errors import WeightsError
from train import media
from train.fitting import PIXELS
from train.model import Model, load, objective

_HEADS = "heads."  # what the weights' names of tasks begin with
_STATISTICS = ("vision.mean", "vision.deviation")  # of features, not read beside pixels
_MEDIA = "media."
_NAMED = 3  # weights in a message


def begin(model: Model, folder: Path) -> list[str]:
    """Give a model the weights of another of the same layers and embeddings.

    Args:
        model: is changed; a task's head that the other has not, or has in another size or for
            other answers, stays.
        folder: of the other, as `train.model.save` writes it, with its tokenizer.

    Returns:
        The tasks whose heads were taken, after `layers`.

    Raises:
        WeightsError: there is no such model, or layers or embeddings differ.
    """
    before = load(folder)
    own, other = model.state_dict(), before.state_dict()
    if before.sizes.answers != model.sizes.answers:
        other = {name: w for name, w in other.items() if not name.startswith(f"{_HEADS}vqa.")}
    for task in model.heads:
        if (given := getattr(objective(task), "BEGINS", None)) and task not in before.heads:
            other |= _renamed(other, f"{_HEADS}{given}.", f"{_HEADS}{task}.")
    taken = {
        name: weight
        for name, weight in other.items()
        if name in own and weight.shape == own[name].shape
    }
    left = (_HEADS, *(_STATISTICS if model.plan.visual in PIXELS else ()))
    new = [name for name in model.media if name not in before.media]  # begin to be known
    left = (*left, *(f"{_MEDIA}{name}." for name in new))
    whole = [name for name in {**own, **other} if not name.startswith(left)]
    if lacking := [name for name in whole if name not in taken]:
        raise WeightsError(
            f"{folder} is a model of other layers or embeddings: {', '.join(lacking[:_NAMED])}"
            f"{' and others' * (len(lacking) > _NAMED)} do not fit; begin with one of the same "
            "`model` section, tasks aside"
        )
    heads = [
        task
        for task in model.heads
        if all(name in taken for name in own if name.startswith(f"{_HEADS}{task}."))
    ]
    fit = tuple(f"{_HEADS}{task}." for task in heads)
    kept = {n: w for n, w in taken.items() if not n.startswith(_HEADS) or n.startswith(fit)}
    model.load_state_dict(kept, strict=False)
    if new and model.plan.norm == "pre":
        media.as_loud_as(model.media, new, model.text.norm)
    return ["layers", *heads]


def _renamed(weights: dict[str, Tensor], before: str, after: str) -> dict[str, Tensor]:
    """Those whose names begin in one way, under names that begin in another."""
    return {after + n.removeprefix(before): w for n, w in weights.items() if n.startswith(before)}
