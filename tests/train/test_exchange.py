"""The commands `pairwright export-model` and `import-model`."""

import pytest
import torch

from curate.dataset.errors import ParamsError, PluginError
from tests import _peers as peers
from train import exchange, text
from train.model import Model, load, save
from train.models import lxmert, uniter, visualbert
from train.plan import Sizes
from train.recipe import Params


@pytest.fixture
def stored(words, small, tmp_path):
    """Saves a small model with its tokenizer."""

    def make(module, streams, objectives=(), **changed):
        change = {**peers.SMALL, "streams": streams, **changed}
        plan = module.plan(Params(change=change, objectives=dict(objectives)))
        torch.manual_seed(0)
        save(Model(module.RECIPE.name, plan, Sizes(words.size, 6, 4)), tmp_path / "ours")
        text.Words(small.network).save(tmp_path / "ours")
        return tmp_path / "ours"

    return make


def test_heads_without_a_place_are_left_behind_where_that_is_said(stored, tmp_path):
    folder = stored(visualbert, "joint 1", {"itc": {}})
    with pytest.raises(ParamsError, match="`--without itc` drops them"):
        exchange.export_model(folder, tmp_path / "theirs")
    exchange.export_model(folder, tmp_path / "theirs", ["itc"])
    exchange.import_model("visualbert", tmp_path / "theirs", tmp_path / "again")
    assert set(load(tmp_path / "again").plan.objectives) == {"mlm", "itm"}


def test_a_task_that_is_not_there_cannot_be_left_behind(stored, tmp_path):
    folder = stored(lxmert, "text 1 | vision 1 | cross 1")
    with pytest.raises(ParamsError, match="--without itc: this lxmert has the tasks mlm, moc"):
        exchange.export_model(folder, tmp_path / "theirs", ["itc"])


def test_a_model_that_no_format_holds_says_which_there_are(stored, tmp_path):
    with pytest.raises(ParamsError, match=r"uniter \(there is for clip, lxmert, vilt, visualbert"):
        exchange.export_model(stored(uniter, "joint 1"), tmp_path / "theirs")
    with pytest.raises(PluginError, match="known: clip, lxmert, vilt, visualbert"):
        exchange.import_model("bert", tmp_path, tmp_path / "ours")


def test_a_grid_has_no_format_of_others_whatever_the_model(stored, tmp_path):
    grid = {"visual": "grid", "backbone": "test_resnet", "pixels": 32, "patch": 8}
    folder = stored(visualbert, "joint 1", **grid)
    with pytest.raises(ParamsError, match="no format of others has a grid of test_resnet"):
        exchange.export_model(folder, tmp_path / "theirs")


def test_what_is_read_is_not_written_over(stored):
    folder = stored(visualbert, "joint 1")
    with pytest.raises(ParamsError, match="is what is read"):
        exchange.export_model(folder, folder)
    with pytest.raises(ParamsError, match="is what is read"):
        exchange.import_model("visualbert", folder, folder)
