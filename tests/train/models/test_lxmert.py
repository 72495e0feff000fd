import torch
from transformers import LxmertConfig
from transformers.models.lxmert.modeling_lxmert import LxmertVisualObjHead

from tests import _peers as peers
from train.encoder import Encoder
from train.model import Model
from train.models import lxmert
from train.objectives import moc, mrfr


def test_embeddings_layers_and_pooler_are_those_of_transformers():
    ours, some = peers.small(lxmert, "text 2 | vision 1 | cross 2"), peers.batch()
    theirs = peers.lxmert(hidden_size=24, num_attention_heads=4, intermediate_size=48,
                          l_layers=2, r_layers=1, x_layers=2)  # fmt: skip
    peers.copy_text(ours.text, theirs.embeddings)
    seen = theirs.encoder.visn_fc
    for mine, other in (
        (ours.vision.feature, seen.visn_fc),
        (ours.vision.feature_norm, seen.visn_layer_norm),
        (ours.vision.box, seen.box_fc),
        (ours.vision.box_norm, seen.box_layer_norm),
        (ours.pool.dense, theirs.pooler.dense),
    ):
        mine.load_state_dict(other.state_dict())
    peers.copy_lxmert(ours.encoder, theirs.encoder)
    found = theirs(
        input_ids=some.tokens,
        attention_mask=some.words.long(),
        visual_feats=peers.shown(some),
        visual_pos=some.boxes,
        visual_attention_mask=some.regions.long(),
    )
    states = ours.states(some)
    peers.assert_same(states, some, found.language_output, found.vision_output)
    torch.testing.assert_close(states.pooled, found.pooled_output, atol=1e-5, rtol=0)


def test_base_has_nine_layers_of_words_five_of_regions_and_five_across():
    parts = Encoder(lxmert.plan(lxmert.Params(size="base"))).parts
    assert [len(part.layers) for part in parts] == [9, 5, 5]


def test_region_losses_of_the_code_are_those_of_transformers():
    change = {**peers.SMALL, "streams": "text 1 | vision 1 | cross 1"}
    plan = lxmert.plan(lxmert.Params(follow="code", change=change))
    torch.manual_seed(0)
    ours, some = peers.perturbed(Model("lxmert", plan, peers.SIZES).eval()), peers.batch()
    some.matched[1], some.regions[0] = False, True  # theirs takes the mean over padding, too
    sure = some.notes["chances"] = torch.rand(4, 5, 3)
    for task in (moc, mrfr):
        name = task.__name__.rsplit(".", 1)[1]
        task.prepare(some, None, task.Params(**plan.objectives[name]), 0)
    states = ours.states(some)
    found = {
        name: ours.heads[name](states, some).loss / some.counts[name] for name in ("moc", "mrfr")
    }
    config = LxmertConfig(hidden_size=24, num_object_labels=4, visual_feat_dim=6,
                          task_obj_predict=True, visual_attr_loss=False)  # fmt: skip
    theirs = LxmertVisualObjHead(config)
    for name, key in (("moc", "obj"), ("mrfr", "feat")):  # theirs share the layer before
        head = ours.heads[name]
        theirs.transform.dense.load_state_dict(head.transform.dense.state_dict())
        theirs.transform.LayerNorm.load_state_dict(head.transform.norm.state_dict())
        last = head.classes if name == "moc" else head.feature
        theirs.decoder_dict[key].load_state_dict(last.state_dict())
        scores = theirs(states.vision)[key].flatten(0, 1)
        if name == "moc":
            each = torch.nn.functional.cross_entropy(
                scores, some.labels.flatten(), reduction="none"
            )
            each = each * sure[..., 0].flatten()
        else:
            truth = some.notes["true_features"].flatten(0, 1)
            each = torch.nn.functional.smooth_l1_loss(scores, truth, reduction="none").mean(1)
            each = each * some.targets["mrfr"].flatten()
        weight = plan.objectives[name]["weight"]
        torch.testing.assert_close(weight * found[name], each.mean() / 0.15, atol=1e-5, rtol=0)


def test_the_paper_hides_all_masked_regions_and_asks_for_them_alone():
    tasks = lxmert.plan(lxmert.Params()).objectives
    assert all(tasks[task]["mismatched"] for task in ("mlm", "moc", "mrfr"))
    assert all(tasks[task]["kept"] == 0.0 and "over" not in tasks[task] for task in ("moc", "mrfr"))
