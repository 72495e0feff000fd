"""Vectors of texts and pictures are those of the model in the folder."""

import open_clip
import pytest
import torch
from torch.nn import functional as F

from curate.dataset import pixels
from curate.dataset.errors import ImageError, ParamsError, WeightsError
from train import model
from train.models import clip, imagebert
from train.pictures import square
from train.plan import Sizes
from train.recipe import Params
from train.search import encoders

TEXTS = ["a tiny red circle", "ein blauer Würfel, huge", ""]
TOWERS = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 16, "patch_size": 8, "width": 24, "head_width": 12, "layers": 2},
    "text_cfg": {"context_length": 16, "width": 24, "heads": 2, "layers": 2},
}
PATCHES = {
    "streams": "joint 2",
    "width": 24,
    "heads": 2,
    "inner": 48,
    "text_tokens": 16,
    "regions": 4,
    "visual": "patches",
    "pixels": 16,
    "patch": 8,
}


def saved(folder, words, name, plan):
    torch.manual_seed(0)
    made = model.make(name, plan, Sizes(words.size, 6, 4, pad=words.pad, end=words.end))
    model.save(made, folder)
    words.save(folder)
    return made.eval()


@pytest.fixture
def pictures(drawn):
    return [drawn("circle", "red", 40), drawn("square", "blue", 70)]


@torch.no_grad()
def test_open_clips_vectors_are_open_clips(small, pictures):
    ours = encoders.load(small.network)
    name = f"local-dir:{small.network}"
    theirs, preprocess = open_clip.create_model_from_pretrained(name)
    tokens = open_clip.get_tokenizer(name)(TEXTS)
    captions = F.normalize(theirs.eval().encode_text(tokens), dim=-1)
    torch.testing.assert_close(torch.from_numpy(ours.texts(TEXTS)), captions)
    squares = torch.stack([preprocess(pixels.decode(data)) for data in pictures])
    seen = F.normalize(theirs.encode_image(squares), dim=-1)
    found = ours.pictures([ours.prepared(data) for data in pictures])
    torch.testing.assert_close(torch.from_numpy(found), seen)


@torch.no_grad()
def test_towers_vectors_are_those_that_they_are_trained_by(words, pictures, tmp_path):
    made = saved(tmp_path, words, "clip", clip.plan(Params(change={"towers": TOWERS})))
    ours = encoders.load(tmp_path)
    tokens = words.encode(TEXTS, 16).padded(range(3), words.pad)
    squares = torch.stack([square(data, 16) for data in pictures]).float() / 255
    captions = F.normalize(made.encoder(torch.from_numpy(tokens), squares[[0, 0, 0]])[0], dim=-1)
    seen = F.normalize(made.encoder(torch.from_numpy(tokens)[:2], squares)[1], dim=-1)
    torch.testing.assert_close(torch.from_numpy(ours.texts(TEXTS)), captions)
    found = ours.pictures([ours.prepared(data) for data in pictures])
    torch.testing.assert_close(torch.from_numpy(found), seen)


def test_what_stands_beside_a_text_or_a_picture_changes_nothing(words, pictures, tmp_path):
    tasks = dict.fromkeys(("moc", "mrfr", "itm"))
    given = Params(change=PATCHES, objectives={**tasks, "itc": {}})
    saved(tmp_path, words, "imagebert", imagebert.plan(given))
    ours = encoders.load(tmp_path)
    assert ours.texts(TEXTS)[:1] == pytest.approx(ours.texts(TEXTS[:1]), abs=1e-6)
    both = [ours.prepared(data) for data in pictures]
    assert ours.pictures(both)[1:] == pytest.approx(ours.pictures(both[1:]), abs=1e-6)
    assert ours.pictures(both)[0] != pytest.approx(ours.pictures(both)[1], abs=1e-3)


def test_what_is_no_picture_is_refused(small):
    with pytest.raises(ImageError):
        encoders.load(small.network).prepared(b"no picture")


def test_a_model_of_regions_is_refused_with_what_will_do(words, make_model, tmp_path):
    model.save(make_model(), tmp_path)
    words.save(tmp_path)
    with pytest.raises(ParamsError, match=r"not labelled; take models/filter_network.*--rerank"):
        encoders.load(tmp_path)


def test_an_empty_or_damaged_folder_is_named(small, tmp_path):
    with pytest.raises(WeightsError, match=r"holds neither open_clip_config.json nor config.json"):
        encoders.load(tmp_path / "nowhere")
    for file in small.network.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes()[:200])
    with pytest.raises(WeightsError, match="open_clip cannot load it"):
        encoders.load(tmp_path)
