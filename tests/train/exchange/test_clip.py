import json

import open_clip
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import CLIPTokenizer

from curate.dataset import tables
from curate.dataset.errors import ParamsError, WeightsError
from curate.scorers import clip as scorer
from tests import _peers as peers
from train import exchange, text
from train.exchange import clip as peer
from train.model import load, make, save
from train.models import clip
from train.pictures import Pictures
from train.plan import Sizes
from train.recipe import Params

CONFIG = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 16, "patch_size": 8, "width": 24, "head_width": 12, "layers": 2},
    "text_cfg": {"context_length": 16, "width": 24, "heads": 2, "layers": 2},
}
CAPTIONS = ["a tiny red circle", "ein schwarzer Keil, huge", "a small blue square", "circle " * 40]


@pytest.fixture
def ours(words):
    """Small towers, every weight moved from where it starts."""
    plan = clip.plan(Params(change={"towers": CONFIG}))
    torch.manual_seed(0)
    sizes = Sizes(words.size, 6, 4, pad=words.pad, end=words.end)
    return peers.perturbed(make("clip", plan, sizes).eval())


def batch(words, context=16):
    some = peers.batch()
    tokens = words.encode(CAPTIONS, context)
    some.tokens = torch.from_numpy(tokens.padded(torch.arange(4).numpy(), words.pad))
    some.words = some.tokens != words.pad
    some.pixels = torch.rand(4, 3, 16, 16)
    some.targets = {"itc": torch.eye(4, dtype=torch.long)}
    return some


def assert_same(ours, theirs, read, some, mean, deviation):
    """Vectors of captions, from text to its tower, and of pixels are theirs, and so is the loss."""
    mean, deviation = (torch.tensor(v)[:, None, None] for v in (mean, deviation))
    pictures, captions, scale = theirs((some.pixels - mean) / deviation, read(CAPTIONS))
    for mine, other in zip(ours.vectors(some), (captions, pictures), strict=True):
        torch.testing.assert_close(mine, other, atol=1e-5, rtol=0)
    loss = open_clip.ClipLoss()(pictures, captions, scale)
    torch.testing.assert_close(ours(some)["itc"].loss / 8, loss, atol=1e-5, rtol=0)


def opened(folder):
    """What open_clip makes of a folder: model, preprocessing, tokenizer."""
    name = f"local-dir:{folder}"
    model, preprocess = open_clip.create_model_from_pretrained(name)
    return model.eval(), preprocess, open_clip.get_tokenizer(name)


@torch.no_grad()
def test_an_exported_folder_is_read_by_open_clip_with_the_same_vectors_and_loss(
    ours, words, small, tmp_path
):
    save(ours, tmp_path / "ours")
    text.Words(small.network).save(tmp_path / "ours")
    exchange.export_model(tmp_path / "ours", tmp_path / "theirs")
    model, _, tokenizer = opened(tmp_path / "theirs")
    means = open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD
    assert_same(ours, model, tokenizer, batch(words), *means)
    exchange.import_model("clip", tmp_path / "theirs", tmp_path / "again")
    again = load(tmp_path / "again")
    assert again.sizes.end == words.end
    for name, weight in ours.encoder.state_dict().items():
        assert torch.equal(weight, again.encoder.state_dict()[name])


@torch.no_grad()
def test_an_exported_folder_scores_pairs_and_reads_pictures_as_ours_does(
    ours, words, small, tmp_path
):
    peer.write(ours, words, tmp_path)
    manifest = tables.read(small.snapshot / "manifest.parquet").slice(0, 1)
    picture = peers.first_picture(manifest)
    pixels = Pictures(manifest, manifest.column("image").combine_chunks(), 16).read([0])
    _, preprocess, _ = opened(tmp_path)
    mean, deviation = ours.encoder.mean, ours.encoder.deviation
    torch.testing.assert_close(
        (pixels[0] - mean) / deviation, preprocess(picture), atol=0.05, rtol=0
    )
    params = scorer.Params(model=f"local-dir:{tmp_path}")
    of_pictures, of_texts = scorer.encoders(params)
    some = batch(words)
    captions, _ = ours.vectors(some)
    told = of_texts(CAPTIONS)
    theirs = torch.stack([torch.from_numpy(told[caption]) for caption in CAPTIONS])
    torch.testing.assert_close(captions.double(), theirs, atol=1e-5, rtol=0)
    some.pixels[0] = preprocess(picture) * deviation + mean
    seen = torch.from_numpy(of_pictures([("one", picture)])["one"])
    torch.testing.assert_close(ours.vectors(some)[1][0].double(), seen, atol=1e-5, rtol=0)


@torch.no_grad()
def test_the_filter_networks_folder_is_imported_with_the_same_vectors(words, small, tmp_path):
    exchange.import_model("clip", small.network, tmp_path)
    ours, some = load(tmp_path), batch(words, 12)
    some.pixels = torch.rand(4, 3, 32, 32)
    model, _, tokenizer = opened(small.network)
    given = json.loads((small.network / "open_clip_config.json").read_text())["preprocess_cfg"]
    assert_same(ours, model, tokenizer, some, given["mean"], given["std"])


@torch.no_grad()
def test_a_folder_of_open_clips_own_vocabulary_is_imported_and_written_again(tmp_path):
    """As the hub has them: no custom text, pooled by the greatest id, without a mask token."""
    simple = open_clip.SimpleTokenizer()
    vocabulary = [*list(simple.encoder)[:-2], "<|startoftext|>", "<|endoftext|>"]
    numbered = {word: number for number, word in enumerate(vocabulary)}
    merges = list(simple.bpe_ranks)
    CLIPTokenizer(vocab=numbered, merges=merges).save_pretrained(tmp_path / "theirs")
    config = {**CONFIG, "quick_gelu": True}
    torch.manual_seed(3)
    model = peers.perturbed(open_clip.CLIP(**config))
    model.logit_scale.fill_(5.0)  # a temperature below CLIP's least
    save_file(model.state_dict(), tmp_path / "theirs/open_clip_model.safetensors")
    told = {"model_cfg": config, "preprocess_cfg": {"mean": [0.5] * 3, "std": [0.25] * 3}}
    (tmp_path / "theirs/open_clip_config.json").write_text(json.dumps(told))
    exchange.import_model("clip", tmp_path / "theirs", tmp_path / "ours")
    ours, words = load(tmp_path / "ours"), text.Words(tmp_path / "ours")
    some = batch(words)
    model, _, tokenizer = opened(tmp_path / "theirs")
    assert_same(ours, model, tokenizer, some, [0.5] * 3, [0.25] * 3)
    exchange.export_model(tmp_path / "ours", tmp_path / "back")
    model, _, tokenizer = opened(tmp_path / "back")
    assert_same(ours, model, tokenizer, some, [0.5] * 3, [0.25] * 3)
    with pytest.raises(WeightsError, match="no mask_token, which masked language modelling needs"):
        _ = words.mask


def changed(folder, **values):
    """Change a folder's `model_cfg`; text_ and vision_ tell of its parts."""
    file = folder / "open_clip_config.json"
    told = json.loads(file.read_text())
    for name, value in values.items():
        part, _, field = name.partition("_cfg_")
        where = told["model_cfg"][f"{part}_cfg"] if field else told["model_cfg"]
        where[field or name] = value
    file.write_text(json.dumps(told))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"init_logit_bias": -10.0}, "init_logit_bias in model_cfg"),
        ({"multimodal_cfg": {}}, "multimodal_cfg in model_cfg"),
        ({"text_cfg_hf_model_name": "roberta-base"}, "hf_model_name roberta-base"),
        ({"text_cfg_vocab_size": 7}, "7 word embeddings for a tokenizer of"),
        ({"text_cfg_pool_type": "first"}, "captions pooled by first"),
        ({"text_cfg_eos_id": 1}, r"pooled by eos \(eos_id 1\)"),
        ({"text_cfg_no_causal_mask": True, "text_cfg_pad_id": 9}, "filled up with token 9"),
        ({"vision_cfg_image_size": [16, 24]}, r"image_size \[16, 24\]"),
        ({"text_cfg_layers": 3}, "weights and open_clip_config.json do not fit"),
    ],
)
def test_folders_of_other_models_are_refused_by_what_differs(
    ours, words, tmp_path, values, message
):
    peer.write(ours, words, tmp_path)
    changed(tmp_path, **values)
    with pytest.raises(WeightsError, match=message):
        peer.read(tmp_path, words)


def test_a_folder_that_lacks_something_says_what(ours, words, tmp_path):
    with pytest.raises(WeightsError, match=r"has no open_clip_config\.json"):
        peer.read(tmp_path, words)
    peer.write(ours, words, tmp_path)
    file = tmp_path / "open_clip_model.safetensors"
    state = load_file(file)
    save_file({k: v for k, v in state.items() if k != "logit_scale"}, file)
    with pytest.raises(WeightsError, match="needs one logit_scale"):
        peer.read(tmp_path, words)
    file.rename(tmp_path / "open_clip_pytorch_model.bin")
    with pytest.raises(WeightsError, match=r"has no open_clip_model\.safetensors"):
        peer.read(tmp_path, words)


def test_a_tokenizer_that_frames_captions_otherwise_is_refused(ours, words, small, tmp_path):
    given = json.loads((small.network / "tokenizer.json").read_text())
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((small.network / name).read_bytes())
    (tmp_path / "tokenizer.json").write_text(json.dumps({**given, "post_processor": None}))
    with pytest.raises(WeightsError, match="needs one that begins, ends and cuts captions alike"):
        peer.write(ours, text.Words(tmp_path), tmp_path / "out")


def test_what_is_no_pair_of_towers_is_refused(words, tmp_path):
    from train.models import imagebert

    with pytest.raises(ParamsError, match=r"visual: sum \(only towers\).*streams: joint 1"):
        peer.write(peers.small(imagebert, "joint 1"), words, tmp_path)


@pytest.mark.parametrize(
    ("key", "value"),  # by the fuzzer
    [
        ("model_cfg", [0, None]),
        ("model_cfg.vision_cfg", [0]),
        ("model_cfg.text_cfg", None),
        ("model_cfg.embed_dim", "wide"),
        ("model_cfg.vision_cfg.width", None),
        ("preprocess_cfg", [0]),
        ("preprocess_cfg.mean", 1),
    ],
)
def test_a_damaged_config_is_told_whatever_it_says(ours, words, tmp_path, key, value):
    peer.write(ours, words, tmp_path)
    file = tmp_path / "open_clip_config.json"
    config = inner = json.loads(file.read_text())
    *above, last = key.split(".")
    for name in above:
        inner = inner[name]
    inner[last] = value
    file.write_text(json.dumps(config))
    with pytest.raises((WeightsError, ParamsError)):
        peer.read(tmp_path, words)


def test_a_tokenizer_that_its_library_cannot_read_is_told_as_such(ours, words, tmp_path):
    peer.write(ours, words, tmp_path)
    file = tmp_path / "tokenizer_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "tokenizer_class": [0]}))
    with pytest.raises(WeightsError, match="has no tokenizer that open_clip reads"):
        peer.read(tmp_path, words)
