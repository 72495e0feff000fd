"""Each of the models learns all of its tasks, and alike from one large batch and from several."""

import re
from typing import NamedTuple

import numpy as np
import pytest
import torch

from curate.stage import plugin
from tests import _peers as peers
from train import corpus, examine
from train.batch import Batch
from train.batches import Batches
from train.mix import Mix
from train.model import Model, make
from train.objectives import needs
from train.params import Sampling
from train.plan import Sizes
from train.recipe import Params
from train.text import Words
from train.trainer import update
from train.updater import Updater

MODELS = {name: plugin.load("train.models", name) for name in plugin.names("train.models")}
EACH = pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
OFTEN = {"rate": 0.5, "random": 0.4}
TOWERS = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 16, "patch_size": 8, "width": 24, "head_width": 12, "layers": 1},
    "text_cfg": {"context_length": 12, "width": 24, "heads": 2, "layers": 1},
}


class Ready(NamedTuple):
    """A small model of a plan, and the batch of each of its mix's steps."""

    model: Model
    todo: list[list[examine.Task]]
    batches: Batches
    rows: np.ndarray
    words: Words

    def prepared(self, step: int, rows: np.ndarray) -> Batch:
        """Some of the rows as they are in the step of some tasks."""
        plan = self.model.plan
        return examine.ready(self.batches, rows, plan, self.todo[step], self.words, 0, 0)


@pytest.fixture
def ready(small, known, words):
    """Makes a small model of a file's plan that is ready for 24 pairs."""

    def build(model, **params):
        change = {**peers.SMALL, "streams": re.sub(r"\d+", "1", model.plan(Params()).streams)}
        if model.RECIPE.name == "clip":
            change = {"towers": TOWERS}
        plan = model.plan(Params(change=change, **params))
        needed = needs(plan.objectives)
        pairs = corpus.load(
            small.snapshot, known, "train", words, 12, 4, needs=needed, pixels=plan.pixels
        )
        batches = Batches(pairs, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
        length = pairs.regions.features.shape[-1]
        torch.manual_seed(0)
        built = make(
            model.RECIPE.name,
            plan,
            Sizes(words.size, length, 8, pad=words.pad, end=words.end),
        )
        todo = {task.name: task for task in examine.tasks(plan.objectives)}
        steps = [[todo[name] for name in group] for group in Mix(plan.mix, todo, 0).groups]
        return Ready(built.train(), steps, batches, np.arange(24), words)

    return build


@EACH
def test_every_task_learns(model, ready):
    made = ready(model)
    optimizer = torch.optim.Adam(made.model.parameters(), 1e-2)
    losses = {task.name: [] for some in made.todo for task in some}
    batches = [made.prepared(step, made.rows) for step in range(len(made.todo))]
    assert all(number for batch in batches for number in batch.counts.values())
    for _ in range(50):
        for some, batch in zip(made.todo, batches, strict=True):
            scores = made.model(batch)
            each = {t.name: scores[t.name].loss / batch.counts[t.name] for t in some}
            optimizer.zero_grad()
            sum(t.params.weight * each[t.name] for t in some).backward()
            torch.nn.utils.clip_grad_norm_(made.model.parameters(), 1.0)
            optimizer.step()
            for name, loss in each.items():
                losses[name].append(loss.item())
    for name, told in losses.items():
        assert told[-1] < told[0] - 0.1 * abs(told[0]), (name, told[::10])


def updated(made, pieces, params):
    """Weights and values after a step of each of a model's mixes, of the pairs in some pieces."""
    model, told = made.model, []
    updater = Updater(model, torch.optim.SGD(model.parameters(), lr=0.1), params)
    for step, todo in enumerate(made.todo):
        parts = [(at, made.prepared(step, made.rows[piece])) for at, piece in enumerate(pieces)]
        told.append(update(model, updater, parts, todo, params, step)[0])
    return model.state_dict(), told


WHOLE, PIECES = [slice(0, 24)], [slice(0, 5), slice(5, 17), slice(17, 24)]


@EACH
def test_accumulating_batches_made_apart_gives_the_update_of_one_large_batch(
    model, ready, run_params
):
    params = run_params(precision="fp32", rate=0.1, warm_up=0.0)
    even = [slice(0, 12), slice(12, 24)] if model.RECIPE.name == "clip" else PIECES
    (one, first), (two, second) = (updated(ready(model), some, params) for some in (WHOLE, even))
    for name, weight in one.items():
        torch.testing.assert_close(two[name], weight, atol=1e-5, rtol=1e-4, msg=name)
    for told, again in zip(first, second, strict=True):
        assert told == pytest.approx(again, abs=1e-4, rel=1e-4)


def test_what_draws_from_the_batch_itself_draws_from_each_of_a_steps_batches(ready):
    made = ready(MODELS["lxmert"], follow="code", objectives={"moc": OFTEN, "mrfr": OFTEN})
    whole = made.prepared(0, made.rows)
    parts = [made.prepared(0, made.rows[piece]) for piece in PIECES]
    assert torch.equal(whole.hidden, torch.cat([part.hidden for part in parts]))
    assert whole.counts == {k: sum(part.counts[k] for part in parts) for k in whole.counts}
    for part in parts:
        before = part.notes["true_features"]
        lent = (part.features != before).any(-1)
        assert lent.any()
        own = before[part.regions]
        assert all((row == own).all(-1).any() for row in part.features[lent])


@pytest.mark.parametrize(
    "tasks",
    [
        {"itm": {"hard": True}, "itc": {}, "mlm": None, "moc": None, "mrfr": None},
        {"match": {"negatives": 2}, "mlm": None, "moc": None, "mrfr": None, "itm": None},
    ],
    ids=["itm.hard", "match"],
)
def test_what_is_drawn_so_is_weighed_as_in_one_large_batch(ready, run_params, tasks):
    made, params = ready(MODELS["imagebert"], objectives=tasks), run_params(precision="fp32")
    parts = [(at, made.prepared(0, made.rows[piece])) for at, piece in enumerate(PIECES)]
    with torch.no_grad():
        scores = [made.model(part) for _, part in parts]
    updater = Updater(made.model, torch.optim.SGD(made.model.parameters(), lr=0.1), params)
    told, _ = update(made.model, updater, parts, made.todo[0], params, 0)
    name = next(iter(tasks))
    number = sum(part.counts[name] for _, part in parts)
    mean = sum(score[name].loss.item() for score in scores) / number
    assert told[f"{name}/loss"] == pytest.approx(mean, rel=1e-5)
