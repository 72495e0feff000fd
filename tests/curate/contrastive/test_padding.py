import copy

import numpy as np
import open_clip
import pytest
import torch
from torch.nn.functional import normalize

from curate.contrastive import padding

VISION = {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16}
TEXT = {"context_length": 40, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2}
CAPTIONS = ["dog", "two red squares beside a green circle and a very small blue star", "wow!!!"]
CAPTIONS += ["a word " * 30, ""]
TOKENIZER = open_clip.SimpleTokenizer(context_length=40)


def made(kind=open_clip.CLIP, **text):
    torch.manual_seed(0)
    return kind(16, VISION, TEXT | text).eval()


def bidirectional(**text):
    return made(open_clip.CustomTextCLIP, no_causal_mask=True, pad_id=0, **text)


def coca():
    torch.manual_seed(0)
    text = TEXT | {"embed_cls": True, "output_tokens": True}
    decoder = {"width": 32, "heads": 2, "layers": 1, "context_length": 40, "vocab_size": 49408}
    pooled = VISION | {"attentional_pool": True, "output_tokens": True}
    return open_clip.CoCa(16, decoder, text, pooled).eval()


def unit(vectors):
    return normalize(vectors, dim=-1)


@pytest.mark.parametrize("kind", [open_clip.CLIP, open_clip.CustomTextCLIP])
def test_a_caption_is_read_at_the_shortest_length_and_its_vector_is_that_of_the_full_one(kind):
    model = made(kind)
    tokens = TOKENIZER(CAPTIONS)
    readers = padding.Readers(model, TOKENIZER, 8)
    assert readers.lengths == [8, 16, 24, 32, 40]
    seen = {}
    with torch.inference_mode():
        whole = unit(model.encode_text(tokens))
        for read, places, rows in readers.parted(tokens):
            seen |= dict.fromkeys(places.tolist(), rows.shape[1])
            if len(places):
                torch.testing.assert_close(unit(read(rows)), whole[places])
    assert seen == {0: 8, 1: 16, 2: 8, 3: 40, 4: 8}


def test_towers_of_several_lengths_leave_the_model_as_it_is():
    model = made()
    before = copy.deepcopy(model.state_dict())
    padding.Readers(model, TOKENIZER, 8)
    assert all(torch.equal(before[name], now) for name, now in model.state_dict().items())
    assert model.attn_mask.shape == (40, 40)
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_a_short_tower_trains_the_weights_of_the_whole_one():
    models = [made(open_clip.CustomTextCLIP) for _ in range(2)]
    tokens = TOKENIZER(["dog", "red sea"])
    models[0].encode_text(tokens).sum().backward()
    padding.encoder(models[1], 8)(tokens[:, :8]).sum().backward()
    own = dict(models[0].named_parameters())
    for name, parameter in models[1].named_parameters():
        if name.startswith("text."):
            torch.testing.assert_close(parameter.grad, own[name].grad, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "model",
    [
        lambda: bidirectional(),
        lambda: bidirectional(pool_type="last"),  # as SigLIP
        lambda: made(open_clip.CustomTextCLIP, pool_type="last"),
        lambda: made(open_clip.CustomTextCLIP, embed_cls=True),
        coca,
    ],
    ids=["bidirectional", "siglip", "causal-last", "class-token", "coca"],
)
def test_a_model_that_sees_its_padding_reads_captions_at_full_length(model):
    readers = padding.Readers(model(), TOKENIZER, 8)
    assert readers.lengths == [40]
    ((_, places, rows),) = readers.parted(TOKENIZER(CAPTIONS))
    assert np.array_equal(places, range(len(CAPTIONS)))
    assert rows.shape == (len(CAPTIONS), 40)


def test_a_tower_of_transformers_reads_captions_at_full_length():
    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.text = torch.nn.EmbeddingBag(49408, 8)  # no mask to cut, as HFTextEncoder

        def encode_text(self, tokens):
            return self.text(tokens)

    assert padding.Readers(Model().eval(), TOKENIZER, 8).lengths == [40]
