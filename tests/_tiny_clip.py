"""A tiny CLIP of seeded random weights, in open_clip's own format."""

import json
from pathlib import Path
from typing import Any

_CONFIG: dict[str, Any] = {
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


def write(folder: Path, seed: int) -> Path:
    """Make it in a folder, unless it is there; gives the folder."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    if folder.is_dir():
        return folder
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = open_clip.CLIP(**_CONFIG)
        for value in model.parameters():
            torch.nn.init.normal_(value, std=0.2)
    folder.mkdir()
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    config = {"model_cfg": _CONFIG, "preprocess_cfg": {"interpolation": "bilinear"}}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    return folder
