"""A pretrained model and a snapshot in; retrieval and task figures on its test split out."""

from pathlib import Path
from typing import Any, Literal

from curate.dataset import memory, record
from curate.stage import machine
from curate.stage.params import parameters
from curate.stage.run import run


@parameters
class EvaluateParams:
    """How a model is measured."""

    split: str = "test"  # of the snapshot
    language: str = "en"  # BCP-47 tag of the captions that retrieval is about
    languages: tuple[str, ...] = ()  # further ones, each measured by itself
    candidates: int = 200  # pictures, and captions, at most; time grows with the square
    rerank: int = 32  # of a dual encoder's first, how many the matching head looks at again
    task_pairs: int = 1000  # pairs that the pretraining tasks are measured on, at most
    batch: int = 256  # pairs in a batch
    precision: Literal["auto", "bf16", "fp32"] = "auto"  # of matrix products


def main(
    model: Path,
    snapshot: Path,
    labels: Path,
    params: EvaluateParams,
    split: Path | None = None,
    labels_made: Path | None = None,
) -> dict[str, Any]:
    """Measure a model on a split that it never saw.

    Returns:
        Its name and split, and the manifest's fingerprint; retrieval in `language`, see
        `tasks.retrieval.measure`, and each of its tasks' figures beside their chance; and the same
        of further `languages` by tag.
    """
    from train import examine, sentences, translations
    from train.batches import Batches
    from train.corpus import load as load_corpus
    from train.model import load
    from train.notes import needed
    from train.params import Sampling
    from train.tasks import retrieval
    from train.text import Words

    network = load(model).to(machine.device())
    words = Words(model)
    plan = network.plan
    places = (snapshot, labels, params.split)
    wanted = needed(plan)
    size = (plan.text_tokens, plan.regions)
    corpus = load_corpus(*places, words, *size, labels_made, needs=wanted, pixels=plan.pixels)
    cast = machine.autocast(machine.device(), params.precision)
    further = translations.of(corpus, plan, 0), sentences.of(corpus, plan, 0)
    asked = retrieval.Asked(params.candidates, params.rerank, params.batch)

    def measured(language: str) -> dict[str, Any]:
        sampling = Sampling(languages={language: 1.0}, hard=0.0)
        batches = Batches(corpus, words, params.batch, 0, sampling, None, *further)
        return {
            **retrieval.measure(network, corpus, words, asked, language, split, cast),
            "tasks": examine.figures(network, batches, words, params.task_pairs, 0, cast),
        }

    found: dict[str, Any] = {
        "model": network.name,
        "split": params.split,
        "manifest": memory.fingerprint(snapshot / record.MANIFEST_FILE),
        **measured(params.language),
    }
    if params.languages:
        found["languages"] = {language: measured(language) for language in params.languages}
    return found


if __name__ == "__main__":
    run("train.evaluate", section="evaluate")
