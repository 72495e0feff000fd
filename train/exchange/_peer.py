"""Folders of transformers' models in, their configs and weights out; what does not fit is refused.

What a plan or a folder has that the other side cannot is told all at once, by name and value.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from curate.dataset.errors import ParamsError, WeightsError
from train.encoder import EPSILON
from train.model import Model
from train.plan import parse
from train.text import Words

CONFIG_FILE = "config.json"
BERT: dict[str, Any] = {
    "norm": "post",
    "norm_epsilon": EPSILON,
    "pool": "tanh",
    "towers": {},
    "pixels": 0,
    "patch": 0,
    "whole_image": False,
    "mask_embedding": False,
    "shared_norm": False,
    "positions": "shared",
    "facts": False,
    "entities": False,
}
"""Fields of a plan as most formats have them."""
_NAMED = 3  # weights in a message


def layers(
    model: Model,
    peer: str,
    fields: Mapping[str, Any],
    kinds: Sequence[str],
    needed: Collection[str],
    further: Collection[str] = (),
) -> list[int]:
    """How many layers of each kind a model has, all else being as a format has it.

    Args:
        model: to be written.
        peer: name of the format.
        fields: of the plan, and their only values.
        kinds: of the layers, in their order.
        needed: tasks whose heads are there.
        further: tasks that may be there, too.

    Raises:
        ParamsError: names every field, layer and task that does not fit, and what would.
    """
    plan = model.plan
    found = [
        f"{name}: {_written(value)} (only {_written(wanted)})"
        for name, wanted in {**fields, "attended": plan.width}.items()
        if (value := getattr(plan, name)) != wanted
    ]
    parts = parse(plan.streams)
    if tuple(kind for kind, _ in parts) != tuple(kinds):
        found.append(f"streams: {plan.streams} (only {' | '.join(f'{kind} N' for kind in kinds)})")
    if lacking := sorted(set(needed) - set(plan.objectives)):
        found.append(f"no task {', '.join(lacking)} (its heads are there)")
    if left := sorted(set(plan.objectives) - set(needed) - set(further)):
        without = " ".join(f"--without {task}" for task in left)
        found.append(f"tasks {', '.join(left)} (their heads have no place; `{without}` drops them)")
    if found:
        raise ParamsError(f"{peer} cannot hold this {model.name}: {'; '.join(found)}")
    return [number for _, number in parts]


def _written(value: Any) -> str:
    """A field's value as one writes it in YAML."""
    return json.dumps(value) if isinstance(value, bool | dict) else str(value)


def as_bert(config: Any) -> dict[str, Any]:
    """The fields of a plan that BERT's descendants name alike."""
    return {
        "width": config.hidden_size,
        "heads": config.num_attention_heads,
        "inner": config.intermediate_size,
        "text_tokens": config.max_position_embeddings,
        "dropout": config.hidden_dropout_prob,
        "attention_dropout": config.attention_probs_dropout_prob,
    }


def to_bert(model: Model, words: Words) -> dict[str, Any]:
    """The reverse of `as_bert`, with what the tokenizer and the head that predicts words tell."""
    plan = model.plan
    return {
        "tie_word_embeddings": tied(model),
        "vocab_size": words.size,
        "pad_token_id": words.pad,
        "hidden_size": plan.width,
        "num_attention_heads": plan.heads,
        "intermediate_size": plan.inner,
        "max_position_embeddings": plan.text_tokens,
        "hidden_dropout_prob": plan.dropout,
        "attention_probs_dropout_prob": plan.attention_dropout,
    }


def tied(model: Model) -> bool:
    """Whether a model of ours predicts words by their embeddings, if at all."""
    return "heads.mlm.decoder.weight" not in model.state_dict()


def config(kind: Any, folder: Path, words: Words, inside: Mapping[str, Any]) -> Any:
    """The config in a folder that `save_pretrained` wrote.

    Args:
        kind: its class.
        folder: with `config.json`.
        words: the tokenizer.
        inside: fields that decide what layers compute, and their only values.

    Raises:
        WeightsError: there is none, or it tells of another model, other layers or other words.
    """
    told = read_json(folder / CONFIG_FILE, "save_pretrained writes such a folder")
    if (found := told.get("model_type")) != kind.model_type:
        raise WeightsError(
            f"{folder} holds {'no model' if found is None else f'a model of type {found!r}'} of "
            f"transformers, where the type {kind.model_type!r} is needed"
        )
    read = kind.from_pretrained(folder)
    unlike = [
        f"{name} is {value} (here {wanted})"
        for name, wanted in inside.items()
        if (value := getattr(read, name)) != wanted
    ]
    if unlike:
        raise WeightsError(f"{folder} has other layers than those here: {'; '.join(unlike)}")
    if read.vocab_size != words.size:
        raise WeightsError(
            f"{folder}: {read.vocab_size} word embeddings for a tokenizer of {words.size} tokens"
        )
    return read


def read_json(file: Path, advice: str) -> dict[str, Any]:
    """The mapping in a JSON file.

    Raises:
        WeightsError: there is none; gives the advice.
    """
    if not file.is_file():
        raise WeightsError(f"{file.parent} has no {file.name}; {advice}")
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise WeightsError(f"{file} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise WeightsError(f"{file} holds {type(found).__name__}, not a mapping; {advice}")
    return found


def mapping(value: Any) -> dict[str, Any]:
    """A mapping as it is; what is none as an empty one."""
    return value if isinstance(value, dict) else {}


def weights(kind: Any, folder: Path, told: Any) -> dict[str, Tensor]:
    """The weights in such a folder, all of them, from safetensors.

    Args:
        kind: class of the model.
        folder: with the weights.
        told: its config.

    Raises:
        WeightsError: there are none of that format, or some are missing or of other sizes.
    """
    if not any(folder.glob("*.safetensors")):
        raise WeightsError(
            f"{folder} has no model.safetensors; write one by save_pretrained, which older "
            "releases of transformers need safe_serialization=True for"
        )
    try:
        theirs, loaded = kind.from_pretrained(
            folder, config=told, use_safetensors=True, output_loading_info=True
        )
    except Exception as error:  # whatever a file that is cut or foreign may raise
        raise WeightsError(f"{folder}: its weights are no {kind.__name__}: {error}") from error
    if lacking := sorted(loaded["missing_keys"]):
        more = f" and {len(lacking) - _NAMED} more" * (len(lacking) > _NAMED)
        raise WeightsError(
            f"{folder} lacks weights of a {kind.__name__}: {', '.join(lacking[:_NAMED])}{more}"
        )
    state: dict[str, Tensor] = theirs.state_dict()
    return state


def names(file: Path) -> list[str]:
    """Of the weights in a file.

    Raises:
        WeightsError: it is no safetensors.
    """
    try:
        with safe_open(file, "pt") as opened:
            return list(opened.keys())
    except SafetensorError as error:
        raise WeightsError(f"{file} is no safetensors: {error}") from error


def filled(model: Model, state: Mapping[str, Tensor]) -> Model:
    """Our model with weights of theirs, in evaluation mode; what they have not stays."""
    model.load_state_dict({**model.state_dict(), **state})
    return model.eval()
