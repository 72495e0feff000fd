"""A CLIP of a few thousand weights that `open_clip` loads like any other."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TINY: dict[str, Any] = {
    "embed_dim": 16,
    "vision_cfg": {
        "image_size": 32,
        "layers": 2,
        "width": 32,
        "head_width": 16,
        "patch_size": 8,
    },
    "text_cfg": {
        "context_length": 16,
        "vocab_size": 49408,
        "width": 32,
        "heads": 2,
        "layers": 2,
    },
}


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Gives a folder with a tiny CLIP of seeded random weights, in open_clip's own format."""

    def make(seed: int = 0) -> Path:
        import open_clip
        import torch
        from safetensors.torch import save_file

        folder: Path = tmp_path_factory.getbasetemp() / f"tiny_clip_{seed}"
        if folder.is_dir():
            return folder
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            model = open_clip.CLIP(**TINY)
            for value in model.parameters():
                torch.nn.init.normal_(value, std=0.2)
        folder.mkdir()
        save_file(model.state_dict(), folder / "open_clip_model.safetensors")
        config = {"model_cfg": TINY, "preprocess_cfg": {"interpolation": "bilinear"}}
        (folder / "open_clip_config.json").write_text(json.dumps(config))
        return folder

    return make
