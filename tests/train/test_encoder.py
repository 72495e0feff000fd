import pytest
import torch
from transformers import BertConfig
from transformers.models.bert.modeling_bert import BertEncoder

from curate.dataset.errors import ParamsError
from tests import _peers as peers
from train.encoder import Encoder
from train.models import ernievil, vilbert
from train.plan import Plan, parse
from train.recipe import Params
from train.visibility import Visible


def test_post_norm_layers_compute_what_berts_encoder_computes():
    plan = Plan(
        streams="joint 3", width=24, heads=4, inner=48, text_tokens=8, regions=4,
        dropout=0.0, attention_dropout=0.0,
    )  # fmt: skip
    ours = Encoder(plan).eval()
    config = BertConfig(hidden_size=24, num_hidden_layers=3, num_attention_heads=4,
                        intermediate_size=48, attn_implementation="eager")  # fmt: skip
    theirs = BertEncoder(config).eval()
    for layer, bert in zip(ours.parts[0].layers, theirs.layer, strict=True):
        peers.copy_layer(layer, bert)
    text, vision = torch.randn(2, 5, 24), torch.randn(2, 4, 24)
    there = torch.ones(2, 5, dtype=torch.bool)
    there[1, 3:] = False
    seen = torch.ones(2, 4, dtype=torch.bool)
    got = torch.cat(ours(text, vision, there, seen), 1)
    hidden = torch.zeros(2, 1, 1, 9).masked_fill(
        ~torch.cat([there, seen], 1)[:, None, None], torch.finfo(torch.float32).min
    )
    wanted = theirs(torch.cat([text, vision], 1), attention_mask=hidden)[0]
    assert torch.allclose(got, wanted, atol=1e-5)


STREAMS = ["joint 2", "text 1 | vision 2 | cross 2", "text 1 | coattention 2"]


@pytest.mark.parametrize("streams", STREAMS)
@pytest.mark.parametrize("norm", ["post", "pre"])
def test_what_is_not_there_changes_nothing(streams, norm):
    plan = Plan(streams=streams, width=16, heads=2, inner=32, text_tokens=8, regions=4, norm=norm)
    encoder = Encoder(plan).eval()
    text, vision = torch.randn(1, 5, 16), torch.randn(1, 4, 16)
    words = torch.tensor([[True, True, True, False, False]])
    regions = torch.ones(1, 4, dtype=torch.bool)
    first = encoder(text, vision, words, regions)
    text = torch.where(words[..., None], text, 99.0)
    second = encoder(text, vision, words, regions)
    assert torch.allclose(first[0][words], second[0][words], atol=1e-6)
    assert torch.allclose(first[1], second[1], atol=1e-6)


def two_streams(streams, **changed):
    plan = Plan(**{
        "streams": streams, "width": 24, "heads": 4, "inner": 48, "text_tokens": 8, "regions": 4,
        "vision_width": 40, "vision_heads": 2, "vision_inner": 32, **changed,
    })  # fmt: skip
    text, vision = torch.randn(2, 5, 24), torch.randn(2, 4, plan.vision_width)
    words, regions = torch.ones(2, 5, dtype=torch.bool), torch.ones(2, 4, dtype=torch.bool)
    words[1, 3:] = regions[0, 2:] = False
    return Encoder(plan).eval(), text, vision, words, regions


def test_cross_layers_compute_what_lxmerts_encoder_computes():
    same = {"vision_width": 24, "vision_heads": 4, "vision_inner": 48}
    ours, text, vision, words, regions = two_streams("text 2 | vision 1 | cross 2", **same)
    theirs = peers.lxmert(hidden_size=24, num_attention_heads=4, intermediate_size=48,
                          l_layers=2, r_layers=1, x_layers=2)  # fmt: skip
    peers.copy_lxmert(ours, theirs.encoder)
    theirs.encoder.visn_fc = Given(vision)
    found = ours(text, vision, words, regions)
    (seen, _), (read, _), _ = theirs.encoder(
        text, peers.hidden(words), vision, None, peers.hidden(regions)
    )
    torch.testing.assert_close(found[0][words], read[-1][words], atol=1e-5, rtol=0)
    torch.testing.assert_close(found[1][regions], seen[-1][regions], atol=1e-5, rtol=0)


class Given(torch.nn.Module):
    """An embedding that is given."""

    def __init__(self, value):
        super().__init__()
        self.value = value

    def forward(self, *_):
        return self.value


@pytest.mark.parametrize("streams", ["text 1 | vision 1", "coattention 1"])
def test_streams_of_two_widths_keep_them(streams):
    ours, text, vision, words, regions = two_streams(streams)
    found = ours(text, vision, words, regions)
    assert (found[0].shape, found[1].shape) == (text.shape, vision.shape)


def test_words_and_regions_meet_in_co_attention_but_not_before():
    for streams, meets in (("text 1 | vision 1", False), ("coattention 1", True)):
        ours, text, vision, words, regions = two_streams(streams)
        first = ours(text, vision, words, regions)
        second = ours(text, vision + 1, words, regions)
        third = ours(text + torch.randn(24), vision, words, regions)
        assert torch.equal(first[0], second[0]) is not meets
        assert torch.equal(first[1], third[1]) is not meets


def test_a_co_attention_layer_is_berts_with_queries_of_one_stream_and_keys_of_the_other():
    ours, text, vision, words, regions = two_streams("coattention 1")
    layer = ours.parts[0].layers[0]
    for stream, own, other, there in (
        ("text", text, vision, regions),
        ("vision", vision, text, words),
    ):
        looking = getattr(layer, f"{stream}_to_{'vision' if stream == 'text' else 'text'}")
        attention = looking.attention
        key, value = attention.key_value(other).chunk(2, -1)
        query, key, value = (
            x.unflatten(-1, (2, 20)).transpose(1, 2) for x in (attention.query(own), key, value)
        )
        scores = query @ key.transpose(2, 3) / 20**0.5 + peers.hidden(there)
        mixed = (scores.softmax(-1) @ value).transpose(1, 2).flatten(2)
        looked = looking.attention_norm(own + attention.output(mixed))
        fed = looking.down(torch.nn.functional.gelu(looking.up(looked)))
        wanted = looking.forward_norm(looked + fed)
        torch.testing.assert_close(looking(own, there, other), wanted, atol=1e-5, rtol=0)


@pytest.mark.parametrize("streams", STREAMS[1:])
def test_a_picture_without_regions_gives_numbers(streams):
    same = {"vision_width": 24, "vision_heads": 4}
    ours, text, vision, words, regions = two_streams(streams, **same)
    found = ours(text, vision, words, torch.zeros_like(regions))
    sum(x.sum() for x in found).backward()
    assert all(torch.isfinite(x).all() for x in found)
    assert all(torch.isfinite(p.grad).all() for p in ours.parameters() if p.grad is not None)


@pytest.mark.parametrize(
    ("streams", "wanted"),
    [
        ("joint 2 | text 1", ["0.layers.0", "0.layers.1", "1.layers.0"]),
        ("vision 1 | text 1 | cross 2", ["1.layers.0", "2.layers.0.text", "2.layers.1.text"]),
        ("coattention 2", ["0.layers.0.text", "0.layers.1.text"]),
        ("vision 2", []),
    ],
)
def test_the_layers_that_words_pass_are_found_in_their_order(streams, wanted):
    ours = two_streams(streams, vision_width=24, vision_heads=4)[0]
    assert ours.of_words() == [ours.parts.get_submodule(name) for name in wanted]


@pytest.mark.parametrize("module", [vilbert, ernievil])
@torch.no_grad()
def test_text_layers_before_and_in_coattention_compute_what_berts_do(module):
    change = {**peers.SMALL, "streams": "text 2 | coattention 1"}
    plan = module.plan(Params(size="base", change=change))
    ours = Encoder(plan).eval()
    config = BertConfig(hidden_size=24, num_hidden_layers=3, num_attention_heads=4,
                        intermediate_size=48, attn_implementation="eager")  # fmt: skip
    theirs = peers.perturbed(BertEncoder(config).eval())
    text, there = torch.randn(2, 5, 24), torch.ones(2, 5, dtype=torch.bool)
    there[1, 3:] = False
    layers = ours.of_words()
    assert layers[2] is ours.parts[1].layers[0].text
    for layer, bert in zip(layers, theirs.layer, strict=True):
        peers.copy_layer(layer, bert)
        found = layer(text, Visible.of(there, there, None, None).words_of_words)
        wanted = bert(text, attention_mask=peers.hidden(there))
        wanted = wanted[0] if isinstance(wanted, tuple) else wanted
        torch.testing.assert_close(found[there], wanted[there], atol=1e-5, rtol=0)
    vision = torch.randn(2, 4, plan.vision_width)
    found, _ = ours.parts[0](text, vision, Visible.of(there, there[:, :4], None, None))
    wanted = text
    for bert in theirs.layer[:2]:
        wanted = bert(wanted, attention_mask=peers.hidden(there))
        wanted = wanted[0] if isinstance(wanted, tuple) else wanted
    torch.testing.assert_close(found[there], wanted[there], atol=1e-5, rtol=0)


def test_a_plan_in_words_is_read_and_a_typo_answered():
    assert parse("joint 12") == [("joint", 12)]
    with pytest.raises(ParamsError, match="no kind jiont"):
        parse("jiont 12")
