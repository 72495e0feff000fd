"""Figures of models that find captions and pictures in; candidates for retrieval out.

Three tables tell of it: models that were trained alike (`train/comparison.py`), those of section
`pretrain` (`train/evaluate.py`), and one model's variants for small devices
(`train/compression.py`). Each is compared by the recall that both ways have on average.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import mean
from typing import Any

from curate.choosing import commands
from curate.choosing.candidate import (
    Candidate,
    Costs,
    Measured,
    Missing,
    Quality,
    Stages,
    of_answers,
    together,
    usual,
)
from curate.choosing.candidate import mean as mean_of
from curate.reports import results

_WAYS = ("image_retrieval", "text_retrieval")
_RANK = 10
_RECALL, _CHANCE = f"recall_at_{_RANK}", f"chance_at_{_RANK}"


def read(figures: Path) -> Measured:
    """Every model and variant whose recall was measured.

    Args:
        figures: folder of the stages' metrics.
    """
    compared, small = (results.read(figures / f"{n}.json") for n in ("compare", "compression"))
    evaluated = results.below(figures / "evaluate")
    found = [*_compared(compared), *_evaluated(evaluated), *_small(small)]
    return Measured(found, [*_missing(compared), *_missing_small(small)])


def seconds(own: Mapping[str, Any]) -> float | None:
    """CPU time in which a compared model was trained and measured."""
    told = own.get("cpu_seconds", {})
    return together([mean_of(told.get(part)) for part in ("pretrain", "evaluate")])


def _compared(table: Mapping[str, Any]) -> Iterator[Candidate]:
    for name, own in table.get("models", {}).items():
        ways = [own[way] for way in _WAYS if _RECALL in own.get(way, {})]
        if len(ways) < len(_WAYS):
            continue
        seeds = tuple(own["seeds"])
        spread = [way[_RECALL]["deviation"] for way in ways]
        quality = Quality(
            mean(way[_RECALL]["mean"] for way in ways),
            # at most: that of a mean is never above the mean of those of its parts
            None if None in spread else mean(spread),
            len(seeds),
        )
        among, questions = _among(ways[0]["candidates"])
        yield Candidate(
            name=name,
            folder=_folders("models/compare", name, seeds),
            among=among,
            questions=questions,
            quality=quality,
            costs=of_answers(own.get("answer", {}), seconds(own)),
            chance=mean(way[_CHANCE] for way in ways),
            backbone=own.get("visual"),
            seeds=seeds,
            stages=Stages(f"{commands.COMPARE.one}{name}", commands.COMPARE.all),
            lacking=commands.again(commands.COMPARE, f"{name}-{seeds[0]}"),
            snapshot=table.get("budget", {}).get("manifest"),
        )


def _evaluated(models: Mapping[str, Mapping[str, Any]]) -> Iterator[Candidate]:
    for name, own in models.items():
        ways = [own[way] for way in _WAYS if _RECALL in own.get(way, {})]
        if len(ways) == len(_WAYS):
            among, questions = _among(ways[0]["candidates"])
            folder = f"models/{name}"
            yield Candidate(
                name=folder,
                folder=folder,
                among=among,
                questions=questions,
                quality=Quality(mean(way[_RECALL] for way in ways), None, 1),
                costs=Costs(),
                chance=mean(way[_CHANCE] for way in ways),
                lacking=commands.smaller(folder),
            )


def _small(table: Mapping[str, Any]) -> Iterator[Candidate]:
    for row in table.get("rows", []):
        among, questions = _among(table["candidates"])
        yield Candidate(
            name=f"{table['model']}, {row['variant']}, {row['form']}",
            folder=f"models/compressed/{row['variant']}/{row['form']}",
            among=among,
            questions=questions,
            quality=Quality(row[_RECALL], None, 1),
            costs=of_answers(row, None),
            chance=row.get(_CHANCE),
            lacking=commands.SMALL,
            alike=commands.SMALL_ALIKE,
            snapshot=table.get("manifest"),
        )


def _among(candidates: int) -> tuple[str, int]:
    """What recalls among so many candidates have in common, and how many questions there are."""
    return f"recall at {_RANK} among {candidates:,}, mean of both ways", candidates


def _folders(root: str, name: str, seeds: tuple[int, ...]) -> str:
    """Folders of all seeds, as a shell expands them."""
    told = ",".join(map(str, seeds))
    return f"{root}/{name}-{told}" if len(seeds) == 1 else f"{root}/{name}-{{{told}}}"


def _missing(table: Mapping[str, Any]) -> Iterator[Missing]:
    took = {
        name: None if (spent := seconds(own)) is None else spent / 3600
        for name, own in table.get("models", {}).items()
    }
    for run in table.get("missing", []):
        hours = took.get(run.rpartition("-")[0]) or usual(list(took.values()))
        yield Missing(run, commands.made(commands.COMPARE, [run]), hours)


def _missing_small(table: Mapping[str, Any]) -> Iterator[Missing]:
    for name in table.get("missing", []):
        command = f"dvc repro measure_compressed@{name} && dvc repro -s compression"
        yield Missing(f"{table['model']}, {name}", command, None)
