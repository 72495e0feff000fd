import json

import pytest
import torch

from augment.diffusion import conditioning
from curate.dataset.errors import WeightsError
from tests import _diffusion


@pytest.fixture
def clip(tmp_path):
    return _diffusion.save_clip(tmp_path / "clip")


def test_every_token_has_the_features_that_open_clip_gives_it(clip):
    import open_clip

    words = conditioning.tokenizer(clip, 6)
    ids = conditioning.token_ids(words, ["a red square", "blue", "a a a a a a a a"])
    assert ids.shape == (3, 6)
    tower = open_clip.create_model(f"local-dir:{clip}").eval().text
    with torch.inference_mode():
        ours = conditioning.text_encoder(clip, 6)(ids)[0]
        seen = tower.token_embedding(ids) + tower.positional_embedding[:6]
        theirs = tower.ln_final(tower.transformer(seen, attn_mask=tower.attn_mask[:6, :6]))
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_a_text_tower_of_another_kind_and_too_many_tokens_are_said(clip):
    with pytest.raises(WeightsError, match="8 tokens, fewer than the 9"):
        conditioning.text_encoder(clip, 9)
    file = clip / conditioning.CONFIG
    config = json.loads(file.read_text())
    config["model_cfg"]["text_cfg"]["layers"] = 2
    file.write_text(json.dumps(config))
    with pytest.raises(WeightsError, match="resblocks"):
        conditioning.text_encoder(clip, 6)
