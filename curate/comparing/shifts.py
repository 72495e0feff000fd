"""Two versions in; how far their distributions of scores and their counts by group differ, out.

Of a score, the distance is that of Kolmogorov and Smirnov: the greatest difference between the
two shares of pairs up to some value, 0 to 1. Of groups (languages, sources, licences, splits,
concepts, classes of a scorer), it is the total variation: half the sum of the differences between
the groups' shares, 0 to 1. Both are distances, no tests: the versions share most of their pairs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from curate.comparing.version import Version
from curate.dataset import labels, tables
from curate.reports import plots

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_GROUPS = {"split": "split", "source": "source", "language": "lang", "licence": "licence"}
_BINS = 48  # at most, of a distribution
_CLASSES = 200  # a column of more different words holds names, not classes


@dataclass(frozen=True)
class Shift:
    """A score's two distributions, over those pairs that have one."""

    name: str  # <scorer>.<column>, of made pairs too
    distance: float  # Kolmogorov-Smirnov, 0 to 1
    known: tuple[int, int]  # pairs of the first and of the second version
    quantiles: tuple[list[float], list[float]]  # of both, at `QUANTILES`
    edges: np.ndarray  # (B + 1,) of bins; values farther out are counted in the outermost
    logarithmic: bool  # whether the edges are in ratio
    shares: tuple[np.ndarray, np.ndarray]  # (B,) of the pairs in each bin


@dataclass(frozen=True)
class Groups:
    """Counts of pairs by group."""

    name: str  # what they are grouped by
    distance: float  # total variation, 0 to 1
    counts: pd.DataFrame  # then and now, by group; greatest difference first


def scores(a: Version, b: Version) -> Iterator[Shift | Groups]:
    """The shift of every score that both versions have, one after the other.

    Args:
        a: the first version.
        b: the second version. Where one has no tables, those of the other are asked about its
            pairs.
    """
    first, second = a.data or b.data, b.data or a.data
    if first is None or second is None:
        return
    known = [{f.stem for f in (data / "scores").glob("*.parquet")} for data in (first, second)]
    for scorer in sorted(set.intersection(*known)):
        then, now = _beside(a.originals, first, scorer), _beside(b.originals, second, scorer)
        for column in then.column_names:
            if column not in now.column_names:
                continue
            values = then.column(column), now.column(column)
            types = [v.type for v in values]
            name = f"{scorer}.{column}"
            if all(kinds.is_integer(t) or kinds.is_floating(t) for t in types):
                then_known, now_known = map(_known, values)
                if len(then_known) and len(now_known):
                    yield _shift(name, then_known, now_known)
            elif all(kinds.is_boolean(t) or kinds.is_string(t) for t in types):
                words = [v.cast(pa.string()) for v in values]
                if max(pc.count_distinct(v).as_py() for v in words) <= _CLASSES:
                    yield grouped(name, *words)


def groups(a: Version, b: Version) -> list[Groups]:
    """Counts by split, source, language and licence, and by concept where both are labelled.

    A pair's concepts are the objects of its scene graph; a pair of several counts for each.
    """
    found = [
        grouped(name, a.rows.column(column), b.rows.column(column))
        for name, column in _GROUPS.items()
    ]
    concepts = [_concepts(version) for version in (a, b)]
    if all(column is not None for column in concepts):
        found.append(grouped("concept", *concepts))
    return found


def grouped(name: str, then: pa.ChunkedArray, now: pa.ChunkedArray) -> Groups:
    """Counts of the values of two columns of words."""
    both = {"then": tables.counts(then), "now": tables.counts(now)}
    groups = sorted(both["then"].keys() | both["now"].keys())
    frame = pd.DataFrame({name: [counts[g] for g in groups] for name, counts in both.items()})
    frame = frame.set_axis(pd.Index(groups, dtype=object)).astype("int64")
    shares = frame / frame.sum().clip(lower=1)
    apart = (frame["now"] - frame["then"]).abs()
    order = frame.assign(apart=apart, group=frame.index.astype(str))
    order = order.sort_values(["apart", "now", "group"], ascending=[False, False, True])
    return Groups(
        name, float((shares["now"] - shares["then"]).abs().sum() / 2), frame.loc[order.index]
    )


def _shift(name: str, then: np.ndarray, now: np.ndarray) -> Shift:
    from scipy.stats import ks_2samp

    distance = float(ks_2samp(then, now, method="asymp").statistic)
    edges, logarithmic = plots.edges_of(np.concatenate([then, now]), [], _BINS)
    first, second = (
        (np.quantile(v, QUANTILES).tolist(), plots.counted(v, edges)) for v in (then, now)
    )
    shares = first[1] / len(then), second[1] / len(now)
    known = len(then), len(now)
    return Shift(name, distance, known, (first[0], second[0]), edges, logarithmic, shares)


def _known(values: pa.ChunkedArray) -> np.ndarray:
    numbers = values.cast(pa.float64()).to_numpy()
    return numbers[np.isfinite(numbers)]


def _beside(rows: pa.Table, data: Path, scorer: str) -> pa.Table:
    """A scorer's columns beside the pairs of a manifest, those of made pairs from their own table.

    A value that there is none of is null.
    """
    files = [data / folder / f"{scorer}.parquet" for folder in ("scores", "scores_made")]
    wanted = [field.name for field in tables.schema(files[0]) if _counted(field.type)]
    parts = [tables.read(f, wanted) for f in files if f.is_file() and _has(f, wanted)]
    table = pa.concat_tables(parts, promote_options="permissive").combine_chunks()
    key = wanted[0]
    place = pc.index_in(rows.column(key), value_set=table.column(key).combine_chunks())
    return table.drop_columns([key]).take(place.combine_chunks())


def _counted(kind: pa.DataType) -> bool:
    """Whether values of a type are numbers, words or yes and no."""
    return any(
        is_kind(kind)
        for is_kind in (kinds.is_integer, kinds.is_floating, kinds.is_string, kinds.is_boolean)
    )


def _has(file: Path, names: list[str]) -> bool:
    return set(names) <= set(tables.schema(file).names)


def _concepts(version: Version) -> pa.ChunkedArray | None:
    """The objects of the scene graphs of a version's pairs, each once for a pair."""
    if version.data is None:
        return None
    columns = ["uid", "kind", "lemma"]
    places = (version.data / "labels", version.data / "labels_made")
    files = labels.files("scene", "nodes", *places)
    if not all(file.is_file() and _has(file, columns) for file in files):
        return None
    nodes = labels.read("scene", "nodes", *places, columns)
    held = pc.is_in(nodes.column("uid"), value_set=version.rows.column("uid").combine_chunks())
    objects = nodes.filter(pc.and_(held, pc.equal(nodes.column("kind"), "object")))
    return objects.group_by(["uid", "lemma"]).aggregate([]).column("lemma")
