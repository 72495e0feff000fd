import pytest
import torch
from transformers import LxmertConfig, LxmertForPreTraining

from curate.dataset.errors import ParamsError, WeightsError
from tests import _peers as peers
from train import examine, exchange, text
from train.exchange import lxmert as peer
from train.model import Model, load, save
from train.models import lxmert, vilbert
from train.notes.questions import key
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


ANSWERS = ("no", "yes", "red")
LAYERS = {**peers.SMALL, "streams": "text 2 | vision 1 | cross 2"}


@pytest.fixture
def both(words, small, tmp_path, capsys):
    """Makes a model with some tasks, and theirs; gives what was said on the way, too."""

    def make(tasks, follow="code"):
        params = Params(follow=follow, change=LAYERS, objectives=tasks)
        torch.manual_seed(0)
        sizes = Sizes(words.size, 6, 4, answers=ANSWERS)
        ours = peers.perturbed(Model("lxmert", lxmert.plan(params), sizes).eval())
        save(ours, tmp_path / "ours")
        text.Words(small.network).save(tmp_path / "ours")
        exchange.export_model(tmp_path / "ours", tmp_path / "theirs")
        theirs = LxmertForPreTraining.from_pretrained(tmp_path / "theirs").eval()
        return ours, theirs, capsys.readouterr().err

    return make


def prepared(ours, words):
    """A batch whose regions have classes and attributes, some hidden; pairs are asked questions."""
    some = whole()
    some.regions = torch.ones_like(some.regions)  # theirs takes the mean over padding, too
    some.notes |= {
        "chances": torch.rand(4, 5, 3),
        "attributes": torch.randint(0, words.size, (4, 5, 1)),
        "attributed": torch.rand(4, 5, 1) + 0.1,
        "questions": torch.randint(1, 50, (4, 1, 6)),
        "asked": torch.ones(4, dtype=torch.long),
        "answers": torch.tensor([[key(a)] for a in ("red", "no", "yes", "red")]),
        "answer_kinds": torch.zeros(4, 1, dtype=torch.long),
    }
    for task in examine.tasks(ours.plan.objectives):
        if task.name not in some.targets:
            task.module.prepare(some, words, task.params, 0)
    some.counts |= {"mlm": 3, "itm": 4}
    return some


OFTEN = {"rate": 0.5, "random": 0.4}
ALL = {**dict.fromkeys(("moc", "mrfr", "attributes"), OFTEN), "vqa": {"share": 1.0}}


@torch.no_grad()
def test_losses_of_all_tasks_are_those_of_transformers(both, words):
    ours, theirs, said = both(ALL)
    assert "left behind" not in said
    some = prepared(ours, words)
    assert some.hidden.any()
    assert not torch.equal(some.notes["true_features"], some.features)
    scores = ours(some)
    mine = {
        t.name: t.params.weight * scores[t.name].loss / some.counts[t.name]
        for t in examine.tasks(ours.plan.objectives)
    }
    given = {**fed(some), "visual_feats": peers.shown(some)}
    sure, changed = some.notes["chances"][..., 0], some.targets["mrfr"].float()
    regions = {
        "obj": (some.labels, sure),
        "attr": (some.notes["attributes"][..., 0], some.notes["attributed"][..., 0]),
        "feat": (some.notes["true_features"], changed),
    }
    none = torch.zeros(4, 5)
    for task, their in (("moc", "obj"), ("attributes", "attr"), ("mrfr", "feat")):
        alone = {k: (label, on if k == their else none) for k, (label, on) in regions.items()}
        told = theirs(**given, obj_labels=alone).loss
        assert told > 0.1
        torch.testing.assert_close(mine[task], told, atol=1e-5, rtol=1e-6)
    labels, matched = some.targets["mlm"], some.matched.long()
    told = theirs(**given, labels=labels, matched_label=matched, obj_labels=regions).loss
    asked = mine.pop("vqa")
    torch.testing.assert_close(sum(mine.values()), told, atol=1e-5, rtol=1e-6)
    rows, question = some.targets["vqa"], some.notes["question"]
    whole_pictures = {
        "visual_feats": some.notes["true_features"][rows],
        "visual_pos": some.boxes[rows],
        "visual_attention_mask": some.regions[rows].long(),
    }
    there = some.notes["question_words"].long()
    right = torch.tensor([ANSWERS.index(a) for a in ("red", "no", "yes", "red")])[rows]
    told = theirs(input_ids=question, attention_mask=there, ans=right, **whole_pictures).loss
    torch.testing.assert_close(asked, told, atol=1e-5, rtol=1e-6)


@torch.no_grad()
def test_losses_of_regions_weigh_what_transformers_says_and_come_back_so(
    both, words, small, tmp_path
):
    ours, theirs, _ = both({**ALL, "attributes": None, "vqa": None})
    assert theirs.config.visual_loss_normalizer == pytest.approx(1 / 0.15)
    assert LxmertConfig().visual_loss_normalizer == 6.67
    theirs.config.visual_loss_normalizer = theirs.visual_loss_normalizer = 6.67
    theirs.save_pretrained(tmp_path / "default")
    exchange.import_model("lxmert", tmp_path / "default", tmp_path / "again", small.network)
    again = load(tmp_path / "again")
    assert all(again.plan.objectives[task]["weight"] == 6.67 for task in ("moc", "mrfr"))
    some = prepared(ours, words)
    mine = sum(6.67 * again(some)[task].loss / some.counts[task] for task in ("moc", "mrfr"))
    regions = {
        "obj": (some.labels, some.notes["chances"][..., 0]),
        "feat": (some.notes["true_features"], some.targets["mrfr"].float()),
    }
    told = theirs(**fed(some) | {"visual_feats": peers.shown(some)}, obj_labels=regions).loss
    torch.testing.assert_close(mine, told, atol=1e-5, rtol=1e-6)


@torch.no_grad()
def test_heads_come_back_as_they_went(both, small, tmp_path):
    ours, _, _ = both(ALL)
    exchange.import_model("lxmert", tmp_path / "theirs", tmp_path / "again")
    again = load(tmp_path / "again")
    assert again.sizes.answers == ANSWERS
    told = again.state_dict()
    assert {*told} == {*ours.state_dict()}
    for name, weight in ours.state_dict().items():
        torch.testing.assert_close(told[name], weight)
    exchange.import_model("lxmert", tmp_path / "theirs", tmp_path / "few", without=["vqa", "moc"])
    assert {*load(tmp_path / "few").heads} == {"mlm", "mrfr", "attributes", "itm"}


@torch.no_grad()
def test_features_are_told_as_the_labeler_gives_them(words, small, tmp_path):
    plan = lxmert.plan(Params(follow="code", change=LAYERS))
    torch.manual_seed(0)
    ours = peers.perturbed(Model("lxmert", plan, Sizes(words.size, 6, 4)).eval())
    ours.vision.mean.copy_(torch.randn(6))
    ours.vision.deviation.copy_(torch.rand(6) + 0.5)
    peer.write(ours, words, tmp_path)
    theirs, some = LxmertForPreTraining.from_pretrained(tmp_path).eval(), whole()
    found = theirs.obj_predict_head(theirs.lxmert(**fed(some)).vision_output)["feat"]
    states = ours.states(some)
    guess = ours.heads["mrfr"].predict(states.vision, states.projection)
    raw = guess * ours.vision.deviation + ours.vision.mean
    there = some.regions
    torch.testing.assert_close(raw[there], found[there], atol=1e-5, rtol=0)


def test_of_heads_that_share_no_layer_the_first_goes_along(both):
    ours, theirs, said = both({"vqa": None}, follow="paper")
    assert [*theirs.obj_predict_head.decoder_dict] == ["obj"]
    layer = theirs.obj_predict_head.transform.dense.weight
    assert torch.equal(layer, ours.heads["moc"].transform.dense.weight)
    assert "left behind are the heads of mrfr" in said
    assert theirs.config.visual_loss_normalizer == pytest.approx(1 / 0.15)  # of a mean over all


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        (
            {"mrckl": {"shared": True, "deep": False}},
            "mrckl: shared: true needs .*deep: true",
        ),
        (
            {"mrckl": {"shared": True, "deep": True}, "attributes": {"shared": True}},
            "as wide as regions, and these are 24 and 16 wide",
        ),
    ],
)
def test_heads_that_are_to_share_a_layer_need_one_that_fits(tasks, message):
    change = {**peers.SMALL, "streams": "text 1 | coattention 1", "vision_width": 16}
    plan = vilbert.plan(Params(change=change, objectives=tasks))
    with pytest.raises(ParamsError, match=message):
        Model("vilbert", plan, peers.SIZES)


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
    assert {*ours.plan.objectives} == {
        "mlm",
        "itm",
        "moc",
        "mrfr",
        "vqa",
    }  # no words are attributes
    assert ours.sizes.answers == ("0", "1", "2")


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
