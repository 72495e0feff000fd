import json

import pytest
import torch
from transformers import VisualBertConfig, VisualBertForPreTraining

from curate.dataset.errors import ParamsError, WeightsError
from tests import _peers as peers
from train import exchange, text
from train.exchange import visualbert as peer
from train.following import SENTENCE, Second
from train.model import Model, load, save
from train.models import visualbert
from train.objectives import IGNORED
from train.plan import Sizes


@pytest.fixture
def ours(words):
    """A small model, every weight and statistic moved from where it starts."""
    change = {**peers.SMALL, "streams": "joint 2"}
    torch.manual_seed(0)
    plan = visualbert.plan(visualbert.Params(change=change))
    model = peers.perturbed(Model("visualbert", plan, Sizes(words.size, 6, 1)).eval())
    model.vision.mean.copy_(torch.randn(6))
    model.vision.deviation.copy_(torch.rand(6) + 0.5)
    return model


def fed(some):
    return {
        "input_ids": some.tokens,
        "attention_mask": some.words.long(),
        "visual_embeds": some.features,
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
def test_an_exported_folder_has_the_same_states_and_losses(ours, small, tmp_path):
    save(ours, tmp_path / "ours")
    text.Words(small.network).save(tmp_path / "ours")
    exchange.export_model(tmp_path / "ours", tmp_path / "theirs")
    theirs = VisualBertForPreTraining.from_pretrained(tmp_path / "theirs").eval()
    some = whole()
    found = theirs.visual_bert(**fed(some))
    states = ours.states(some)
    peers.assert_same(states, some, *found.last_hidden_state.split([7, 5], 1))
    labels = torch.cat([some.targets["mlm"], torch.full((4, 5), IGNORED)], 1)
    wrong = (~some.matched).long()  # theirs: 0 is a match
    loss = theirs(**fed(some), labels=labels, sentence_image_labels=wrong).loss
    scores = ours(some)
    mine = scores["mlm"].loss / 3 + scores["itm"].loss / 4
    torch.testing.assert_close(mine, loss, atol=1e-5, rtol=0)


@torch.no_grad()
def test_an_imported_folder_has_the_same_states_and_matches(words, small, tmp_path):
    config = VisualBertConfig(
        vocab_size=words.size, hidden_size=24, visual_embedding_dim=6, num_hidden_layers=2,
        num_attention_heads=4, intermediate_size=48, max_position_embeddings=12, pad_token_id=0,
    )  # fmt: skip
    torch.manual_seed(1)
    theirs = peers.perturbed(VisualBertForPreTraining(config).eval())
    theirs.save_pretrained(tmp_path / "theirs")
    exchange.import_model("visualbert", tmp_path / "theirs", tmp_path / "ours", small.network)
    ours, some = load(tmp_path / "ours"), whole()
    found = theirs.visual_bert(**fed(some))
    peers.assert_same(ours.states(some), some, *found.last_hidden_state.split([7, 5], 1))
    logits = theirs(**fed(some)).seq_relationship_logits
    torch.testing.assert_close(ours.match(some), logits[:, 0] - logits[:, 1], atol=1e-5, rtol=0)
    assert text.Words(tmp_path / "ours").size == words.size


@torch.no_grad()
def test_two_captions_have_the_same_states_and_loss(words, tmp_path):
    change = {**peers.SMALL, "streams": "joint 2", "second": 1.0}
    torch.manual_seed(0)
    plan = visualbert.plan(visualbert.Params(change=change))
    ours, some = peers.perturbed(Model("visualbert", plan, Sizes(words.size, 6, 1)).eval()), whole()
    some.second = Second(torch.tensor([3, 2, 5, 7]), SENTENCE)  # the last has one caption
    second = torch.arange(7) >= some.second.begin[:, None]
    peer.write(ours, words, tmp_path)
    theirs = VisualBertForPreTraining.from_pretrained(tmp_path).eval()
    told = fed(some) | {"token_type_ids": second.long()}
    found = theirs.visual_bert(**told)
    peers.assert_same(ours.states(some), some, *found.last_hidden_state.split([7, 5], 1))
    apart = theirs.visual_bert(**fed(some)).last_hidden_state
    assert not torch.allclose(apart, found.last_hidden_state, atol=1e-3)
    labels = torch.cat([some.targets["mlm"], torch.full((4, 5), IGNORED)], 1)
    wrong = (~some.matched).long()  # theirs: 0 is a second caption of the picture
    loss = theirs(**told, labels=labels, sentence_image_labels=wrong).loss
    scores = ours(some)
    mine = scores["mlm"].loss / 3 + scores["itm"].loss / 4
    torch.testing.assert_close(mine, loss, atol=1e-5, rtol=0)


@torch.no_grad()
def test_words_that_are_predicted_by_weights_of_their_own_come_and_go(words, tmp_path):
    tasks, change = {"mlm": {"tied": False}}, {**peers.SMALL, "streams": "joint 1"}
    torch.manual_seed(0)
    plan = visualbert.plan(visualbert.Params(change=change, objectives=tasks))
    ours, some = peers.perturbed(Model("visualbert", plan, Sizes(words.size, 6, 1)).eval()), whole()
    peer.write(ours, words, tmp_path)
    theirs = VisualBertForPreTraining.from_pretrained(tmp_path).eval()
    told = theirs(**fed(some)).prediction_logits[:, :7]
    wanted = some.targets["mlm"] != IGNORED
    for model in (ours, peer.read(tmp_path, words)):
        states = model.states(some)
        mine = model.heads["mlm"].predict(states.text[wanted], states.words)
        torch.testing.assert_close(mine, told[wanted], atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("changed", "tasks", "message"),
    [
        ({"visual": "patches", "pixels": 16, "patch": 4}, {}, r"visual: patches \(only sum\)"),
        ({"box": "corners"}, {}, r"box: corners \(only nothing\)"),
        ({"facts": True}, {"wra": {}}, r"facts: true \(only false\).*tasks wra.*--without wra"),
        ({"entities": True}, {"itm": None}, r"entities: true.*no task itm"),
        ({"streams": "joint 1 | joint 1"}, {}, r"joint 1 \| joint 1 \(only joint N\)"),
    ],
)
def test_what_visualbert_cannot_hold_is_named(words, tmp_path, changed, tasks, message):
    change = {**peers.SMALL, "streams": "joint 1", **changed}
    plan = visualbert.plan(visualbert.Params(change=change, objectives=tasks))
    model = Model("visualbert", plan, Sizes(words.size, 6, 1, entities=3))
    with pytest.raises(ParamsError, match=message):
        peer.write(model, words, tmp_path)


def test_a_plan_that_transformers_cannot_carry_out_is_refused_by_what_differs(words, tmp_path):
    model = peers.small(visualbert, "joint 1", norm="pre")
    with pytest.raises(ParamsError, match=r"norm: pre \(only post\)"):
        peer.write(model, words, tmp_path)


def test_weights_of_other_layers_are_refused(ours, words, tmp_path):
    peer.write(ours, words, tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "hidden_act": "relu"}))
    with pytest.raises(WeightsError, match="hidden_act is relu"):
        peer.read(tmp_path, words)


def test_a_folder_without_a_model_says_what_works(words, tmp_path):
    with pytest.raises(WeightsError, match="save_pretrained writes such a folder"):
        peer.read(tmp_path, words)
