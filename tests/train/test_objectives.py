"""Every model that reads words beside pictures goes on with every kind of task."""

import pytest
import torch

from curate.stage import plugin
from curate.stage.params import build
from tests._learning import learnt
from train.model import make, save
from train.params import FinetuneParams
from train.plan import Sizes
from train.recipe import Params
from train.tuning import lesson

MODELS = [name for name in plugin.names("train.models") if name != "clip"]  # its towers never meet
KINDS = {  # objective -> a format whose examples it learns
    "answer": "gqa",
    "pair": "nlvr2",
    "choice": "vcr",
    "region": "refcoco",
    "caption": "karpathy",
    "match": "karpathy_pairs",
}
SMALL = {"width": 32, "heads": 1, "inner": 64, "text_tokens": 16, "regions": 4, "mix": {}}
RUN = {"task": "small", "model": "models/small", "steps": 1, "batch": 6}


@pytest.fixture(scope="module")
def pretrained(words, pairs, tmp_path_factory):
    """Folders of small models of every kind by name, as they are before they learn."""
    root = tmp_path_factory.mktemp("models")
    for name in MODELS:
        module = plugin.load("train.models", name)
        told = dict.fromkeys(module.RECIPE.tasks) | {"mlm": {}}
        still = {"dropout": 0.0, "attention_dropout": 0.0}
        plan = module.plan(Params(size="tiny", objectives=told, change=SMALL | still))
        torch.manual_seed(0)
        features = pairs.regions.features.shape[-1]
        save(make(name, plan, Sizes(words.size, features, 8, 3)), root / name)
        words.save(root / name)
    return root


@pytest.mark.parametrize("objective", KINDS)
@pytest.mark.parametrize("name", MODELS)
def test_an_objective_is_learnt_by_words_pictures_and_layers(name, objective, official, pretrained):
    task, params = official(KINDS[objective]), build(FinetuneParams, RUN, "finetune.small")
    taught, _ = lesson({objective: {}}, task.task, task.labels, pretrained / name, params)
    model, (epoch, rows) = taught.model, next(iter(taught.batches.schedule()))
    assert model.name == name
    batch = taught.batch(0, epoch, rows)
    before = model(batch)[objective].loss.item()
    score = learnt(model, batch, objective, 6, 2e-3)
    assert score.loss.item() < before
    for part in (model.text, model.vision, model.encoder, model.heads):
        slopes = [w.grad.abs().max() for w in part.parameters() if w.grad is not None]
        assert torch.stack(slopes).isfinite().all()
        assert max(slopes) > 0
