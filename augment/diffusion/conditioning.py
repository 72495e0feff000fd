"""A CLIP folder of open_clip in; its text tower as transformers' CLIPTextModel and tokenizer out.

The towers are one architecture under two names, so the weights are only renamed: every token has
the features that open_clip gives it, to the last bits of float32. It is what lets a pipeline that
is conditioned on them be an ordinary one.
"""

import json
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor

from curate.dataset.errors import WeightsError

CONFIG, WEIGHTS = "open_clip_config.json", "open_clip_model.safetensors"
_BLOCK = {  # of open_clip -> of transformers
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
    "attn.out_proj": "self_attn.out_proj",
}


def text_encoder(folder: Path, tokens: int) -> Any:
    """The text tower of a CLIP, frozen.

    Args:
        folder: as `dvc repro filter_network` writes it, or any other of open_clip's with a
            causal text transformer and a tokenizer beside it.
        tokens: of a caption that are looked at, its start and end included.

    Raises:
        WeightsError: the folder lacks a file, or its text tower is of another kind.
    """
    from transformers import CLIPTextConfig, CLIPTextModel

    config, weights = _read(folder)
    own = config["model_cfg"]["text_cfg"]
    prefix = "text." if config["model_cfg"].get("custom_text") else ""
    try:
        renamed = _renamed(weights, prefix, own["layers"], tokens)
    except KeyError as error:
        raise WeightsError(
            f"{folder / WEIGHTS} has no {error}: its text tower is not CLIP's own transformer"
        ) from error
    vocabulary, width = renamed["embeddings.token_embedding.weight"].shape
    model = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=vocabulary,
            hidden_size=width,
            intermediate_size=renamed["encoder.layers.0.mlp.fc1.weight"].shape[0],
            num_hidden_layers=own["layers"],
            num_attention_heads=own["heads"],
            max_position_embeddings=tokens,
            hidden_act="quick_gelu" if config["model_cfg"].get("quick_gelu") else "gelu",
            pad_token_id=own.get("pad_id", 0),
            bos_token_id=None,
            eos_token_id=own.get("eos_id", vocabulary - 1),
        )
    )
    names = model.state_dict()
    head = "text_model." if any(name.startswith("text_model.") for name in names) else ""
    model.load_state_dict({head + name: value for name, value in renamed.items()}, strict=True)
    return model.requires_grad_(False).eval()


def tokenizer(folder: Path, tokens: int) -> Any:
    """The tokenizer beside a CLIP, which cuts captions to `tokens`.

    Raises:
        WeightsError: the folder has none.
    """
    from transformers import AutoTokenizer

    try:
        found = AutoTokenizer.from_pretrained(
            folder.as_posix(), local_files_only=True, model_max_length=tokens
        )
    except (OSError, ValueError) as error:
        raise WeightsError(f"{folder} has no tokenizer that transformers reads: {error}") from error
    for name in ("local_files_only", "is_local"):  # how it was loaded is none of its properties
        found.init_kwargs.pop(name, None)
    return found


def token_ids(tokenize: Any, texts: list[str]) -> Tensor:
    """Texts as diffusers' pipelines tell them to the encoder: `(texts, tokens)` int64."""
    return tokenize(texts, padding="max_length", truncation=True, return_tensors="pt").input_ids


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    if missing := [name for name in (CONFIG, WEIGHTS) if not (folder / name).is_file()]:
        raise WeightsError(
            f"{folder} has no {', '.join(missing)}; a folder as `dvc repro filter_network` "
            "writes it is needed"
        )
    return json.loads((folder / CONFIG).read_text("utf-8")), load_file(folder / WEIGHTS)


def _renamed(
    weights: dict[str, Tensor], prefix: str, layers: int, tokens: int
) -> dict[str, Tensor]:
    """open_clip's weights of the text tower under transformers' names."""
    positions = weights[f"{prefix}positional_embedding"][:tokens]
    if len(positions) < tokens:
        raise WeightsError(f"the CLIP reads {len(positions)} tokens, fewer than the {tokens} asked")
    found = {
        "embeddings.token_embedding.weight": weights[f"{prefix}token_embedding.weight"],
        "embeddings.position_embedding.weight": positions.clone(),
    }
    for part in ("weight", "bias"):
        found[f"final_layer_norm.{part}"] = weights[f"{prefix}ln_final.{part}"]
    for layer in range(layers):
        old, new = f"{prefix}transformer.resblocks.{layer}", f"encoder.layers.{layer}"
        for part in ("weight", "bias"):
            for name, other in _BLOCK.items():
                found[f"{new}.{other}.{part}"] = weights[f"{old}.{name}.{part}"]
            joined = weights[f"{old}.attn.in_proj_{part}"].chunk(3)
            for name, value in zip(("q_proj", "k_proj", "v_proj"), joined, strict=True):
                found[f"{new}.self_attn.{name}.{part}"] = value.clone()
    return found
