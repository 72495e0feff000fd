"""A snapshot and its scores in; how its pairs spread, and how far from the accepted version, out.

The version that others are held against is `baseline.json`, a copy of an earlier result of this
stage that lies in git. It is a file and not what git's last revision happens to hold, so that the
result follows from the stage's inputs alone and DVC may keep it; and since a person puts it there,
many small steps cannot add up unseen:

    cp data/distributions.json baseline.json

Of a score, pairs are counted in bins that hold a twentieth each of the accepted version; of groups
(language, source, licence, split), by group. The distance of the two is that of Jensen and Shannon
(base 2): 0 where both spread alike, 1 where they share nothing, defined where a bin is empty (Lin,
1991, "Divergence measures based on the Shannon entropy"; `scipy.spatial.distance.jensenshannon`).
No more than a part of a table is in memory at a time.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from curate.dataset import parts, record, tables
from curate.dataset.errors import DataError
from curate.dataset.overlay import with_originals
from curate.stage.run import run, write_json

STATISTIC = "Jensen-Shannon distance"
GROUPS = ("lang", "source", "licence", "split")
_BINS = 20
_SAMPLE = 1 << 16  # pairs that bins are cut by
_KEYS = ("uid", "image")
_DECIMALS = 6


def main(
    snapshot: Path, scores: Path, scores_made: Path, baseline: Path, out: Path
) -> dict[str, Any]:
    """Count a snapshot's pairs by score and by group, beside those of the accepted version.

    Args:
        snapshot: its folder.
        scores: folder of tables of scores of the pool.
        scores_made: folder of tables of scores of made pairs; may be missing.
        baseline: JSON, what this stage once wrote; `null`: no version was accepted yet.
        out: JSON: `id`, `compared_with` (an id, or null) and for each of `columns` the bins of its
            own (`edges`, `counts`) and, where the accepted version has it, `distance`.

    Returns:
        The distances by name.

    Raises:
        DataError: a table or the baseline cannot be read.
    """
    accepted = _accepted(baseline)
    before = accepted["columns"] if accepted else {}
    found: dict[str, dict[str, Any]] = {}
    manifest = snapshot / record.MANIFEST_FILE
    for name in GROUPS:
        found[name] = _of_groups(manifest, name, before.get(name))
    for file in sorted(scores.glob("*.parquet")):
        made = scores_made / file.name
        found.update(_of_scores(manifest, [file, *([made] if made.is_file() else [])], before))
    document = json.loads((snapshot / record.SNAPSHOT_FILE).read_text(encoding="utf-8"))
    told = {
        "id": document["id"],
        "compared_with": accepted["id"] if accepted else None,
        "statistic": STATISTIC,
        "gone": sorted(set(before) - set(found)),
        "columns": found,
    }
    write_json(told, out)
    distances = {name: one["distance"] for name, one in found.items() if "distance" in one}
    return {"compared_with": told["compared_with"], "distances": distances}


def distance(then: np.ndarray, now: np.ndarray) -> float:
    """Jensen-Shannon distance of two arrays (B,) of counts; 0 where both are empty, else 0 to 1."""
    from scipy.spatial.distance import jensenshannon

    if not then.sum() or not now.sum():
        return float(bool(then.sum()) != bool(now.sum()))
    return round(float(np.nan_to_num(jensenshannon(then, now, base=2))), _DECIMALS)


def _accepted(baseline: Path) -> dict[str, Any] | None:
    try:
        told = json.loads(baseline.read_text(encoding="utf-8"))
        if told is not None and not {"id", "columns"} <= told.keys():
            raise ValueError("it has no id and columns")
    except (OSError, ValueError, AttributeError) as error:
        raise DataError(
            f"{baseline} is no baseline ({error}); it holds a copy of data/distributions.json of "
            "an earlier run, or null"
        ) from error
    return told


def _of_groups(manifest: Path, column: str, before: Mapping[str, Any] | None) -> dict[str, Any]:
    counts = Counter[str]()
    for part in parts.stream(manifest, [column]):
        counts.update(tables.counts(part.rows.column(column)))
    found: dict[str, Any] = {"counts": dict(sorted(counts.items()))}
    if before is not None:
        names = sorted(counts.keys() | before["counts"].keys())
        then = np.array([before["counts"].get(name, 0) for name in names])
        found["distance"] = distance(then, np.array([counts[name] for name in names]))
    return found


def _of_scores(
    manifest: Path, files: list[Path], before: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """The numbers of a scorer over the pairs of a manifest.

    The bins are those of a sample. It is one without bias, as keys are hashes, and the same one
    however the tables are cut.
    """
    schema = tables.schema(files[0])
    key = next((name for name in _KEYS if name in schema.names), None)
    columns = [field.name for field in schema if _counted(field.type) and field.name not in _KEYS]
    if key is None or not columns:
        return {}
    sample = _scored(_lowest(manifest, key), files, key, columns)
    bins = {}
    for column in columns:
        name = f"{files[0].stem}.{column}"
        bins[column] = name, _Bins(_numbers(sample, column), before.get(name))
    for rows in _beside(manifest, files, key, columns):
        for column, (_, its) in bins.items():
            its.add(_numbers(rows, column))
    return {name: its.told() for name, its in bins.values()}


def _numbers(rows: pa.Table, column: str) -> np.ndarray:
    """Values (N,), NaN where there is none."""
    return rows.column(column).cast(pa.float64()).to_numpy()


def _lowest(manifest: Path, key: str) -> pa.Array:
    """The lowest keys of a manifest's pairs, with repeats, all of them where they are few."""
    found = pa.array([], pa.string())
    for rows in _named(manifest, key):
        found = pa.concat_arrays([found, *rows.column(key).chunks]).sort()[:_SAMPLE]
    return found


def _scored(keys: pa.Array, files: list[Path], key: str, columns: list[str]) -> pa.Table:
    """Values of a scorer for each of some keys, null where it has none."""
    known = pa.concat_tables(
        part.rows.filter(pc.is_in(part.rows.column(key), value_set=keys))
        for file in files
        for part in parts.stream(file, [key, *columns])
    )
    place = pc.index_in(keys, value_set=known.column(key).combine_chunks())
    return known.select(columns).take(place)


def _beside(manifest: Path, files: list[Path], key: str, columns: list[str]) -> Iterator[pa.Table]:
    """Values of a scorer for each pair, null where it has none, part by part."""
    number = parts.count(tables.count(manifest))
    scored = (
        part.rows.select([key, *columns])
        for file in files
        for part in parts.stream(file, [key, *columns])
    )
    cut = zip(
        parts.by_key(_named(manifest, key), key, number),
        parts.by_key(scored, key, number),
        strict=True,
    )
    for pairs, values in cut:
        known = values.rows.column(key).combine_chunks()
        place = pc.index_in(pairs.rows.column(key), value_set=known)
        yield values.rows.drop_columns(key).take(place.combine_chunks())


def _named(manifest: Path, key: str) -> Iterator[pa.Table]:
    """A manifest's keys, pictures as scores name them."""
    if key != "image":
        yield from (part.rows for part in parts.stream(manifest, [key]))
        return
    for part in parts.stream(manifest, [key, "recipe"]):
        yield with_originals(part.rows)


def _counted(kind: pa.DataType) -> bool:
    return any(of(kind) for of in (kinds.is_integer, kinds.is_floating, kinds.is_boolean))


class _Bins:
    """Counts of a score in bins of its own and in those of the accepted version.

    Args:
        sample: values (N,) that the bins are cut by, NaN where there is none.
        before: what was told of the accepted version, if it has the score.
    """

    def __init__(self, sample: np.ndarray, before: Mapping[str, Any] | None) -> None:
        known = sample[np.isfinite(sample)]
        cuts = np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1]) if len(known) else []
        # the same digits as the file will have, so that its reader counts in the same bins
        self._edges = np.unique([float(f"{cut:.6g}") for cut in cuts])
        self._before = before
        self._own = np.zeros(len(self._edges) + 2, np.int64)
        self._beside = None if before is None else np.zeros(len(before["edges"]) + 2, np.int64)

    def add(self, values: np.ndarray) -> None:
        """Count values (N,), NaN where there is none."""
        self._own += _histogram(values, self._edges)
        if self._before is not None and self._beside is not None:
            self._beside += _histogram(values, np.array(self._before["edges"], np.float64))

    def told(self) -> dict[str, Any]:
        """Edges (B,), counts (B + 2,) of what lies up to each, above the last, and has no value."""
        found = {"edges": self._edges.tolist(), "counts": self._own.tolist()}
        if self._before is None or self._beside is None:
            return found
        then = np.array(self._before["counts"])
        return {**found, "distance": distance(then, self._beside)}


def _histogram(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    known = values[np.isfinite(values)]
    places = np.searchsorted(edges, known, side="left")  # up to an edge, that edge included
    counts = np.bincount(places, minlength=len(edges) + 1)
    return np.append(counts, len(values) - len(known))


if __name__ == "__main__":
    run("curate.distributions", section="distributions")
