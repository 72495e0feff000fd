"""A recipe in; open_clip's own model of it, and a folder that open_clip loads, out.

The folder holds `open_clip_config.json`, `open_clip_model.safetensors` and the tokenizer's files,
so that `open_clip.create_model_and_transforms("local-dir:FOLDER")` and
`open_clip.get_tokenizer("local-dir:FOLDER")` treat it as any other checkpoint.
"""

import json
from pathlib import Path
from typing import Any

import open_clip
import torch
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor

from curate.contrastive import padding, views, vocabulary
from curate.contrastive.recipe import Network
from curate.dataset.errors import ParamsError

CONFIG_FILE = "open_clip_config.json"
WEIGHTS_FILE = "open_clip_model.safetensors"
_HEAD = 32  # dimensions of an attention head


def config(network: Network, tokens: int) -> dict[str, Any]:
    """What open_clip reads from `open_clip_config.json`.

    The text tower reads causally, so what stands after a caption's end never shows in it.

    Args:
        network: the towers.
        tokens: in the vocabulary.

    Raises:
        ParamsError: the width holds no whole number of heads.
    """
    if network.width % _HEAD:
        raise ParamsError(f"network.width is {network.width}, no multiple of {_HEAD}")
    return {
        "model_cfg": {
            "embed_dim": network.embedding,
            "custom_text": True,
            "vision_cfg": {
                "timm_model_name": network.tower,
                "timm_model_pretrained": False,
                "timm_pool": "avg",
                "timm_proj": "linear",
                "image_size": network.size,
            },
            "text_cfg": {
                "context_length": network.context,
                "vocab_size": tokens,
                "width": network.width,
                "heads": network.width // _HEAD,
                "layers": network.layers,
                "pool_type": "eos",
                "eos_id": vocabulary.END,
                "pad_id": vocabulary.PAD,
                "hf_tokenizer_name": "tokenizer.json",  # any name: open_clip looks in the folder
            },
        },
        "preprocess_cfg": {
            "size": network.size,
            "mean": list(views.MEAN),
            "std": list(views.DEVIATION),
            "interpolation": "bicubic",
            "resize_mode": "longest",
            "fill_color": 255,
        },
    }


def build(values: dict[str, Any]) -> Any:
    """The model of a config, with initial weights drawn from torch's generator.

    Raises:
        ParamsError: timm has no such tower; says how to list those it has.
    """
    settings = {k: v for k, v in values["model_cfg"].items() if k != "custom_text"}
    try:
        return open_clip.CustomTextCLIP(**settings)
    except RuntimeError as error:
        name = settings["vision_cfg"]["timm_model_name"]
        raise ParamsError(
            f"network.tower {name!r}: {error}; timm.list_models() names those there are"
        ) from error


def prepared(picture: Image.Image, values: dict[str, Any]) -> Tensor:
    """A picture as the model is asked about it: (3, size, size), normalised."""
    preprocess = image_transform_v2(PreprocessCfg(**values["preprocess_cfg"]), is_train=False)
    return preprocess(picture)


def encode_texts(model: Any, tokens: Tensor) -> Tensor:
    """Embeddings of captions; padding that no caption of the batch needs is not computed.

    Args:
        model: of `build`.
        tokens: (B, T), T at most the model's context.

    Returns:
        (B, D), not normalised, equal to those of captions padded to the model's context.
    """
    return padding.encoder(model, tokens.shape[1])(tokens)


def save(folder: Path, model: Any, values: dict[str, Any], tokenizer: Tokenizer) -> None:
    """Write a model's folder; one that is there is overwritten file by file."""
    folder.mkdir(parents=True, exist_ok=True)
    context = values["model_cfg"]["text_cfg"]["context_length"]
    vocabulary.pretrained(tokenizer, context).save_pretrained(folder)
    text = json.dumps(values, indent=2) + "\n"
    (folder / CONFIG_FILE).write_text(text, encoding="utf-8")
    weights = {k: v.detach().contiguous() for k, v in sorted(model.state_dict().items())}
    save_file(weights, folder / WEIGHTS_FILE)


@torch.inference_mode()
def embed(model: Any, pictures: Tensor, tokens: Tensor) -> tuple[Any, Any]:
    """Embeddings of unit length as (N, D) arrays of pictures (N, 3, S, S) and captions (N, T)."""
    model.eval()
    seen = [model.encode_image(part, normalize=True) for part in pictures.split(64)]
    read = torch.nn.functional.normalize(encode_texts(model, tokens), dim=-1)
    return torch.cat(seen).double().numpy(), read.double().numpy()
