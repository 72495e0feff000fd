import json

import open_clip
import pytest
import torch
from PIL import Image

from curate.contrastive import network, vocabulary
from curate.contrastive.recipe import Network
from curate.dataset.errors import ParamsError

SMALL = {"size": 32, "embedding": 16, "width": 32, "layers": 1, "context": 12, "vocabulary": 300}
CAPTIONS = ["a red circle", "two green squares, a heart and nothing else at all", "赤い丸"]


def made(tower="test_resnet"):
    tokenizer = vocabulary.learn(CAPTIONS, SMALL["vocabulary"])
    values = network.config(Network(tower=tower, **SMALL), tokenizer.get_vocab_size())
    torch.manual_seed(0)
    return network.build(values).eval(), values, tokenizer


def ids(tokenizer, captions, context=SMALL["context"]):
    bodies = [tokenizer.encode(text, add_special_tokens=False).ids for text in captions]
    return torch.from_numpy(vocabulary.framed(bodies, context))


def test_the_folder_loads_as_any_checkpoint_does_from_any_directory(tmp_path, monkeypatch):
    model, values, tokenizer = made()
    network.save(tmp_path / "saved", model, values, tokenizer)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    name = f"local-dir:{tmp_path / 'saved'}"
    loaded, _, preprocess = open_clip.create_model_and_transforms(name)
    loaded.eval()
    tokens = open_clip.get_tokenizer(name)(CAPTIONS)
    picture = Image.new("RGB", (90, 40), "red")
    with torch.inference_mode():
        torch.testing.assert_close(
            loaded.encode_text(tokens), network.encode_texts(model, ids(tokenizer, CAPTIONS))
        )
        assert torch.equal(preprocess(picture), network.prepared(picture, values))
        seen = preprocess(picture)[None]
        torch.testing.assert_close(loaded.encode_image(seen), model.encode_image(seen))


def test_open_clip_cuts_and_frames_captions_as_training_does(tmp_path):
    model, values, tokenizer = made()
    network.save(tmp_path, model, values, tokenizer)
    tokens = open_clip.get_tokenizer(f"local-dir:{tmp_path}")(CAPTIONS)
    ours = ids(tokenizer, CAPTIONS)
    assert tokens.shape == (3, SMALL["context"])
    assert torch.equal(tokens[:, : ours.shape[1]], ours)
    assert (tokens[:, ours.shape[1] :] == vocabulary.PAD).all()


def test_padding_changes_no_embedding():
    model, _, tokenizer = made()
    short = ids(tokenizer, CAPTIONS[:1])
    full = torch.full((1, SMALL["context"]), vocabulary.PAD)
    full[:, : short.shape[1]] = short
    with torch.inference_mode():
        torch.testing.assert_close(network.encode_texts(model, short), model.encode_text(full))


def test_a_wide_picture_is_seen_whole_with_white_around_it():
    values = made()[1]
    seen = network.prepared(Image.new("RGB", (90, 30), "black"), values)
    white = (1 - torch.tensor(values["preprocess_cfg"]["mean"])) / torch.tensor(
        values["preprocess_cfg"]["std"]
    )
    torch.testing.assert_close(seen[:, 0, 0], white)
    torch.testing.assert_close(seen[:, -1, -1], white)
    assert (seen[:, 16, :] < 0).all()


def test_the_same_model_gives_the_same_bytes(tmp_path):
    for folder in ("one", "two"):
        model, values, tokenizer = made()
        network.save(tmp_path / folder, model, values, tokenizer)
    files = sorted(file.name for file in (tmp_path / "one").iterdir())
    assert {network.CONFIG_FILE, network.WEIGHTS_FILE, "tokenizer.json"} < set(files)
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert str(tmp_path) not in json.dumps(values)


def test_an_unknown_tower_is_answered_with_where_to_look():
    with pytest.raises(ParamsError, match=r"no_such_tower.*timm.list_models"):
        made("no_such_tower")


def test_a_width_without_whole_heads_is_refused():
    with pytest.raises(ParamsError, match="multiple of 32"):
        network.config(Network(tower="test_resnet", **{**SMALL, "width": 40}), 300)
