"""A preset's sections of scorers in; the tables that they make and that are not there yet, out.

A preset may have the sections `score`, `score_parsed`, `score_embedded` and `score_pool` as
params.yaml has them. Their scorers write beside the pool's own tables, not among them, so that no
stage has other inputs than before: `presets/scores` and `presets/embeddings` in the folder of the
tables. A scorer whose table is among the pool's own is not asked again; once the pool has changed,
the others want to be run anew, which their memory makes short.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

SECTIONS = ("score", "score_parsed", "score_embedded", "score_pool")


def scores(data: Path) -> Path:
    """Folder of the tables that presets' scorers wrote."""
    return data / "presets/scores"


def lacking(preset: Path, data: Path) -> list[str]:
    """Names of a preset's scorers whose tables are not there."""
    return [name for _, name, _ in _asked(preset, data) if not _table(scores(data), name).is_file()]


def run(preset: Path, data: Path) -> None:
    """Score the pool as a preset wants it; what was done before is answered from memory.

    Args:
        preset: its file.
        data: folder of the tables.

    Raises:
        PairwrightError: a scorer cannot run, for example for lack of weights.
    """
    from curate import score

    for section, name, values in list(_asked(preset, data)):
        own = data / "presets/embeddings"
        if of := values.get("of"):
            vectors = next(
                (f / of for f in (data / "embeddings", own) if (f / of).is_dir()), own / of
            )
        else:
            vectors = own / name
        score.main(
            name,
            data / "pool",
            _table(scores(data), name),
            values,
            vectors,
            data / "scores",
            section,
            preset,
        )


def _asked(preset: Path, data: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Section, name and values of each scorer of a preset that the pool was not scored by."""
    sections = yaml.safe_load(preset.read_text(encoding="utf-8"))
    for section in SECTIONS:
        for name, values in (sections.get(section) or {}).items():
            if not _table(data / "scores", name).is_file():
                yield section, name, values


def _table(folder: Path, name: str) -> Path:
    return folder / f"{name}.parquet"
