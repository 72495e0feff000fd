import json

import pytest
import torch
from torch import nn
from transformers import (
    AutoImageProcessor,
    ViltConfig,
    ViltForImageAndTextRetrieval,
    ViltForMaskedLM,
    ViltModel,
)

from curate.dataset import tables
from curate.dataset.errors import ParamsError, WeightsError
from tests import _peers as peers
from train import exchange, text
from train.begin import begin
from train.exchange import vilt as peer
from train.model import Model, load, save
from train.models import imagebert, uniter, visualbert
from train.objectives import IGNORED
from train.pictures import Pictures
from train.plan import Sizes
from train.recipe import Params

READ = {"visual": "patches", "pixels": 16, "patch": 4, "norm": "pre", "pool": "tanh"}
TASKS = {"moc": None, "mrfr": None}


def make(words, objectives=TASKS, module=imagebert, features=6, **changed):
    """A small model, every weight moved from where it starts."""
    change = {**peers.SMALL, **READ, "streams": "joint 2", **changed}
    plan = module.plan(Params(change=change, objectives=objectives))
    torch.manual_seed(0)
    sizes = Sizes(words.size, features, 4, entities=3 if plan.entities else 0)
    return peers.perturbed(Model(module.RECIPE.name, plan, sizes).eval())


def theirs(kind, words):
    config = ViltConfig(
        vocab_size=words.size, hidden_size=24, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=48, max_position_embeddings=12, image_size=16, patch_size=4,
    )  # fmt: skip
    torch.manual_seed(1)
    return peers.perturbed(kind(config).eval())


def whole():
    """A batch with pixels and targets."""
    some = peers.batch()
    some.pixels = torch.rand(4, 3, 16, 16)
    targets = torch.full((4, 7), IGNORED)
    targets[[0, 1, 3], [2, 1, 5]] = torch.tensor([7, 8, 9])
    some.targets = {"mlm": targets}
    return some


def fed(some):
    return {
        "input_ids": some.tokens,
        "attention_mask": some.words.long(),
        "pixel_values": (some.pixels - 0.5) / 0.5,
    }


def assert_same(ours, found, some):
    states, said = ours.states(some), found.last_hidden_state[:, :7]
    torch.testing.assert_close(states.text[some.words], said[some.words], atol=1e-5, rtol=0)
    torch.testing.assert_close(states.pooled, found.pooler_output, atol=1e-5, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize("tied", [True, False])
def test_an_exported_folder_has_the_same_states_loss_and_matches(words, small, tmp_path, tied):
    ours, some = make(words, {**TASKS, "mlm": {"tied": tied}}), whole()
    save(ours, tmp_path / "ours")
    text.Words(small.network).save(tmp_path / "ours")
    exchange.export_model(tmp_path / "ours", tmp_path / "theirs")
    kinds = (ViltModel, ViltForMaskedLM, ViltForImageAndTextRetrieval)
    bare, reads, matches = (k.from_pretrained(tmp_path / "theirs").eval() for k in kinds)
    assert_same(ours, bare(**fed(some)), some)
    loss = reads(**fed(some), labels=some.targets["mlm"]).loss
    torch.testing.assert_close(ours(some)["mlm"].loss / 3, loss, atol=1e-5, rtol=0)
    logits = matches(**fed(some)).logits[:, 0]
    torch.testing.assert_close(ours.match(some), logits, atol=1e-5, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize("tied", [True, False])
def test_an_imported_folder_has_the_same_states_and_loss(words, small, tmp_path, tied):
    model, some = theirs(ViltForMaskedLM, words), whole()
    if not tied:
        model.mlm_score.decoder.weight = nn.Parameter(torch.randn(words.size, 24))
    model.save_pretrained(tmp_path / "theirs")
    exchange.import_model("vilt", tmp_path / "theirs", tmp_path / "ours", small.network)
    ours = load(tmp_path / "ours")
    assert list(ours.plan.objectives) == ["mlm"]
    assert_same(ours, model.vilt(**fed(some)), some)
    loss = model(**fed(some), labels=some.targets["mlm"]).loss
    torch.testing.assert_close(ours(some)["mlm"].loss / 3, loss, atol=1e-5, rtol=0)


@torch.no_grad()
def test_an_imported_folder_has_the_same_matches(words, tmp_path):
    model, some = theirs(ViltForImageAndTextRetrieval, words), whole()
    model.save_pretrained(tmp_path)
    ours = peer.read(tmp_path, words)
    logits = model(**fed(some)).logits[:, 0]
    torch.testing.assert_close(ours.match(some), logits, atol=1e-5, rtol=0)


@torch.no_grad()
def test_a_model_without_heads_comes_and_goes_and_a_run_begins_with_it(words, small, tmp_path):
    model, some = theirs(ViltModel, words), whole()
    model.save_pretrained(tmp_path / "theirs")
    exchange.import_model("vilt", tmp_path / "theirs", tmp_path / "ours", small.network)
    ours = load(tmp_path / "ours")
    assert ours.plan.objectives == {}
    assert_same(ours, model(**fed(some)), some)
    exchange.export_model(tmp_path / "ours", tmp_path / "back")
    assert_same(ours, ViltModel.from_pretrained(tmp_path / "back").eval()(**fed(some)), some)
    other = make(words)
    assert begin(other, tmp_path / "ours") == ["layers"]
    assert_same(other, model(**fed(some)), some)


def test_the_exported_processor_reads_pictures_as_ours_do(words, small, tmp_path):
    peer.write(make(words), words, tmp_path)
    manifest = tables.read(small.snapshot / "manifest.parquet").slice(0, 1)
    (mine,) = Pictures(manifest, manifest.column("image").combine_chunks(), 16).read([0])
    picture = peers.first_picture(manifest)
    processor = AutoImageProcessor.from_pretrained(tmp_path)
    (seen,) = processor(picture, return_tensors="pt").pixel_values
    torch.testing.assert_close((mine - 0.5) / 0.5, seen, atol=0.05, rtol=0)


@pytest.mark.parametrize(
    ("module", "changed", "tasks", "message"),
    [
        (imagebert, {"norm": "post"}, TASKS, r"norm: post \(only pre\)"),
        (imagebert, {"pool": "first"}, TASKS, r"pool: first \(only tanh\)"),
        (imagebert, {"whole_image": False}, TASKS, r"whole_image: false \(only true\)"),
        (imagebert, {"facts": True, "entities": True}, TASKS, r"facts: true.*entities: true"),
        (imagebert, {"streams": "joint 1 | joint 1"}, TASKS, r"streams: joint 1 \| joint 1"),
        (visualbert, {"whole_image": True}, {}, r"shared_norm: true \(only false\)"),
        (uniter, {"mask_embedding": True}, {"mrfr": None, "mrckl": None}, "mask_embedding.*wra"),
        (imagebert, {"hide_pixels": True}, {"mrfr": None}, "tasks moc .*--without moc"),
        (imagebert, {}, {**TASKS, "itc": {}}, "tasks itc .*--without itc"),
    ],
)
def test_what_vilt_cannot_hold_is_named(words, tmp_path, module, changed, tasks, message):
    with pytest.raises(ParamsError, match=message):
        peer.write(make(words, tasks, module, **changed), words, tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden_act": "relu"}, "hidden_act is relu"),
        ({"image_size": [16, 24]}, r"not image_size \[16, 24\]"),
        ({"vocab_size": 7}, "7 word embeddings for a tokenizer"),
        ({"model_type": "bert"}, "a model of type 'bert'.*'vilt' is needed"),
        ({"model_type": None}, "holds no model of transformers"),
        ({"num_hidden_layers": 3}, r"lacks weights of a ViltForMaskedLM: vilt.encoder.layer.2"),
        ({"hidden_size": 48}, "are no ViltForMaskedLM"),
    ],
)
def test_folders_of_other_models_are_refused_by_what_differs(words, tmp_path, change, message):
    theirs(ViltForMaskedLM, words).save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, **change}))
    with pytest.raises(WeightsError, match=message):
        peer.read(tmp_path, words)


def test_weights_that_are_cut_or_pickled_are_refused(words, tmp_path):
    theirs(ViltModel, words).save_pretrained(tmp_path)
    file = tmp_path / "model.safetensors"
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(WeightsError, match="is no safetensors"):
        peer.read(tmp_path, words)
    file.rename(tmp_path / "pytorch_model.bin")
    with pytest.raises(WeightsError, match=r"has no model\.safetensors"):
        peer.read(tmp_path, words)
