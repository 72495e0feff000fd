"""A task's official files in; a set of its pictures and a table of its examples out.

`--name` is the task's, `tasks.<name>.kind` the format of its files (`train/tasks/formats/`). What
is written is told in `train.tasks.examples`. An example of which a picture cannot be had is left
out, and told in the set's `rejected.parquet`, beside what the format omits.
"""

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from curate.dataset import record, sets, tables
from curate.dataset.errors import EmptySetError, ParamsError, RejectsError
from curate.stage import plugin
from curate.stage.params import build
from curate.stage.run import run
from train.tasks import carving, examples
from train.tasks.formats import Example, FormatParams, Omitted, Picture
from train.tasks.gathering import Gathered, Lost, gather

FORMATS = "train.tasks.formats"
_FIELDS = [name for name in examples.EXAMPLES.schema.names if name != "images"]


def main(name: str, out: Path, params: Any) -> dict[str, Any]:
    """Bring a task's official files into our form.

    Args:
        name: of the task.
        out: folder of its set and its examples.
        params: its section: `kind`, the file of its format; `reads`, the file or folder where its
            files lie; and the format's own parameters.

    Raises:
        EmptySetError: no example is left to train, to validate or to test with.
        RejectsError: more examples lack a picture than `max_rejected` allows.
    """
    kind, reads, values = _split(name, params)
    module = plugin.load(FORMATS, kind)
    own: FormatParams = build(module.Params, values, f"tasks.{name}")
    said = list(module.examples(own, reads))
    told = [one for one in said if isinstance(one, Example)]
    omitted = [one for one in said if isinstance(one, Omitted)]
    shutil.rmtree(out, ignore_errors=True)
    folder = out / examples.SET
    folder.mkdir(parents=True)
    pictures = list(dict.fromkeys(picture for one in told for picture in one.pictures))
    found = gather(pictures, folder, name, own.per_shard)
    lost = [_lost(name, one, found) for one in told]
    _check(name, [row for row in lost if row], len(told), own.max_rejected)
    kept = [one for one, why in zip(told, lost, strict=True) if why is None]
    rows = [_row(one, found) for one in kept]
    carving.carve(rows, {"validation": own.validation, "test": own.test})
    splits = Counter(row["split"] for row in rows)
    if lacking := [split for split in record.SPLIT_NAMES if not splits[split]]:
        raise EmptySetError(f"tasks.{name}: no example to {lacking[0]} with, of {len(told)} told")
    examples.write(pa.Table.from_pylist(rows, examples.EXAMPLES.schema), out, kind)
    refused = [row for row in lost if row] + [{"source": name, **one._asdict()} for one in omitted]
    rejected = pa.Table.from_pylist(refused, record.REJECTED)
    tables.write(rejected, folder / sets.REJECTED_FILE, record.REJECTED.names, record.REJECTED)
    pairs = {pair["uid"]: pair for one in kept for pair in _pairs(name, one, found, own.licence)}
    written = pa.Table.from_pylist(list(pairs.values()), record.PAIRS)
    tables.write(written, folder / sets.PAIRS_FILE, "uid", record.PAIRS)
    return _figures(rows, splits, len(told) - len(rows), Counter(one.reason for one in omitted))


def _split(name: str, params: Any) -> tuple[str, Path, dict[str, Any]]:
    """The format, where its files lie, and its own parameters."""
    if not isinstance(params, dict):
        raise ParamsError(f"tasks.{name} is {params!r}, not a mapping of parameters")
    values = dict(params)
    given = [values.pop(key, None) for key in ("kind", "reads")]
    for key, value in zip(("kind", "reads"), given, strict=True):
        if not isinstance(value, str):
            raise ParamsError(
                f"parameter tasks.{name}.{key} is {value!r}; kind names a file of "
                f"{FORMATS.replace('.', '/')}, reads the path where the task's files lie"
            )
    return given[0], Path(given[1]), values


def _lost(
    name: str, one: Example, found: Mapping[Picture, Gathered | Lost]
) -> dict[str, str] | None:
    """Why an example cannot be had; None: it can."""
    for picture in one.pictures:
        if isinstance(why := found[picture], Lost):
            return {"source": name, "item": one.example, **why._asdict()}
    return None


def _check(name: str, lost: Sequence[dict[str, str]], told: int, limit: float) -> None:
    if len(lost) > limit * told:
        raise RejectsError(
            f"tasks.{name}: {len(lost)} of {told} examples lack a picture, e.g. "
            f"{lost[0]['detail']}; max_rejected allows a share of {limit}"
        )


def _row(one: Example, found: Mapping[Picture, Gathered | Lost]) -> dict[str, Any]:
    images = [found[picture].image for picture in one.pictures]  # type: ignore[union-attr]
    fields = {field: getattr(one, field) for field in _FIELDS}
    return {**fields, "images": images}


def _pairs(
    name: str, one: Example, found: Mapping[Picture, Gathered | Lost], licence: str | None
) -> list[dict[str, Any]]:
    """An example's text with each of its pictures, schema `record.PAIRS`."""
    pictures: list[Any] = [found[picture] for picture in one.pictures]
    return [
        {
            "uid": record.pair_uid(picture.image, one.lang, one.text),
            "image": picture.image,
            "caption": one.text,
            "lang": one.lang,
            "source": name,
            "licence": licence,
            "width": picture.width,
            "height": picture.height,
            **picture.place._asdict(),
        }
        for picture in pictures
    ]


def _figures(
    rows: Sequence[dict[str, Any]], splits: Counter[str], rejected: int, omitted: Counter[str]
) -> dict[str, Any]:
    of_split: dict[str, set[str]] = {split: set() for split in record.SPLIT_NAMES}
    for row in rows:
        of_split[row["split"]] |= set(row["images"])
    held_out = of_split["validation"] | of_split["test"]
    return {
        "examples": {split: splits[split] for split in record.SPLIT_NAMES},
        "pictures": {split: len(images) for split, images in of_split.items()},
        "held_out_pictures_that_train": len(held_out & of_split["train"]),
        "rejected": rejected,
        "omitted": dict(sorted(omitted.items())),
    }


if __name__ == "__main__":
    run("train.task_set", section="tasks")
