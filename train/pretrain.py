"""A snapshot, its region labels and a contrastive model in; a pretrained model and curves out.

Beside the model lie its card (`train/card.py`) and the ledger (`train/ledger.py`): which steps saw
a pair, and its losses then.
Under `torchrun` the processes share each step's batches, see `train.ranks`.

`--name` says the model: its plan is `train/models/<name>.py`, its parameters are
`pretrain.<name>.model`. Only pairs of the training split are learnt from; those of the
validation split give the curves. A snapshot that leaks is refused, see `train.leaks`. A run that
was killed goes on from its last checkpoint.
"""

import hashlib
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.dataset import begun, files, memory, parents, record
from curate.dataset.errors import ParamsError
from curate.stage import plugin
from curate.stage.params import build
from curate.stage.run import run
from train import leaks, twins
from train.params import PretrainParams

if TYPE_CHECKING:
    from train.curriculum import Phase

PACKAGE = "train.models"


def main(
    name: str,
    snapshot: Path,
    labels: Path,
    filter_network: Path,
    out: Path,
    log: Path,
    params: PretrainParams,
    labels_made: Path | None = None,
    made: Path | None = None,
    scores: Path | None = None,
    scores_made: Path | None = None,
    begin: Path | None = None,
) -> dict[str, Any]:
    """Pretrain a model on a snapshot's training split.

    Scores are read where the sampling asks for some (`train/curriculum.py`). With `begin`, the
    folder of a trained model or of a kept state, its weights and tokenizer take the place of what
    the filter network gives (`train/begin.py`).

    Raises:
        LeakError: that split holds what an evaluation set holds, and `allow_leaks` is not set.
        ParamsError: it would begin with what it is going to replace, or read by other tokens.
    """
    if begin and begin.resolve().is_relative_to(out.resolve()):
        raise ParamsError(
            f"{begin} lies in {out}, which this run replaces; copy it elsewhere to begin with it"
        )
    if begin and params.tokenizer.kind != "initial":
        raise ParamsError(f"what begins with {begin} reads by its tokenizer; leave out `tokenizer`")
    leaking = leaks.check(snapshot, params.allow_leaks, f"pretrain.{name}")
    import torch

    from train import (
        backbone,
        chance,
        curriculum,
        draws,
        initial,
        sentences,
        tokenizer,
        translations,
    )
    from train.begin import begin as take_over
    from train.card_facts import facts
    from train.corpus import load
    from train.lesson import Lesson
    from train.model import make
    from train.notes import entities, listed, needed, questions
    from train.plan import Sizes
    from train.running import trained
    from train.text import Words
    from train.validation import Validation

    module = plugin.load(PACKAGE, name)
    plan = module.plan(build(module.Params, params.model, f"pretrain.{name}.model"))
    source = begin or (Path(params.bert) if params.bert else filter_network)
    plan = plan if begin else initial.fitting(plan, source, params.initial)
    with tempfile.TemporaryDirectory() as scratch:
        words = Words(tokenizer.folder(params, source, snapshot, Path(scratch)))
    wanted = needed(plan)
    size = (plan.text_tokens, plan.regions)
    pixels = (plan.pixels, params.picture_cache << 20)
    corpus, held_out = (
        load(snapshot, labels, split, words, *size, labels_made, made, wanted, *pixels)
        for split in ("train", "validation")
    )
    tables_of_scores = [folder for folder in (scores, scores_made) if folder is not None]
    phases = curriculum.phases(corpus, params, snapshot, tables_of_scores)
    asked = "vqa" in plan.objectives
    sizes = Sizes(
        vocabulary=words.size,
        features=corpus.regions.features.shape[-1],
        classes=1 + int(max(corpus.regions.labels.max(), held_out.regions.labels.max())),
        entities=entities.length(labels) if plan.entities else 0,
        pad=words.pad,
        end=words.end,
        answers=questions.vocabulary(corpus, labels, labels_made) if asked else (),
    )
    torch.manual_seed(draws.number(params.seed, "weights"))
    model = make(name, plan, sizes)
    if begin:
        copied = take_over(model, begin)
    else:
        copied = initial.start(model, corpus.regions, source, params.initial)
        if params.backbone:
            copied += backbone.read(model, Path(params.backbone))
        backbone.check(plan, copied)
        if lacking := initial.lacking(model, copied, params.initial):
            print(f"pretraining {name}: initial: {params.initial}, but {lacking}", file=sys.stderr)
    chance.fit(model, corpus, wanted)
    media = listed(wanted, corpus.sets)
    print_ = fingerprint(name, snapshot, labels, source, params, labels_made, made, phases, media)
    further = translations.of(held_out, plan, 0), sentences.of(held_out, plan, 0)
    validation = Validation(held_out, words, params, *further)
    lesson = Lesson(model, corpus, words, params, validation, phases)
    with trained(name, print_, model, [lesson], params, log) as ran:
        figures = {
            "parameters": ran.parameters,
            "pairs": {"train": len(corpus), "validation": len(held_out)},
            "leaks": leaking,
            "without_regions": {"train": corpus.dropped, "validation": held_out.dropped},
            "steps": params.steps,
            "initialised": copied,
            "initialised_layers": initial.initialised(model, copied),
            "start": ran.start,
            "last": ran.last,
        }
        if ran.first:
            told = facts(lesson.part(ran.model), module, snapshot, params, figures, begin)
            ran.write(out, lambda folder: _tell(folder, told, begin))
    return figures


def _tell(folder: Path, told: dict[str, Any], begin: Path | None) -> None:
    """Put a model's card into its folder, and with which model it began."""
    from train import card

    card.write(folder, told)
    if begin:
        begun.note(folder, begin)


def fingerprint(
    name: str,
    snapshot: Path,
    labels: Path,
    filter_network: Path,
    params: PretrainParams,
    labels_made: Path | None = None,
    made: Path | None = None,
    phases: Sequence["Phase"] = (),
    media: Sequence[files.Place] = (),
) -> str:
    """Hash of all that a run depends on: data, weights, parameters and our code."""
    from train.running import fingerprint as of_run

    return of_run(
        params,
        name,
        snapshot / record.MANIFEST_FILE,
        snapshot / parents.FILE,
        [memory.fingerprint(tables) for tables in _labels(labels, labels_made)],
        [memory.fingerprint(file) for file in twins.files(made)],
        filter_network,
        Path(params.tokenizer.folder) if params.tokenizer.folder else None,
        Path(params.backbone) if params.backbone else None,
        [hashlib.sha256(phase.factor.tobytes()).hexdigest() for phase in phases],
        [hashlib.sha256(table.read_bytes()).hexdigest() for table in media],
    )


def _labels(labels: Path, labels_made: Path | None) -> list[Path]:
    """The folders of the labelers' tables that a run may read."""
    from train.notes import LABELERS

    folders = (f / name for f in (labels, labels_made) if f for name in LABELERS)
    return [folder for folder in folders if folder.is_dir()]


if __name__ == "__main__":
    run("train.pretrain", section="pretrain")
