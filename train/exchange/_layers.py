"""Names of our weights in, those that BERT's descendants in transformers have for them out."""

from collections.abc import Mapping

import torch
from torch import Tensor

Table = dict[str, list[str]]
"""Our weight -> theirs, which are its parts along the first dimension."""
LAYER = {
    "own": "attention.self",
    "attention.output": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "up": "intermediate.dense",
    "down": "output.dense",
    "forward_norm": "output.LayerNorm",
}
"""Where the parts of a layer of self-attention are."""


def layer(ours: str, theirs: str, names: Mapping[str, str] = LAYER) -> Table:
    """The weights of a layer of self-attention, given what its names begin with on either side."""
    own, *parts = names.items()
    queries = [f"{theirs}{own[1]}.{name}" for name in ("query", "key", "value")]
    table = packed(f"{ours}attention.query_key_value", queries)
    return table | modules({ours + our: theirs + their for our, their in parts})


def packed(ours: str, theirs: list[str]) -> Table:
    """A linear layer of ours that holds several of theirs."""
    return {f"{ours}.{part}": [f"{name}.{part}" for name in theirs] for part in ("weight", "bias")}


def modules(same: Mapping[str, str]) -> Table:
    """Linear layers and norms that both sides have."""
    return {k: v for our, their in same.items() for k, v in packed(our, [their]).items()}


def words(theirs: str) -> Table:
    """The embeddings of words."""
    named = (("word", "word"), ("position", "position"), ("segment", "token_type"))
    table = {f"text.{our}.weight": [f"{theirs}{their}_embeddings.weight"] for our, their in named}
    return table | modules({"text.norm": f"{theirs}LayerNorm"})


def prediction(head: str, bias: str, tied: bool) -> Table:
    """The head that predicts words: by their embeddings, where these are its decoder, too."""
    table = {"heads.mlm.bias": [head + bias]} | modules(
        {
            "heads.mlm.dense": f"{head}transform.dense",
            "heads.mlm.norm": f"{head}transform.LayerNorm",
        }
    )
    return table if tied else table | {"heads.mlm.decoder.weight": [f"{head}decoder.weight"]}


def tied(theirs: Mapping[str, Tensor], head: str, embeddings: str) -> bool:
    """Whether a head of theirs predicts words by their embeddings."""
    return torch.equal(
        theirs[f"{head}decoder.weight"], theirs[f"{embeddings}word_embeddings.weight"]
    )


def to_theirs(state: Mapping[str, Tensor], table: Table) -> dict[str, Tensor]:
    """Our weights under their names."""
    return {
        name: part
        for our, names in table.items()
        for name, part in zip(names, state[our].chunk(len(names)), strict=True)
    }


def to_ours(theirs: Mapping[str, Tensor], table: Table) -> dict[str, Tensor]:
    """Their weights under our names."""
    return {our: torch.cat([theirs[name] for name in names]) for our, names in table.items()}


def raw(state: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Weight and bias of our projection for features that are not standardised."""
    weight = state["vision.feature.weight"] / state["vision.deviation"]
    return weight, state["vision.feature.bias"] - weight @ state["vision.mean"]
