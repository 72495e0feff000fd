"""Encoded pictures and their captions in; a set of them, and a CLIP of random weights, out."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks import _peer
from curate.dataset import pixels, record, sets, shards, tables

MODEL = "ViT-B-32"


def pool(root: Path, pictures: Sequence[bytes], captions: Sequence[str]) -> list[dict[str, Any]]:
    """Write a set of JPEGs with an English caption each; its rows, in the order given."""
    names = [record.image_name(data) for data in pictures]
    members = sorted({(name, "jpg", one) for name, one in zip(names, pictures, strict=True)})
    places = shards.write(root, "photos", members, per_shard=1024)
    rows = []
    for name, data, caption in zip(names, pictures, captions, strict=True):
        _, width, height = pixels.probe(data)
        own = {"uid": record.pair_uid(name, "en", caption), "image": name, "caption": caption}
        size = {"lang": "en", "source": "photos", "width": width, "height": height}
        rows.append({**own, **size, **places[name]._asdict()})
    table = pa.Table.from_pylist(rows, record.PAIRS)
    tables.write(table, root / sets.PAIRS_FILE, "uid", record.PAIRS)
    return rows


def weights() -> Path:
    """Folder with the model, its weights random, in open_clip's own format; made once."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    folder = _peer.ROOT / "vit-b-32"
    config = folder / "open_clip_config.json"
    if not config.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(0)
        model = open_clip.create_model(MODEL, pretrained=None)
        state = {name: value.contiguous() for name, value in model.state_dict().items()}
        save_file(state, folder / "open_clip_model.safetensors")
        told = {"model_cfg": open_clip.get_model_config(MODEL), "preprocess_cfg": {}}
        config.write_text(json.dumps(told))
    return folder
