import dataclasses

import pytest
import torch
from transformers import ViltConfig, ViltModel

from curate.dataset.errors import ParamsError
from tests import _peers as peers
from train.from_pixels import inside, shares
from train.model import Model
from train.models import imagebert, vlbert
from train.objectives import itm

READ = {"visual": "patches", "pixels": 16, "patch": 4}
NO_REGIONS = {"moc": None, "mrfr": None, "mrckl": None}
VILT = {
    "own": "attention.attention",
    "output": "attention.output.dense",
    "attention_norm": "layernorm_before",
    "up": "intermediate.dense",
    "down": "output.dense",
    "forward_norm": "layernorm_after",
}


def batch():
    """Pairs of `peers.batch` with pixels and boxes that have an area."""
    some = peers.batch()
    some.pixels = torch.rand(4, 3, 16, 16)
    corner = torch.rand(4, 5, 2) / 2
    some.boxes = torch.cat([corner, corner + 0.2 + 0.3 * torch.rand(4, 5, 2)], -1)
    return some


def model(module, streams, objectives=NO_REGIONS, **changed):
    change = {**peers.SMALL, **READ, "streams": streams, **changed}
    plan = module.plan(module.Params(change=change, objectives=objectives))
    torch.manual_seed(0)
    return peers.perturbed(Model(module.RECIPE.name, plan, peers.SIZES).eval())


def test_the_whole_is_the_vilt_of_transformers():
    ours = model(imagebert, "joint 2", norm="pre", pool="tanh")
    config = ViltConfig(
        vocab_size=50, hidden_size=24, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=48, max_position_embeddings=12, image_size=16, patch_size=4,
        attn_implementation="eager",
    )  # fmt: skip
    theirs = peers.perturbed(ViltModel(config).eval())
    given, vision = theirs.embeddings, ours.vision
    peers.copy_text(ours.text, given.text_embeddings)
    ours.text.norm.bias.data += given.token_type_embeddings.weight[0].data
    kernel = given.patch_embeddings.projection
    vision.project.weight.data = kernel.weight.data.flatten(1)
    vision.project.bias.data = kernel.bias.data
    vision.place.weight.data = given.position_embeddings.data[0]
    vision.picture.data = given.cls_token.data[0, 0]
    vision.segment.data = given.token_type_embeddings.weight[1].data
    for mine, other in zip(ours.encoder.parts[0].layers, theirs.encoder.layer, strict=True):
        peers.copy_layer(mine, other, VILT)
    ours.encoder.parts[0].final.load_state_dict(theirs.layernorm.state_dict())
    ours.pool.dense.load_state_dict(theirs.pooler.dense.state_dict())
    some = batch()
    found = theirs(
        input_ids=some.tokens,
        attention_mask=some.words.long(),
        pixel_values=(some.pixels - 0.5) / 0.5,
    )
    states = ours.states(some)
    text = found.last_hidden_state[:, :7]
    torch.testing.assert_close(states.text[some.words], text[some.words], atol=1e-5, rtol=0)
    torch.testing.assert_close(states.pooled, found.pooler_output, atol=1e-5, rtol=0)


@peers.OF_PIXELS
def test_every_model_reads_patches_and_each_pixel_counts(module, streams):
    ours, some = model(module, streams, {**NO_REGIONS, "itm": {}}), batch()
    peers.assert_pixels_count(ours, some, ((0, 0), (7, 9), (15, 15)))


def test_what_a_noun_means_is_read_beside_patches_too():
    sizes = dataclasses.replace(peers.SIZES, entities=3)
    change = {**peers.SMALL, **READ, "streams": "joint 1", "entities": True}
    plan = imagebert.plan(imagebert.Params(change=change, objectives=NO_REGIONS))
    ours, some = peers.perturbed(Model("imagebert", plan, sizes).eval()), batch()
    some.notes["entities"] = torch.zeros(*some.tokens.shape, 3)
    before = ours.match(some)
    some.notes["entities"][1, 2] = 1.0
    assert (ours.match(some) != before).tolist() == [False, True, False, False]


def test_pixels_of_a_hidden_region_show_nowhere_where_they_are_to_be_zeroed():
    tasks = {"moc": {}, "mrfr": None}
    ours, some = model(imagebert, "joint 1", tasks, hide_pixels=True), batch()
    some.boxes[2, 1] = torch.tensor([0.2, 0.3, 0.55, 0.8])  # the hidden one
    before = ours.states(some)
    changed = some.pixels.clone()
    changed[2, :, 4:13, 3:9] += 1.0  # what its box touches
    after = ours.states(dataclasses.replace(some, pixels=changed))
    assert torch.equal(before.vision, after.vision)
    assert torch.equal(before.text, after.text)
    changed[2, :, 3, 3] += 1.0
    beside = ours.states(dataclasses.replace(some, pixels=changed))
    assert not torch.equal(before.text[2], beside.text[2])


def test_pixels_lie_in_a_box_that_touches_them():
    boxes = torch.tensor([[[0.0, 0.5, 0.3, 1.0], [0.5, 0.0, 1.0, 0.25]]])
    found = inside(boxes, torch.tensor([[True, False]]), 4)
    wanted = torch.zeros(4, 4, dtype=torch.bool)
    wanted[2:, :2] = True
    assert torch.equal(found[0], wanted)


def test_a_box_shares_itself_out_among_the_patches_by_area():
    boxes = torch.tensor([[[0.25, 0.0, 1.0, 0.5], [0.0, 0.0, 1.0, 1.0], [0.3, 0.3, 0.3, 0.9]]])
    found = shares(boxes, 2)[0]
    torch.testing.assert_close(found[0], torch.tensor([1 / 3, 2 / 3, 0.0, 0.0]))
    torch.testing.assert_close(found[1], torch.full((4,), 0.25))
    assert torch.equal(found[2], torch.zeros(4))


def test_tasks_that_hide_regions_are_refused_where_pixels_show_them():
    with pytest.raises(ParamsError, match=r"shows what moc, mrfr would predict.*moc: null"):
        model(imagebert, "joint 1", {})
    model(imagebert, "joint 1", {}, hide_pixels=True)


def test_a_batch_without_the_pixels_of_the_plan_is_refused():
    ours, some = model(imagebert, "joint 1"), batch()
    for pixels, found in ((None, "none"), (some.pixels[..., :8], r"\(4, 3, 16, 8\)")):
        with pytest.raises(ValueError, match=rf"needs pixels \(B, 3, 16, 16\), not.*{found}"):
            ours.states(dataclasses.replace(some, pixels=pixels))


def test_contrast_compares_the_mean_of_the_patches():
    ours, some = model(imagebert, "joint 1", {**NO_REGIONS, "itc": {}}), batch()
    captions, pictures = ours.vectors(some)
    torch.testing.assert_close(captions.norm(dim=1), torch.ones(4))
    other = dataclasses.replace(some, pixels=some.pixels.roll(1, 0))
    torch.testing.assert_close(ours.vectors(other)[1], pictures.roll(1, 0))
    torch.testing.assert_close(ours.vectors(other)[0], captions)


def test_a_picture_that_is_withheld_shows_no_pixel():
    ours, some = model(vlbert, "joint 1", {**NO_REGIONS, "itm": {}}), batch()
    some.withheld = torch.tensor([False, True, False, False])
    before = ours.match(some)
    after = ours.match(dataclasses.replace(some, pixels=some.pixels.flip(0)))
    assert (before != after).tolist() == [True, False, True, True]


@pytest.mark.parametrize("task", [{"mrfr": {"tied": True}}, {"mrfr": {"random": 0.1}}])
def test_tasks_that_need_the_features_of_regions_are_refused(task):
    with pytest.raises(ParamsError, match=r"objectives\.mrfr: visual: patches has no features"):
        model(imagebert, "joint 1", {"moc": None, **task}, hide_pixels=True)


def test_wrong_pairs_mixed_of_a_batch_have_the_pixels_of_their_pictures():
    tasks = {**NO_REGIONS, "itm": {"hard": True}, "itc": {}}
    ours, some = model(imagebert, "joint 1", tasks), batch()
    mixable = ~torch.eye(4, dtype=torch.bool)
    some.notes = {"mixable": torch.stack([mixable, mixable]), "mixed_by": torch.rand(4, 2)}
    captions, pictures = ours.vectors(some)
    alike = captions @ pictures.T * ours.heads["itc"].factor()
    said, shown = itm.mixed(alike, some.notes["mixable"], some.notes["mixed_by"])
    pairs = dataclasses.replace(
        batch(),
        **{name: getattr(some, name)[said] for name in ("tokens", "words")},
        **{name: getattr(some, name)[shown] for name in ("pixels", "boxes")},
        **{name: getattr(some, name)[shown] for name in ("features", "regions", "hidden")},
    )
    torch.testing.assert_close(ours.states(some).mixed, ours.states(pairs).pooled)
