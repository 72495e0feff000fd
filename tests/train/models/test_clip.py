"""CLIP is open_clip's two towers under our tokenizer and our loss."""

import open_clip
import pytest
import torch
from torch.nn import functional as F

from curate.dataset.errors import ParamsError
from tests import _peers as peers
from train import evaluate, pretrain
from train.model import load, make, save
from train.models import clip
from train.plan import Sizes
from train.recipe import Params

PAD, END = 0, 49
CONFIG = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 16, "patch_size": 8, "width": 24, "head_width": 12, "layers": 2},
    "text_cfg": {"context_length": 16, "width": 24, "heads": 2, "layers": 2},
}


def towers(**text):
    config = {**CONFIG, "text_cfg": CONFIG["text_cfg"] | text}
    plan = clip.plan(Params(change={"towers": config}))
    torch.manual_seed(0)
    return make("clip", plan, Sizes(50, 6, 4, pad=PAD, end=END))


def batch():
    some = peers.batch()
    some.tokens = torch.randint(1, END, (4, 7))
    some.tokens[:, 6] = END
    some.tokens[1, 3], some.tokens[1, 4:] = END, PAD
    some.pixels = torch.rand(4, 3, 16, 16)
    some.targets = {"itc": torch.eye(4, dtype=torch.long)}
    return some


@pytest.mark.parametrize("kind", [{}, {"no_causal_mask": True}, {"embed_cls": True}])
@torch.no_grad()
def test_vectors_and_loss_are_those_of_open_clip(kind):
    ours, some = towers(**kind).eval(), batch()
    peers.perturbed(ours.encoder)
    own = {"vocab_size": 50, "pad_id": PAD, "eos_id": END, "pool_type": "eos"} | kind
    theirs = open_clip.CustomTextCLIP(**{**CONFIG, "text_cfg": CONFIG["text_cfg"] | own}).eval()
    left = theirs.load_state_dict(ours.encoder.state_dict(), strict=False)
    assert left.missing_keys == ["logit_scale"]
    mean, deviation = (
        torch.tensor(v)[:, None, None]
        for v in (open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD)
    )
    whole = F.pad(some.tokens, (0, 16 - 7), value=PAD)
    pictures, captions, scale = theirs((some.pixels - mean) / deviation, whole)
    for mine, other in zip(ours.vectors(some), (captions, pictures), strict=True):
        torch.testing.assert_close(mine, other, atol=1e-5, rtol=0)
    loss = open_clip.ClipLoss()(pictures, captions, scale)
    torch.testing.assert_close(ours(some)["itc"].loss / 8, loss, atol=1e-5, rtol=0)


@torch.no_grad()
def test_captions_that_only_look_back_are_read_without_padding():
    ours, some = towers().eval(), batch()
    seen = []
    ours.encoder.text.transformer.register_forward_pre_hook(lambda _, x: seen.append(x[0].shape))
    ours.vectors(some)
    assert seen == [(4, 7, 24)]


@torch.no_grad()
def test_what_follows_the_end_of_a_caption_changes_nothing():
    model, some = towers().eval(), batch()
    before, _ = model.vectors(some)
    some.tokens[1, 4:] = 7
    torch.testing.assert_close(model.vectors(some)[0], before)
    some.tokens[1, 2] = 8
    assert not torch.allclose(model.vectors(some)[0][1], before[1])


@torch.no_grad()
def test_a_saved_model_is_the_same_again(tmp_path):
    ours, some = towers().eval(), batch()
    save(ours, tmp_path)
    again = load(tmp_path)
    for mine, other in zip(ours.vectors(some), again.vectors(some), strict=True):
        assert torch.equal(mine, other)


def test_every_weight_learns():
    model, some = towers(), batch()
    (model(some)["itc"].loss / 8).backward()
    assert all(w.grad is not None and w.grad.abs().sum() > 0 for w in model.parameters())


def test_a_configuration_can_be_named():
    plan = clip.plan(Params(size="base"))
    assert (plan.width, plan.pixels, plan.text_tokens) == (512, 224, 77)
    other = clip.plan(Params(change={"towers": {"config": "RN50"}}))
    assert (other.width, other.towers["vision_cfg"]["layers"]) == (1024, [3, 4, 6, 3])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"change": {"towers": {"config": "ViT-Z"}}}, "knows no 'ViT-Z'.*ViT-B-32"),
        ({"change": {"towers": {"embed_dim": 8}}}, "towers has no 'text_cfg'"),
        ({"change": {"visual": "sum"}}, "visual: sum with towers"),
        ({"change": {"towers": "ViT-B-32"}}, "clip.change.towers is 'ViT-B-32'"),
        (
            {"change": {"towers": CONFIG | {"vision_cfg": [1]}}},
            "embed_dim, vision_cfg and text_cfg",
        ),
        ({"change": {"towers": CONFIG, "width": 64}}, "width is nothing that towers have.*towers"),
        ({"change": {"towers": CONFIG, "facts": True}}, "facts is nothing that"),
        ({"change": {"towers": CONFIG, "norm": "post"}}, "norm is nothing that"),
        ({"objectives": {"itm": {}}}, r"contrast \(itc\) alone, not itm.*itm: null"),
        ({"change": {"towers": CONFIG | {"wings": 2}}}, "open_clip builds none"),
    ],
)
def test_what_towers_cannot_be_is_said(params, message):
    with pytest.raises(ParamsError, match=message):
        make("clip", clip.plan(Params(**params)), peers.SIZES)


def test_what_is_true_of_all_towers_may_be_said():
    said = {"norm": "pre", "dropout": 0.0, "attention_dropout": 0.0}
    assert clip.plan(Params(change=said)).towers == clip.plan(Params()).towers


def test_a_run_learns_from_pixels_and_is_measured_by_vectors(small, tmp_path, run_params, capsys):
    params, out = run_params(model={"change": {"towers": CONFIG}}), tmp_path / "clip"
    places = (small.snapshot, small.labels, small.network, out, tmp_path / "log")
    assert pretrain.main("clip", *places, params)["initialised"] == []
    assert "initial: words, but towers start as open_clip draws them" in capsys.readouterr().err
    asked = evaluate.EvaluateParams(candidates=10, task_pairs=8)
    measured = evaluate.main(out, small.snapshot, small.labels, asked, small.split)
    assert measured["tasks"]["itc"]["loss"] > 0
    assert measured["image_retrieval"]["candidates"] == 10
