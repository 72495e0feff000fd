"""A small model is pruned, taught again, brought into its forms and measured."""

import contextlib
import json
import zlib
from statistics import mean

import pytest
import torch

from curate.dataset import memory
from curate.dataset.errors import DataError, ParamsError, PluginError
from train import compress, evaluate, measure_compressed, pretrain
from train.compress import CompressParams, Prune
from train.devices import pruning
from train.measure_compressed import MeasureCompressedParams
from train.model import load

FORMS = ("eager", "onnx_int8")


@pytest.fixture(scope="module")
def trained(small, tmp_path_factory):
    """A pretrained model's folder."""
    root = tmp_path_factory.mktemp("trained")
    from tests.train.conftest import SMALL
    from train.params import PretrainParams

    params = PretrainParams(
        model={"size": "tiny", "change": {**SMALL, "heads": 2}},
        steps=4,
        batch=8,
        rate=1e-3,
        validate=0,
        checkpoint=0,
    )
    told = (small.snapshot, small.labels, small.network, root / "model", root / "log")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        pretrain.main("imagebert", *told, params)
    return root / "model"


@pytest.fixture
def made(small, trained, tmp_path, monkeypatch):
    """Makes a variant; gives its folder and figures."""
    monkeypatch.chdir(tmp_path)

    def make(**params):
        told = (trained, small.snapshot, small.labels, tmp_path / "out", tmp_path / "log")
        values = CompressParams(**{"forms": FORMS, **params})
        return tmp_path / "out", compress.main("variant", *told, values)

    return make


@pytest.fixture(scope="module")
def plain(small, trained, tmp_path_factory):
    """The variant of a model that is not pruned, made once: its folder, figures and logs."""
    root = tmp_path_factory.mktemp("plain")
    told = (trained, small.snapshot, small.labels, root / "out", root / "log")
    with contextlib.chdir(root):
        figures = compress.main("variant", *told, CompressParams(forms=FORMS))
    return root / "out", figures, root / "log"


TRAIN = {"steps": 4, "batch": 8, "rate": 1e-3, "validate": 0, "checkpoint": 0, "log": 1}


def test_without_pruning_the_variant_is_the_model(plain, trained):
    out, figures, log = plain
    assert list(log.iterdir()) == []
    assert figures["parameters"]["before"] == figures["parameters"]["after"]
    before, after = load(trained), load(out / "model")
    for name, weight in before.state_dict().items():
        assert torch.equal(weight, after.state_dict()[name]), name


def test_a_pruned_model_learns_again_from_what_it_was(made):
    prune = Prune(layers=0.5, heads=0.5, inner=0.5, batches=2, batch=8)
    out, figures = made(prune=prune, train=TRAIN)
    plan = load(out / "model").plan
    assert (plan.streams, plan.heads, plan.attended, plan.inner) == ("joint 1", 1, 16, 64)
    assert plan.objectives["distil"]["teacher"].endswith("model")
    assert figures["parameters"]["after"] < figures["parameters"]["before"]
    assert figures["last"]["distil/agreement"] > 0
    assert figures["cpu_seconds"] > 0


def test_the_very_weights_that_were_set_to_zero_are_zero_after_training(made, trained):
    fast = TRAIN | {"rate": 1e-2}
    out, _ = made(prune=Prune(zeros=0.75), train=fast, distil=None, forms=("eager",))
    model, pruned = load(out / "model"), load(trained)
    assert "distil" not in model.plan.objectives
    pruning.sparsified(pruned, 0.75)
    now, was = (
        torch.cat([layer.weight.flatten() for layer in pruning.matrices(one)])
        for one in (model, pruned)
    )
    assert (now == 0).float().mean() == pytest.approx(0.75, abs=1e-3)
    assert torch.equal(now == 0, was == 0)
    assert not torch.equal(now, was)


def test_every_form_is_measured_and_finds_what_the_model_does(plain, small, trained):
    out, *_ = plain
    params = MeasureCompressedParams(candidates=20, batch=8, answers=5)
    found = measure_compressed.main(out, small.snapshot, small.labels, params, None, small.split)
    assert set(found["forms"]) == set(FORMS)
    assert found["manifest"] == memory.fingerprint(small.snapshot / "manifest.parquet")
    eager, rounded = (found["forms"][form] for form in FORMS)
    assert eager["bytes"] == sum(f.stat().st_size for f in (out / "eager").iterdir())
    files = [file.read_bytes() for file in (out / "onnx_int8").iterdir()]
    assert rounded["packed_bytes"] == sum(len(zlib.compress(data)) for data in files)
    assert rounded["packed_bytes"] < rounded["bytes"]
    assert eager["peak_mib"] > rounded["peak_mib"] + 50  # it loads torch
    for figures in (eager, rounded):
        assert 0 < figures["p50_ms"] <= figures["p99_ms"]
        assert figures["chance_at_1"] == pytest.approx(1 / found["candidates"])
        assert 0 <= figures["recall_at_1"] <= figures["recall_at_5"] <= 1
    assert json.dumps(found)
    asked = evaluate.EvaluateParams(candidates=20, batch=8, task_pairs=8, precision="fp32")
    model = evaluate.main(trained, small.snapshot, small.labels, asked, small.split)
    ways = [model[f"{way}_retrieval"] for way in ("image", "text")]
    assert {way["candidates"] for way in ways} == {found["candidates"]}
    for rank in (1, 5, 10):
        assert eager[f"recall_at_{rank}"] == mean(way[f"recall_at_{rank}"] for way in ways)
        assert eager[f"chance_at_{rank}"] == pytest.approx(ways[0][f"chance_at_{rank}"])


def test_an_unknown_form_is_named_before_anything_is_made(made, tmp_path):
    with pytest.raises(PluginError, match="tflite"):
        made(forms=("eager", "tflite"))
    assert not (tmp_path / "out").exists()


def test_a_library_that_is_missing_is_named(made, monkeypatch):
    import sys

    for part in ("", ".prototype", ".prototype.safetensors.safetensors_support"):
        monkeypatch.setitem(sys.modules, f"torchao{part}", None)
    with pytest.raises(ParamsError, match=r"torchao is not installed.*pairwright\[devices\]"):
        made(forms=("eager_int8",))


def test_a_folder_without_forms_is_no_variant(small, tmp_path):
    with pytest.raises(DataError, match="has no form of a model"):
        measure_compressed.main(tmp_path, small.snapshot, small.labels, MeasureCompressedParams())
