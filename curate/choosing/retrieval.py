"""Figures of models that find captions and pictures in; candidates for retrieval out.

Four tables tell of it: models that were trained alike, and one model that takes pictures in by
several ways (both `train/comparison.py`), those of section `pretrain` (`train/evaluate.py`), and
one model's variants for small devices (`train/compression.py`). Each is compared by the recall that
both ways have on average.
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
    names = ("compare", "backbones", "compression")
    compared, ways, small = (results.read(figures / f"{name}.json") for name in names)
    evaluated = results.below(figures / "evaluate")
    alike = [(compared, commands.COMPARE), (ways, commands.WAYS)]
    found = [one for table, stages in alike for one in _compared(table, stages)]
    missing = [one for table, stages in alike for one in _missing(table, stages)]
    return Measured(
        [*found, *_evaluated(evaluated), *_small(small)], [*missing, *_missing_small(small)]
    )


def seconds(own: Mapping[str, Any]) -> float | None:
    """CPU time in which a compared model was trained and measured."""
    told = own.get("cpu_seconds", {})
    return together([mean_of(told.get(part)) for part in ("pretrain", "evaluate")])


def _compared(table: Mapping[str, Any], stages: Stages) -> Iterator[Candidate]:
    root = f"models/{stages.one.removesuffix('@')}"
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
        costs = of_answers(own.get("answer", {}), seconds(own))
        if "picture" in own:
            among, costs = f"{among}, of pictures that are new", _with(costs, own["picture"])
        yield Candidate(
            name=name,
            folder=_folders(root, name, seeds),
            among=among,
            questions=questions,
            quality=quality,
            costs=costs,
            chance=mean(way[_CHANCE] for way in ways),
            backbone=own.get("visual"),
            seeds=seeds,
            stages=stages._replace(one=f"{stages.one}{name}"),
            lacking=commands.again(stages, f"{name}-{seeds[0]}"),
            snapshot=table.get("budget", {}).get("manifest"),
            looks="picture" in own,
        )


def _with(costs: Costs, picture: Mapping[str, Any]) -> Costs:
    """Costs of an answer about a picture that was never seen: at most, of 99 of 100."""
    told = {
        name: together([getattr(costs, name), mean_of(picture.get(name))])
        for name in ("p50_ms", "p99_ms")
    }
    return costs._replace(**told)


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
                snapshot=own.get("manifest"),
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
            costs=of_answers(row, row.get("cpu_seconds")),
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


def _missing(table: Mapping[str, Any], stages: Stages) -> Iterator[Missing]:
    took = {
        name: None if (spent := seconds(own)) is None else spent / 3600
        for name, own in table.get("models", {}).items()
    }
    for run in table.get("missing", []):
        hours = took.get(run.rpartition("-")[0]) or usual(list(took.values()))
        yield Missing(run, commands.made(stages, [run]), hours)


def _missing_small(table: Mapping[str, Any]) -> Iterator[Missing]:
    took = {row["variant"]: row.get("cpu_seconds") for row in table.get("rows", [])}
    usually = usual(list(took.values()))
    for name in table.get("missing", []):
        command = f"dvc repro measure_compressed@{name} && dvc repro -s compression"
        hours = None if usually is None else usually / 3600
        yield Missing(f"{table['model']}, {name}", command, hours)
