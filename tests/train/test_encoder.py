import pytest
import torch
from transformers import BertConfig
from transformers.models.bert.modeling_bert import BertEncoder

from curate.dataset.errors import ParamsError
from train.encoder import Encoder
from train.plan import Plan, parse


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
        own = bert.attention.self
        packed = layer.attention.query_key_value
        packed.weight.data = torch.cat([own.query.weight, own.key.weight, own.value.weight]).data
        packed.bias.data = torch.cat([own.query.bias, own.key.bias, own.value.bias]).data
        for mine, other in (
            (layer.attention.output, bert.attention.output.dense),
            (layer.attention_norm, bert.attention.output.LayerNorm),
            (layer.up, bert.intermediate.dense),
            (layer.down, bert.output.dense),
            (layer.forward_norm, bert.output.LayerNorm),
        ):
            mine.load_state_dict(other.state_dict())
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


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_what_is_not_there_changes_nothing(norm):
    plan = Plan(streams="joint 2", width=16, heads=2, inner=32, text_tokens=8, regions=4, norm=norm)
    encoder = Encoder(plan).eval()
    text, vision = torch.randn(1, 5, 16), torch.randn(1, 4, 16)
    words = torch.tensor([[True, True, True, False, False]])
    regions = torch.ones(1, 4, dtype=torch.bool)
    first = encoder(text, vision, words, regions)
    text = torch.where(words[..., None], text, 99.0)
    second = encoder(text, vision, words, regions)
    assert torch.allclose(first[0][words], second[0][words], atol=1e-6)
    assert torch.allclose(first[1], second[1], atol=1e-6)


def test_a_plan_in_words_is_read_and_a_typo_answered():
    assert parse("joint 12") == [("joint", 12)]
    with pytest.raises(ParamsError, match="no kind jiont"):
        parse("jiont 12")
