"""A trained model's folder in, one of Hugging Face's format out, and the reverse.

One file for each model that exists there:

    def to_peer(model, words) -> PreTrainedModel: ...   # transformers' model of the same weights
    def from_peer(folder, words) -> Model: ...          # ours of the weights in such a folder

Hidden states are the same within 1e-5 both ways. A plan that the peer cannot carry out is refused.
"""

from pathlib import Path
from typing import Annotated

import typer

from curate.stage import plugin

PACKAGE = "train.exchange"


def export_model(
    model: Annotated[Path, typer.Argument(help="Folder of a model, e.g. models/visualbert.")],
    out: Annotated[Path, typer.Argument(help="Folder to write: weights, config, tokenizer.")],
) -> None:
    """Write a trained model in Hugging Face's format."""
    from train import text
    from train.model import load

    ours = load(model)
    words = text.Words(model)
    plugin.load(PACKAGE, ours.name).to_peer(ours, words).save_pretrained(out)
    text.Words(model).save(out)


def import_model(
    name: Annotated[str, typer.Argument(help="Of the model, e.g. visualbert.")],
    folder: Annotated[Path, typer.Argument(help="Hugging Face folder: config, safetensors.")],
    out: Annotated[Path, typer.Argument(help="Folder to write.")],
    tokenizer: Annotated[
        Path | None, typer.Option(help="Folder of its tokenizer, where it lies elsewhere.")
    ] = None,
) -> None:
    """Make a model of ours out of one in Hugging Face's format."""
    module = plugin.load(PACKAGE, name)
    from train import text
    from train.model import save

    place = tokenizer or folder
    save(module.from_peer(folder, text.Words(place)), out)
    text.Words(place).save(out)
