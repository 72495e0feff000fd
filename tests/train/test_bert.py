from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertModel, RobertaModel, XLMRobertaModel

from curate.dataset.errors import WeightsError
from tests import _peers as peers
from train import bert, initial, pretrain, text


@pytest.fixture
def folder(words, tmp_path):
    config = BertConfig(
        vocab_size=words.size, hidden_size=32, num_hidden_layers=1, num_attention_heads=4,
        intermediate_size=128, max_position_embeddings=20, pad_token_id=0,
    )  # fmt: skip
    torch.manual_seed(1)
    BertModel(config).save_pretrained(tmp_path / "bert")
    return tmp_path / "bert"


@torch.no_grad()
def test_words_and_layers_compute_what_berts_do(folder, pairs, make_model):
    model = make_model("none", norm="post", heads=4).eval()
    assert initial.start(model, pairs.regions, folder, "layers") == ["words", "layer 0"]
    theirs = BertModel.from_pretrained(folder).eval()
    tokens = torch.randint(5, 50, (3, 9))
    x, there = model.text(tokens), torch.ones(3, 9, dtype=torch.bool)
    found = model.encoder.parts[0].layers[0](x, there)
    wanted = theirs(input_ids=tokens).last_hidden_state
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize(
    ("streams", "wanted"),
    [
        ("text 2 | coattention 2", ["0.layers.0", "0.layers.1", "1.layers.0.text"]),
        ("text 1 | vision 1 | cross 3", ["0.layers.0", "2.layers.0.text", "2.layers.1.text"]),
        ("joint 2", ["0.layers.0", "0.layers.1"]),
    ],
)
def test_each_layer_of_a_bert_comes_to_the_place_where_words_pass_it(
    streams, wanted, words, make_model, tmp_path
):
    config = BertConfig(
        vocab_size=words.size, hidden_size=32, num_hidden_layers=3, num_attention_heads=4,
        intermediate_size=128, max_position_embeddings=20, pad_token_id=0,
    )  # fmt: skip
    theirs = BertModel(config)
    for number, layer in enumerate(theirs.encoder.layer):
        layer.output.dense.bias.fill_(number + 1)
    theirs.save_pretrained(tmp_path)
    model = make_model("none", norm="post", heads=4, streams=streams)
    copied = bert.from_bert(model, tmp_path, layers=True)
    assert copied == ["words", *(f"layer {number}" for number in range(len(wanted)))]
    layers = [model.encoder.parts.get_submodule(name) for name in wanted]
    for number, layer in enumerate(layers):
        assert (layer.down.bias == number + 1).all()
    of = len(model.encoder.of_words())
    assert initial.initialised(model, copied) == {"layers": len(wanted), "of": of}


def test_norms_that_add_something_else_leave_layers_fresh(folder, make_model):
    model = make_model("none", norm="post", heads=4, norm_epsilon=1e-5)
    assert bert.from_bert(model, folder, layers=True) == ["words"]


@torch.no_grad()
@pytest.mark.parametrize("kind", [RobertaModel, XLMRobertaModel])
def test_words_and_layers_compute_what_those_of_its_family_do(
    kind, words, pairs, make_model, tmp_path
):
    config = kind.config_class(
        vocab_size=words.size, hidden_size=32, num_hidden_layers=1, num_attention_heads=4,
        intermediate_size=128, max_position_embeddings=22, layer_norm_eps=1e-5, pad_token_id=1,
        type_vocab_size=1,
    )  # fmt: skip
    torch.manual_seed(1)
    theirs = peers.perturbed(kind(config).eval())
    theirs.save_pretrained(tmp_path)
    model = make_model("none", norm="post", heads=4, norm_epsilon=1e-5).eval()
    assert initial.fitting(make_model("none").plan, tmp_path, "layers").norm_epsilon == 1e-5
    assert initial.start(model, pairs.regions, tmp_path, "layers") == ["words", "layer 0"]
    tokens = torch.randint(5, 50, (3, 9))
    x, there = model.text(tokens), torch.ones(3, 9, dtype=torch.bool)
    found = model.encoder.parts[0].layers[0](x, there)
    wanted = theirs(input_ids=tokens).last_hidden_state
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=0)


def test_layers_that_compute_something_else_are_not_taken(folder, make_model):
    assert bert.from_bert(make_model("none", heads=4), folder, layers=True) == ["words"]
    assert bert.from_bert(make_model("none", norm="post"), folder, layers=True) == ["words"]


def test_another_width_is_refused(folder, make_model):
    with pytest.raises(WeightsError, match="width 32, where tokenizer and plan have"):
        bert.from_bert(make_model("none", width=16), folder, layers=True)


def test_another_family_is_refused_by_its_name(tmp_path, make_model):
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(WeightsError, match="model_type 'gpt2'"):
        bert.from_bert(make_model("none"), tmp_path, layers=False)


def test_a_damaged_bert_is_told_by_its_folder(folder, make_model):
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(WeightsError, match=f"the bert in {folder} cannot be read"):
        bert.from_bert(make_model("none"), folder, layers=False)


def test_a_run_starts_from_a_bert_with_its_tokenizer(small, folder, project, run_params):
    text.Words(small.network).save(folder)
    (folder / "tokenizer_config.json").write_text(
        (folder / "tokenizer_config.json").read_text() + "\n"
    )
    change = {**run_params().model["change"], "norm": "post", "heads": 4}
    model = {"size": "tiny", "change": change}
    params = run_params(model=model, bert=str(folder), initial="layers", steps=1)
    parts = (small.snapshot, small.labels, small.network)
    found = pretrain.main("imagebert", *parts, Path("out"), Path("logs"), params)
    assert found["initialised"] == ["words", "layer 0"]
    told = Path("out/tokenizer_config.json").read_text()
    assert told == (folder / "tokenizer_config.json").read_text()
