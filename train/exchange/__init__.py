"""A trained model's folder in, one of a peer's format out, and the reverse.

One file for each format, `visualbert` and `lxmert` and `vilt` of Hugging Face's, `clip` of
open_clip's:

    LIBRARY = "transformers"                   # that loads it, see `train.card`
    def write(model, words, folder): ...       # the peer's config, weights and tokenizer of ours
    def read(folder, words) -> Model: ...      # ours of the weights in such a folder

Weights are safetensors, and hidden states the same within 1e-5 both ways. A plan that the peer
cannot carry out is refused, by all that does not fit.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curate.dataset.errors import ParamsError
from curate.stage import plugin

if TYPE_CHECKING:
    from train.model import Model

PACKAGE = "train.exchange"
_BY_EYE = {"patches": "vilt", "towers": "clip"}  # formats of models that read pixels


def export_model(
    model: Annotated[Path, typer.Argument(help="Folder of a model, e.g. models/visualbert.")],
    out: Annotated[Path, typer.Argument(help="Folder to write: weights, config, tokenizer.")],
    without: Annotated[
        list[str] | None, typer.Option(help="Task whose head is left behind; may be repeated.")
    ] = None,
    evaluation: Annotated[
        Path | None,
        typer.Option(help="Figures for its card, e.g. metrics/evaluate/visualbert.json."),
    ] = None,
) -> None:
    """Write a trained model in Hugging Face's format, CLIP in open_clip's, with its card."""
    from train import card, text
    from train.exchange import _peer
    from train.model import load

    _apart(model, out)
    ours, words = load(model), text.Words(model)
    _leave(ours, without or [])
    if ours.plan.visual == "grid":
        raise ParamsError(
            f"{model}: no format of others has a grid of {ours.plan.backbone} beside the words; "
            "its own folder holds safetensors, too"
        )
    name = _BY_EYE.get(ours.plan.visual, ours.name)
    if name not in (known := plugin.names(PACKAGE)):
        raise ParamsError(
            f"{model}: there is no format of others for the model {name} (there is for "
            f"{', '.join(known)}); its own folder holds safetensors, too"
        )
    figures = _peer.read_json(evaluation, "`dvc repro evaluate` writes it") if evaluation else None
    format_ = plugin.load(PACKAGE, name)
    format_.write(ours, words, out)
    card.carry(model, out, format_.LIBRARY, figures)


def import_model(
    name: Annotated[str, typer.Argument(help="Of the format, e.g. visualbert, vilt, clip.")],
    folder: Annotated[Path, typer.Argument(help="Folder of it: config, safetensors.")],
    out: Annotated[Path, typer.Argument(help="Folder to write.")],
    tokenizer: Annotated[
        Path | None, typer.Option(help="Folder of its tokenizer, where it lies elsewhere.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="Task whose head is left behind; may be repeated.")
    ] = None,
) -> None:
    """Make a model of ours out of one in Hugging Face's format or open_clip's."""
    module = plugin.load(PACKAGE, name)
    _apart(folder, out)
    from train import text
    from train.model import save

    words = text.Words(tokenizer or folder)
    ours = module.read(folder, words)
    _leave(ours, without or [])
    save(ours, out)
    words.save(out)


def _apart(given: Path, out: Path) -> None:
    """Refuse to write over what is read: files of both formats have the same names."""
    if given.resolve() == out.resolve():
        raise ParamsError(f"{out} is what is read; write to another folder")


def _leave(model: "Model", tasks: list[str]) -> None:
    """Take the heads of some tasks from a model."""
    import dataclasses

    if unknown := sorted(set(tasks) - set(model.plan.objectives)):
        raise ParamsError(
            f"--without {', '.join(unknown)}: this {model.name} has the tasks "
            f"{', '.join(model.plan.objectives)}"
        )
    kept = {k: v for k, v in model.plan.objectives.items() if k not in tasks}
    late = {task: share for task, share in model.plan.late.items() if task in kept}
    model.plan = dataclasses.replace(model.plan, objectives=kept, late=late)
    for task in tasks:
        del model.heads[task]
