"""FACTUAL's train split in, the file of the scene graph parser out.

    python -m align.train_parser train.csv --wordnet /usr/share/wordnet --out parser.safetensors

makes the file that the package ships (`align/weights/`), on one core in some minutes. All chance
comes from one seed, so the same files, versions and kind of processor give the same bytes.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from align import _glosses, factual, lexicon
from align import _training_set as training_set
from align._training_set import IGNORED, Case, Vocabulary
from align.network import ENDING, FILE
from curate.dataset import wordnet
from curate.dataset.errors import PairwrightError
from curate.stage import cluster

if TYPE_CHECKING:
    import torch

SEED = 0
BATCH = 48  # captions
RATE = 2e-3  # of Adam, at its highest
WARM_UP = 300  # steps until then; afterwards it falls to zero along a cosine
MEMORY = 0.998  # of the running mean of the weights, which is what is kept
FORGET = 0.15  # share of the words that are taken for unknown in training
FORGET_ALL = 0.15  # share of the captions of which all words are
UNANNOTATED = 10_000  # texts of WordNet read by the rules, beside the annotated captions


def train(path: Path, folder: Path, out: Path, epochs: int) -> dict[str, Any]:
    """Train the parser's network and write its file.

    Args:
        path: CSV file of FACTUAL.
        folder: WordNet's database files.
        out: the file to write.
        epochs: passes over the captions.

    Raises:
        DataError: a file is not what it should be.
    """
    import torch
    from safetensors.torch import save_file

    from align._training_network import Trained

    examples = factual.read(path)
    words = lexicon.of_folder(folder)
    cases = training_set.cases(examples, words)
    vocabulary = training_set.vocabulary(cases)
    learnt_from = len(cases)
    cases += training_set.read_by_rules(_glosses.texts(words.database, UNANNOTATED), words)
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    network = Trained(vocabulary)
    mean = {name: value.clone() for name, value in network.state_dict().items()}
    batches = [_tensors(cases, rows, vocabulary) for rows in _batches(cases)]
    steps = epochs * len(batches)
    optimiser = torch.optim.Adam(network.parameters(), lr=RATE, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _pace(step, steps))
    chance = np.random.default_rng(SEED)
    loss_of_epoch = 0.0
    with cluster.progress(steps, "training", "batches") as bar:
        for _ in range(epochs):
            loss_of_epoch = 0.0
            for number in chance.permutation(len(batches)):
                optimiser.zero_grad()
                loss = network.loss(batches[number], FORGET, FORGET_ALL)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
                optimiser.step()
                schedule.step()
                loss_of_epoch += loss.item() / len(batches)
                with torch.no_grad():
                    memory = min(MEMORY, (1 + bar.n) / (10 + bar.n))
                    for name, value in network.state_dict().items():
                        mean[name].mul_(memory).add_(value, alpha=1 - memory)
                bar.update(1)
    told = {"parser": json.dumps(vocabulary._asdict())}
    kept = {name: value.to(torch.float16).contiguous() for name, value in mean.items()}
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file(kept, out, metadata=told)
    return {
        "captions": len(examples),
        "learnt_from": learnt_from,
        "read_by_rules": len(cases) - learnt_from,
        "words": len(vocabulary.words),
        "classes": len(vocabulary.classes),
        "parameters": sum(value.numel() for value in kept.values()),
        "loss": loss_of_epoch,
    }


def _batches(cases: list[Case]) -> list[list[int]]:
    """Captions of like length together; those of one length are mixed by the seed."""
    mixed = np.random.default_rng(SEED).permutation(len(cases))
    order = sorted(mixed.tolist(), key=lambda i: len(cases[i].reading.words))
    return [order[start : start + BATCH] for start in range(0, len(order), BATCH)]


def _pace(step: int, steps: int) -> float:
    if step < WARM_UP:
        return (step + 1) / WARM_UP
    return float(0.5 + 0.5 * np.cos(np.pi * min(1.0, (step - WARM_UP) / max(1, steps - WARM_UP))))


def _tensors(cases: list[Case], rows: list[int], known: Vocabulary) -> dict[str, "torch.Tensor"]:
    """A batch of B captions padded to n tokens, their pairs one after the other."""
    import torch

    chosen = [cases[i] for i in rows]
    words, endings = training_set.numbered(known.words), training_set.numbered(known.endings)
    classes = training_set.numbered(known.classes, first=2)
    size = max(len(case.reading.words) for case in chosen)
    shape = (len(chosen), size)
    batch: dict[str, np.ndarray] = {
        "words": np.zeros(shape, np.int64),
        "endings": np.zeros(shape, np.int64),
        "dense": np.zeros((*shape, chosen[0].reading.dense.shape[1]), np.float32),
        "labels": np.full(shape, IGNORED, np.int64),
        "mask": np.zeros(shape, bool),
    }
    for row, case in enumerate(chosen):
        n = len(case.reading.words)
        batch["words"][row, :n] = [words.get(w, 0) for w in case.reading.words]
        batch["endings"][row, :n] = [endings.get(w[-ENDING:], 0) for w in case.reading.words]
        batch["dense"][row, :n] = case.reading.dense
        batch["labels"][row, :n] = case.labels
        batch["mask"][row, :n] = True
    batch["row"] = np.concatenate([np.full(len(c.found), row) for row, c in enumerate(chosen)])
    for name in ("found", "apart", "known"):
        batch[name] = np.concatenate([getattr(case, name) for case in chosen])
    batch["classes"] = np.concatenate([training_set.targets(case, classes) for case in chosen])
    batch["verbs"] = np.concatenate(
        [np.where(c.verbs == len(c.reading.words), size, c.verbs) for c in chosen]
    )
    return {name: torch.from_numpy(array) for name, array in batch.items()}


def main(
    path: Annotated[Path, typer.Argument(help="CSV file of FACTUAL")],
    wordnet_at: Annotated[Path, typer.Option("--wordnet", help="folder or fetched package")],
    out: Annotated[Path, typer.Option(help="file to write")] = FILE,
    epochs: Annotated[int, typer.Option(min=1)] = 14,
) -> None:
    """Train and print what was learnt from as JSON."""
    try:
        found = train(path, wordnet.folder_at(wordnet_at).resolve(), out, epochs)
    except PairwrightError as error:
        raise SystemExit(f"{type(error).__name__}: {error}") from error
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    typer.run(main)
