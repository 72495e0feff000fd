from pathlib import Path

import numpy as np
import pytest
import torch

from curate.dataset.errors import ParamsError, PluginError
from curate.stage import plugin
from tests import _peers as peers
from train import pretrain, schedule
from train.model import VISUAL, Model, load, make
from train.params import RunParams
from train.recipe import Params

MODELS = {name: plugin.load("train.models", name) for name in plugin.names("train.models")}
EACH = pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
MEETING = {name: model for name, model in MODELS.items() if name != "clip"}  # words and pictures
EACH_MEETING = pytest.mark.parametrize("model", MEETING.values(), ids=list(MEETING))


@EACH
def test_every_size_of_every_model_is_built(model):
    for size in model.RECIPE.sizes:
        plan = model.plan(Params(size=size))
        with torch.device("meta"):
            make(model.RECIPE.name, plan, peers.SIZES)


@EACH
def test_a_small_plan_costs_what_a_cpu_can_bear(model):
    with torch.device("meta"):
        built = make(model.RECIPE.name, model.plan(Params(size="tiny")), peers.SIZES)
    assert sum(p.numel() for p in built.encoder.parameters()) < 4_000_000


@EACH
def test_a_model_is_named_like_its_file(model):
    assert model.__name__ == f"train.models.{model.RECIPE.name}"


def test_a_task_can_be_tuned_added_and_left_out():
    wished = {"mlm": {"rate": 0.3}, "mrfr": {"kept": 0.0}, "itm": None}
    plan = MODELS["visualbert"].plan(Params(objectives=wished))
    assert plan.objectives == {"mlm": {"rate": 0.3}, "mrfr": {"kept": 0.0}}


def test_what_a_paper_sets_stays_where_a_user_sets_something_else():
    plan = MODELS["vilbert"].plan(Params(objectives={"mrckl": {"overlap": 0.5}}))
    assert plan.objectives["mrckl"] == {"kept": 0.1, "deep": True, "overlap": 0.5}


def test_the_authors_code_is_followed_where_a_user_says_so_but_for_what_they_set():
    wished = {"mrckl": {"kept": 0.0}}
    plan = MODELS["vilbert"].plan(Params(follow="code", objectives=wished))
    assert plan.objectives["mrckl"] == {
        "kept": 0.0,
        "deep": True,
        "overlap": None,
        "beside": 0.4,
    }


@pytest.mark.parametrize(
    ("model", "rate", "warm_up", "clip", "betas"),
    [
        ("imagebert", 1e-4, 0.1, 1.0, (0.9, 0.98)),
        ("uniter", 5e-5, 0.05, 5.0, (0.9, 0.98)),
        ("lxmert", 1e-4, 0.05, 1.0, (0.9, 0.999)),
        ("vilbert", 1e-4, 0.1, 1.0, (0.9, 0.999)),
        ("ernievil", 1e-4, 0.1, 1.0, (0.9, 0.999)),
        ("vlbert", 2.56e-5, 0.032, 10.0, (0.9, 0.999)),
    ],
)
def test_rates_and_moments_are_those_of_each_paper(model, rate, warm_up, clip, betas):
    found = schedule.of(MODELS[model].plan(Params(size="base")), RunParams(steps=10, batch=8))
    assert (found.rate, found.warm_up, found.clip, found.betas) == (rate, warm_up, clip, betas)
    decay = {"vlbert": 1e-4}.get(model, 0.01)
    assert (found.weight_decay, found.decay) == (decay, "linear")


def test_a_model_without_tasks_is_refused():
    nothing = {"mlm": None, "itm": None}
    with pytest.raises(ParamsError, match="visualbert: no task is left"):
        MODELS["visualbert"].plan(Params(objectives=nothing))


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"size": "huge"}, ParamsError, r"no size 'huge' \(known: tiny, small, base\)"),
        ({"objectives": {"mmm": {}}}, PluginError, "no file train/objectives/mmm.py"),
        ({"objectives": {"mlm": {"raet": 1}}}, ParamsError, "objectives.mlm.raet.*'rate'"),
        ({"change": {"mix": {"mml": 1.0}}}, PluginError, "no file train/objectives/mml.py"),
        ({"change": {"depth": 3}}, ParamsError, "lxmert.change.*depth"),
        ({"change": {"streams": "txet 3"}}, ParamsError, "no kind txet"),
        ({"change": {"streams": "joint 0"}}, ParamsError, "not of the form 'joint 12'"),
        (
            {"change": {"norm": "prre"}},
            ParamsError,
            "lxmert.change.norm is 'prre'.*'post' or 'pre'",
        ),
        ({"change": {"pool": "last"}}, ParamsError, "change.pool is 'last'.*'tanh'"),
        ({"change": {"visual": "all"}}, ParamsError, "change.visual is 'all'.*'patches'"),
        ({"change": {"positions": "own"}}, ParamsError, "change.positions is 'own'.*'aligned'"),
        ({"change": {"heads": 0}}, ParamsError, "change.heads is 0: .* greater than or equal to 1"),
        ({"change": {"dropout": "little"}}, ParamsError, "change.dropout is 'little'.*number"),
        (
            {"change": {"dropout": 2.0}},
            ParamsError,
            "change.dropout is 2.0.*less than or equal to 1",
        ),
        ({"change": {"text_tokens": 2}}, ParamsError, "change.text_tokens is 2.*3"),
        ({"change": {"regions": 0}}, ParamsError, "change.regions is 0.*1"),
        ({"change": {"hide_pixels": True}}, ParamsError, "hide_pixels.*for visual: patches"),
        ({"change": {"objectives": {"mlm": {}}}}, ParamsError, "set beside `change`"),
        ({"objectives": {"mln": None}}, PluginError, "no file train/objectives/mln.py.*'mlm'"),
        ({"objectives": {"mlm": {"rate": 2.0}}}, ParamsError, "objectives.mlm.rate is 2.0"),
        ({"objectives": {"mlm": {"weight": -1.0}}}, ParamsError, "objectives.mlm.weight is -1.0"),
        ({"objectives": {"moc": {"kept": 0.7, "random": 0.6}}}, ParamsError, "moc.*at most 1"),
    ],
)
def test_a_typo_is_answered_with_what_is_known(params, error, message):
    with pytest.raises(error, match=message):
        MODELS["lxmert"].plan(Params(**params))


TWO_STREAMS = {"lxmert": "text 1 | vision 1 | cross 1"} | dict.fromkeys(
    ("vilbert", "ernievil"), "text 1 | coattention 1"
)


@EACH_MEETING
def test_a_run_trains_and_saves_a_model_that_matches(model, small, told, project, run_params):
    name = model.RECIPE.name
    change = {**peers.SMALL, "streams": TWO_STREAMS.get(name, "joint 1")}
    wished = {"size": "tiny", "change": change, "objectives": {"itm": {}}}
    parts = (small.snapshot, told, small.network, Path("out"), Path("log"))
    figures = pretrain.main(name, *parts, run_params(model=wished, steps=3, batch=16))
    assert figures["last"]["validation/itm/loss"] > 0
    again = load(Path("out"))
    assert again.plan.streams == change["streams"]
    assert type(again.vision) is VISUAL[again.plan.visual]


FURTHER = ("attributes", "mrckl", "scenegraph", "grounding", "wra", "tlm", "vqa")


@EACH_MEETING
def test_every_further_task_goes_with_every_model_that_joins_words_and_pictures(
    model, small, told, project, run_params
):
    name = model.RECIPE.name
    streams = TWO_STREAMS.get(name, "joint 1")
    further: dict = {key: {} for key in FURTHER}
    if streams == "joint 1":  # which alone can read one side
        further["itc"] = {}
    wished = {
        "size": "tiny",
        "change": {**peers.SMALL, "streams": streams},
        "objectives": {"itm": {}, "mlm": {"unit": "phrase"}, **further},
    }
    parts = (small.snapshot, told, small.network, Path("out"), Path("log"))
    figures = pretrain.main(name, *parts, run_params(model=wished, steps=2, batch=16))
    for task in further:
        assert np.isfinite(figures["last"][f"validation/{task}/loss"])
    learnt = load(Path("out")).plan.objectives
    assert set(further) <= set(learnt)


def test_contrast_is_refused_where_one_side_is_never_read_alone():
    wished = {"itc": {}}
    change = {**peers.SMALL, "streams": TWO_STREAMS["lxmert"]}
    plan = MODELS["lxmert"].plan(Params(change=change, objectives=wished))
    with pytest.raises(ParamsError, match="cannot read one side alone"):
        Model("lxmert", plan, peers.SIZES)
