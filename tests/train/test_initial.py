import shutil

import numpy as np
import open_clip
import pytest
import torch
from safetensors.torch import load_file, save_file

from curate.dataset.errors import WeightsError
from train import initial


@pytest.fixture
def clip(small):
    model, _ = open_clip.create_model_from_pretrained(f"local-dir:{small.network}")
    return model.eval()


def test_regions_are_standardised_by_the_training_pictures(pairs, make_model):
    model = make_model("none")
    features = torch.from_numpy(pairs.regions.features).float()
    found = model.vision.standardise(features).reshape(-1, features.shape[-1])
    varied = features.reshape(-1, features.shape[-1]).std(0) > 1e-3
    assert found.mean(0).abs().max() < 1e-4
    assert (found.std(0)[varied] - 1).abs().max() < 1e-3


def test_words_and_their_places_are_those_of_the_text_tower(clip, make_model):
    model = make_model("words")
    assert torch.equal(model.text.word.weight, clip.text.token_embedding.weight)
    assert torch.equal(model.text.position.weight[:12], clip.text.positional_embedding)


def test_a_copied_layer_computes_what_the_text_towers_does(clip, make_model):
    model = make_model("layers").eval()
    x, there = torch.randn(2, 7, 32), torch.ones(2, 7, dtype=torch.bool)
    wanted = clip.text.transformer.resblocks[0](x, attn_mask=torch.zeros(7, 7))
    found = model.encoder.parts[0].layers[0](x, there)
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    "embeds", [{"visual": "sum"}, {"visual": "joined", "box": "waves", "shared_norm": True}]
)
def test_a_picture_starts_in_the_direction_of_the_words_that_go_with_it(
    embeds, clip, pairs, make_model
):
    model = make_model("words", **embeds)
    feature = torch.from_numpy(pairs.regions.features[:, 0]).float()
    centred = feature - model.vision.mean
    joint = clip.visual.head(centred)
    wanted = joint @ clip.text.text_projection.T  # in the space that words are in
    found = model.vision.standardise(feature) @ model.vision.projection().T
    assert torch.cosine_similarity(found, wanted).min() > 0.999


def test_none_takes_nothing_and_another_width_takes_nothing(pairs, small, make_model):
    fresh = make_model("none", width=16)
    before = fresh.text.word.weight.clone()
    assert initial.start(fresh, pairs.regions, small.network, "layers") == []
    assert torch.equal(fresh.text.word.weight, before)
    assert initial.start(make_model("none"), pairs.regions, small.network, "layers") == [
        "words",
        "image head",
        "layer 0",
    ]


def test_a_plan_with_norms_after_the_layers_takes_words_and_head_only(pairs, small, make_model):
    model = make_model("none", norm="post")
    found = initial.start(model, pairs.regions, small.network, "layers")
    assert found == ["words", "image head"]


def test_layers_with_another_number_of_heads_are_not_taken(pairs, small, make_model):
    model = make_model("none", heads=2)
    assert "layer 0" not in initial.start(model, pairs.regions, small.network, "layers")


def test_a_vocabulary_of_another_size_is_refused(pairs, small, make_model, tmp_path):
    shutil.copytree(small.network, tmp_path / "network")
    file = tmp_path / "network/open_clip_model.safetensors"
    weights = load_file(file)
    weights["text.token_embedding.weight"] = weights["text.token_embedding.weight"][:-1].clone()
    save_file(weights, file)
    with pytest.raises(WeightsError, match="word embeddings for a tokenizer of"):
        initial.start(make_model("none"), pairs.regions, tmp_path / "network", "words")


def test_a_folder_without_towers_says_what_works(make_model, tmp_path):
    with pytest.raises(WeightsError, match=r"open_clip_config\.json.*known to work"):
        initial.from_towers(make_model("none"), tmp_path, layers=False)


@pytest.mark.parametrize(
    ("name", "said"), [(initial.WEIGHTS_FILE, "cut off"), (initial.CONFIG_FILE, "no JSON")]
)
def test_damaged_towers_are_told_by_the_file(small, make_model, tmp_path, name, said):
    shutil.copytree(small.network, tmp_path, dirs_exist_ok=True)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:100])
    with pytest.raises(WeightsError, match=f"{name}.* {said}"):
        initial.from_towers(make_model("none"), tmp_path, layers=False)


def test_absent_regions_do_not_count_in_the_statistics(make_model):
    model = make_model("none")
    length = model.sizes.features
    features = np.random.default_rng(0).normal(size=(5, 4, length)).astype(np.float16)
    present = np.ones((5, 4), bool)
    present[:, 3] = False
    features[:, 3] = 1000
    initial.statistics(model, features, present)
    wanted = torch.from_numpy(features[:, :3].reshape(-1, length)).float()
    torch.testing.assert_close(model.vision.mean, wanted.mean(0))


def test_what_was_wished_and_not_taken_is_said(make_model):
    fitting, narrow = make_model(), make_model("none", width=16)
    assert initial.lacking(fitting, ["words", "layer 0"], "layers") == ""
    assert initial.lacking(fitting, ["words"], "words") == ""
    assert "no layer fits" in initial.lacking(fitting, ["words", "image head"], "layers")
    assert "as wide as this model (16)" in initial.lacking(narrow, [], "words")
    assert initial.lacking(narrow, [], "none") == ""
