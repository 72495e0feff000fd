import pytest
import torch
from transformers import LxmertConfig, LxmertForPreTraining

from curate.dataset.errors import ParamsError, WeightsError
from tests import _peers as peers
from train import exchange, text
from train.exchange import lxmert as peer
from train.model import Model, load, save
from train.models import lxmert
from train.objectives import IGNORED
from train.plan import Sizes
from train.recipe import Params


def fed(some):
    return {
        "input_ids": some.tokens,
        "attention_mask": some.words.long(),
        "visual_feats": some.features,
        "visual_pos": some.boxes,
        "visual_attention_mask": some.regions.long(),
    }


def whole():
    """A batch of which nothing is hidden, with targets."""
    some = peers.batch()
    some.hidden = torch.zeros_like(some.hidden)
    targets = torch.full((4, 7), IGNORED)
    targets[[0, 1, 3], [2, 1, 5]] = torch.tensor([7, 8, 9])
    some.matched = torch.tensor([True, False, True, True])
    some.targets = {"mlm": targets, "itm": some.matched.float()}
    return some


@torch.no_grad()
def test_an_exported_folder_has_the_same_states_and_losses(words, small, tmp_path):
    change = {**peers.SMALL, "streams": "text 2 | vision 1 | cross 2"}
    plan = lxmert.plan(Params(change=change, objectives={"moc": None, "mrfr": None}))
    torch.manual_seed(0)
    ours = peers.perturbed(Model("lxmert", plan, Sizes(words.size, 6, 1)).eval())
    ours.vision.mean.copy_(torch.randn(6))
    ours.vision.deviation.copy_(torch.rand(6) + 0.5)
    save(ours, tmp_path / "ours")
    text.Words(small.network).save(tmp_path / "ours")
    exchange.export_model(tmp_path / "ours", tmp_path / "theirs")
    theirs, some = LxmertForPreTraining.from_pretrained(tmp_path / "theirs").eval(), whole()
    found = theirs.lxmert(**fed(some))
    peers.assert_same(ours.states(some), some, found.language_output, found.vision_output)
    told = theirs(**fed(some), labels=some.targets["mlm"], matched_label=some.matched.long())
    scores = ours(some)
    mine = scores["mlm"].loss / 3 + scores["itm"].loss / 4
    torch.testing.assert_close(mine, told.loss, atol=1e-5, rtol=0)


@torch.no_grad()
def test_an_imported_folder_has_the_same_states_and_matches(words, small, tmp_path):
    config = LxmertConfig(
        vocab_size=words.size, hidden_size=24, num_attention_heads=4, intermediate_size=48,
        l_layers=2, r_layers=1, x_layers=2, visual_feat_dim=6, max_position_embeddings=12,
        num_qa_labels=3, num_object_labels=4, num_attr_labels=2,
    )  # fmt: skip
    torch.manual_seed(1)
    theirs = peers.perturbed(LxmertForPreTraining(config).eval())
    theirs.save_pretrained(tmp_path / "theirs")
    exchange.import_model("lxmert", tmp_path / "theirs", tmp_path / "ours", small.network)
    ours, some = load(tmp_path / "ours"), whole()
    found = theirs.lxmert(**fed(some))
    peers.assert_same(ours.states(some), some, found.language_output, found.vision_output)
    logits = theirs(**fed(some)).cross_relationship_score
    torch.testing.assert_close(ours.match(some), logits[:, 1] - logits[:, 0], atol=1e-5, rtol=0)


def test_a_plan_that_transformers_cannot_carry_out_is_refused_by_what_differs(words, tmp_path):
    model = peers.small(lxmert, "cross 1")
    with pytest.raises(ParamsError, match=r"streams: cross 1 \(only text N"):
        peer.write(model, words, tmp_path)


def test_regions_layers_of_another_width_inside_are_refused(words, tmp_path):
    model = peers.small(lxmert, "text 1 | vision 1 | cross 1", vision_heads=2, vision_inner=24)
    with pytest.raises(ParamsError, match=r"vision_heads: 2 .*vision_inner: 24 "):
        peer.write(model, words, tmp_path)


def test_a_vocabulary_of_another_size_is_refused(words, tmp_path):
    LxmertConfig(vocab_size=7).save_pretrained(tmp_path)
    with pytest.raises(WeightsError, match="7 word embeddings for a tokenizer"):
        peer.read(tmp_path, words)
