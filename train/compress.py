"""A trained model and its snapshot in; a smaller variant of it, in every form it may run in, out.

`--name` is the variant's: `compress.<name>` says what is pruned, and how it is trained again. What
is left learns from the model that it was (`train/objectives/distil.py`), beside that one's own
tasks, by the loop of pretraining; weights that were set to zero stay zero
(`train/devices/holding.py`). The forms are files of `train/devices/forms/`.
"""

import shutil
import tempfile
from contextlib import nullcontext
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.stage import plugin
from curate.stage.params import build, parameters
from curate.stage.run import run
from train import pretrain
from train.params import PretrainParams
from train.ranges import Number, Share

if TYPE_CHECKING:
    from train.corpus import Corpus
    from train.model import Model
    from train.text import Words

FORMS = "train.devices.forms"
MODEL = "model"  # folder of the variant as an ordinary model
_SAMPLE = 4  # pairs that a form may be traced with


@parameters
class Prune:
    """What is left of a model, and what of that is zero."""

    layers: Share = 1.0  # of the layers of each part
    heads: Share = 1.0  # of each layer's heads of attention
    inner: Share = 1.0  # of the neurons of each feed-forward layer
    zeros: Share = 0.0  # share of the layers' weights that are set to zero, and stay so
    batches: Number = 16  # by which heads and neurons are judged
    batch: Number = 64  # pairs in each


@parameters
class CompressParams:
    """A variant of a model."""

    prune: Prune = field(default_factory=Prune)
    distil: dict[str, Any] | None = field(default_factory=dict)  # parameters of the objective;
    # null: what is left learns its own tasks alone
    train: dict[str, Any] | None = None  # as in section pretrain, without model; null: not at all
    forms: tuple[str, ...] = ("eager", "eager_int8", "onnx", "onnx_int8")  # train/devices/forms/


def main(
    name: str,  # noqa: ARG001
    model: Path,
    snapshot: Path,
    labels: Path,
    out: Path,
    log: Path,
    params: CompressParams,
    labels_made: Path | None = None,
    made: Path | None = None,
) -> dict[str, Any]:
    """Make one variant of a model.

    Args:
        name: of the variant.
        model: folder of the trained model.
        snapshot: that it was trained on.
        labels: folder of the labelers' tables of the pool.
        out: folder of the variant: `model`, and a folder for each form.
        log: folder of its curves.
        params: its section.
        labels_made: as `labels`, of what was made.
        made: folder of what was made.

    Returns:
        The model's name, how many parameters there were before and after, the last figures of
        training, and what CPU time pruning and training took.

    Raises:
        ParamsError: a form is unknown, a library that it needs is not installed, or the model does
            not match captions and pictures.
        WeightsError: there is no such model.
    """
    from train.compare import cpu_seconds
    from train.devices import holding, matching
    from train.model import load, save
    from train.text import Words

    started = cpu_seconds()
    forms = {form: plugin.load(FORMS, form) for form in params.forms}
    before, words = load(model), Words(model)
    matching.check(before.plan, before.name)
    corpus = _corpus(before, words, snapshot, labels, labels_made, made)
    after = _pruned(before, corpus, words, params.prune)
    shutil.rmtree(out, ignore_errors=True)
    shutil.rmtree(log, ignore_errors=True)
    found: dict[str, Any] = {"model": before.name, "parameters": {"before": _count(before)}}
    with tempfile.TemporaryDirectory() as scratch:
        begun = Path(scratch)
        save(after, begun)
        words.save(begun)
        if params.train is None:
            shutil.copytree(begun, out / MODEL)
        else:
            told = (snapshot, labels, begun, out / MODEL, log)
            run_params = _run_params(after, before, model, params)
            with holding.held(after) if params.prune.zeros else nullcontext():
                trained = pretrain.main(
                    before.name, *told, run_params, labels_made, made, begin=begun
                )
            found["last"] = trained["last"]
    log.mkdir(parents=True, exist_ok=True)  # empty, where nothing was trained
    found["parameters"]["after"] = _count(load(out / MODEL))
    found["cpu_seconds"] = cpu_seconds() - started
    sample = _sample(corpus, words)
    for form, module in forms.items():
        (out / form).mkdir()
        module.write(out / MODEL, out / form, sample)
    return found


def _corpus(
    model: "Model",
    words: "Words",
    snapshot: Path,
    labels: Path,
    labels_made: Path | None,
    made: Path | None,
) -> "Corpus":
    from train.corpus import load
    from train.notes import needed

    plan = model.plan
    size = (plan.text_tokens, plan.regions, labels_made, made, needed(plan), plan.pixels)
    return load(snapshot, labels, "train", words, *size)


def _pruned(model: "Model", corpus: "Corpus", words: "Words", params: Prune) -> "Model":
    from train import examine, sentences, translations
    from train.batches import Batches
    from train.devices import pruning
    from train.params import Sampling

    left = pruning.thinned(model, params.layers) if params.layers < 1 else model
    if min(params.heads, params.inner) < 1:
        plan, todo = left.plan, examine.tasks(left.plan.objectives)
        further = translations.of(corpus, plan, 0), sentences.of(corpus, plan, 0)
        batches = Batches(corpus, words, params.batch, 0, Sampling(), None, *further)
        seen = batches.first(params.batches * params.batch)
        ready = (examine.ready(batches, rows, plan, todo, words, 0, 0) for rows in seen)
        matters = pruning.importance(left, ready)
        left = pruning.narrowed(left, matters, params.heads, params.inner)
    if params.zeros:
        pruning.sparsified(left, params.zeros)
    return left


def _run_params(
    after: "Model", before: "Model", teacher: Path, params: CompressParams
) -> PretrainParams:
    """The run in which a variant learns: of its own plan, and of the teacher's tasks."""
    from train.plan import to_dict

    plan = to_dict(after.plan)
    objectives = plan.pop("objectives")
    if params.distil is not None:
        width = {"width": before.plan.width} if before.plan.width != after.plan.width else {}
        objectives |= {"distil": {"teacher": str(teacher), **width, **params.distil}}
    own = {"change": plan, "objectives": objectives}
    return build(PretrainParams, {**(params.train or {}), "model": own}, "compress.train")


def _sample(corpus: "Corpus", words: "Words") -> Any:
    import numpy as np

    from train.batch import collate
    from train.devices import matching

    rows = np.arange(min(_SAMPLE, len(corpus)))
    return matching.of(collate(corpus, rows, rows, np.ones(len(rows), bool), words))


def _count(model: "Model") -> int:
    return sum(parameter.numel() for parameter in model.parameters())


if __name__ == "__main__":
    run("train.compress", section="compress")
