"""A model's variant in its forms in; what each form costs, and what it still finds, out.

Size is that of the form's files, and that of the same packed; time and memory are those of a
process of its own that answers one pair after another on one thread (`train/devices/timed.py`);
quality is retrieval on a split that the model never saw, as `train.evaluate` measures it.

No picture is looked at: the regions, and their features by the tower, are given, as they are to the
models. What finding them in a new picture takes is in no figure here, nor in any form
(`align/label_backbone.py` measures its time).
"""

import tempfile
import zlib
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

import numpy as np

from curate.dataset import memory, record
from curate.dataset.errors import DataError
from curate.stage import plugin
from curate.stage.params import parameters
from curate.stage.run import run
from train.compress import MODEL
from train.costs import alone
from train.ranges import Number

if TYPE_CHECKING:
    from train.corpus import Corpus
    from train.text import Words

FORMS = "train.devices.forms"
_ALONE = "import sys; from train.devices.timed import main; main(*sys.argv[1:])"
_WAYS = ("image_retrieval", "text_retrieval")


@parameters
class MeasureCompressedParams:
    """How variants are measured."""

    split: str = "test"  # of the snapshot
    language: str = "en"  # BCP-47 tag of the captions
    candidates: Number = 200  # pictures, and captions, at most; time grows with the square
    batch: Number = 64  # pairs in a batch, where quality is measured
    answers: Number = 300  # that are timed, each of one pair


def main(
    variant: Path,
    snapshot: Path,
    labels: Path,
    params: MeasureCompressedParams,
    labels_made: Path | None = None,
    split: Path | None = None,
) -> dict[str, Any]:
    """Measure every form of a variant.

    Args:
        variant: folder that `train.compress` wrote.
        snapshot: whose pairs are asked about.
        labels: folder of the labelers' tables of the pool.
        params: its section.
        labels_made: as `labels`, of what was made.
        split: groups of pictures that are alike, see `train.evaluate`.

    Returns:
        By form: bytes, packed_bytes, p50_ms, p99_ms, peak_mib, recall_at_1, 5 and 10 (means of both
        ways) and their chance; the number of candidates; and the manifest's fingerprint.

    Raises:
        DataError: there is no such variant.
    """
    from train.corpus import load
    from train.model import like
    from train.tasks import retrieval
    from train.text import Words

    forms = sorted(f.name for f in variant.glob("*/") if f.name != MODEL)
    if not forms:
        raise DataError(f"{variant} has no form of a model; run `dvc repro compress`")
    plan, words = like(variant / MODEL).plan, Words(variant / MODEL)
    size = (plan.text_tokens, plan.regions)
    corpus = load(snapshot, labels, params.split, words, *size, labels_made, pixels=plan.pixels)
    rows = retrieval.candidates(corpus, params.language, params.candidates, split)
    manifest = memory.fingerprint(snapshot / record.MANIFEST_FILE)
    found: dict[str, Any] = {"manifest": manifest, "candidates": len(rows), "forms": {}}
    for form in forms:
        found["forms"][form] = {
            **_size(variant / form),
            **_timed(form, variant / form, corpus, words, rows, params.answers),
            **_quality(form, variant / form, corpus, words, rows, params.batch),
        }
    return found


def _size(folder: Path) -> dict[str, int]:
    files = [file.read_bytes() for file in sorted(folder.iterdir())]
    return {
        "bytes": sum(map(len, files)),
        "packed_bytes": sum(len(zlib.compress(data)) for data in files),
    }


def _timed(
    form: str, folder: Path, corpus: "Corpus", words: "Words", rows: np.ndarray, answers: int
) -> dict[str, float]:
    from train.batch import collate
    from train.devices import matching, timed

    asked = np.resize(rows, answers)
    inputs = matching.of(collate(corpus, asked, asked[::-1], np.ones(answers, bool), words))
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "pairs.npz"
        np.savez(file, **inputs, **{timed.PAD: np.array(words.pad)})  # type: ignore[arg-type]
        return alone(_ALONE, str(folder), form, str(file))


def _quality(
    form: str, folder: Path, corpus: "Corpus", words: "Words", rows: np.ndarray, size: int
) -> dict[str, float]:
    from train.devices import matching
    from train.tasks import ranking, retrieval

    match = plugin.load(FORMS, form).read(folder)
    scores = retrieval.judged(
        lambda batch: match(matching.of(batch)), corpus, rows, rows, words, size
    )
    told = ranking.recalls(ranking.Similar(scores, scores))
    return {
        f"{figure}_at_{rank}": mean(told[way][f"{figure}_at_{rank}"] for way in _WAYS)
        for rank in ranking.RANKS
        for figure in ("recall", "chance")
    }


if __name__ == "__main__":
    run("train.measure_compressed", section="measure_compressed")
