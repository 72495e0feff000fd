"""Pairs and folders of score tables in; any scorer's column beside each pair, by its name, out."""

import difflib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.dataset import tables
from curate.dataset.errors import ParamsError

OWN = "pairs"  # the table that columns of the set itself belong to


class Rows:
    """Some pairs and what scorers say of them.

    Args:
        pairs: of schema `sets.LOCATED`.
        scores: folder of `<scorer>.parquet`, each keyed by its first column.
        parents: the same for what the pairs were made from, or None.
    """

    def __init__(self, pairs: pa.Table, scores: Path, parents: Path | None = None) -> None:
        self.pairs = pairs
        self._scores = scores
        self._parents = parents

    def take(self, rows: np.ndarray) -> "Rows":
        """Some of these rows, by their numbers."""
        return Rows(self.pairs.take(pa.array(rows, pa.int64())), self._scores, self._parents)

    def column(self, name: str) -> pa.Array:
        """Values of `<scorer>.<column>` beside each pair, null where the scorer has none.

        Raises:
            ParamsError: there is no such table or column; says which there are.
        """
        scorer, _, column = name.partition(".")
        if scorer == OWN and column in self.pairs.column_names:
            return self.pairs.column(column).combine_chunks()
        key, table = self._table(self._scores, name)
        return _beside(self.pairs.column(key), table, key, column)

    def of_parents(self, name: str) -> pa.Array:
        """Values of a column for the pair that each was made from, null where there is none.

        Raises:
            ParamsError: as `column`; or no scores of parents were given; or they are not kept
                by pair.
        """
        if self._parents is None:
            raise ParamsError(f"a rule of_parent on {name} needs --parents (the pool's scores)")
        key, table = self._table(self._parents, name)
        if key != "uid":
            raise ParamsError(f"of_parent is for columns kept by pair; {name} is kept by {key}")
        return _beside(self.pairs.column("parent"), table, key, name.partition(".")[2])

    def _table(self, folder: Path, name: str) -> tuple[str, pa.Table]:
        scorer, _, column = name.partition(".")
        known = {file.stem: pq.read_schema(file).names for file in sorted(folder.glob("*.parquet"))}
        if column not in known.get(scorer, [])[1:]:
            listed = [f"{stem}.{column}" for stem, names in known.items() for column in names[1:]]
            listed += [f"{OWN}.{column}" for column in self.pairs.column_names]
            close = difflib.get_close_matches(name, listed, n=1)
            guess = f"; did you mean {close[0]!r}?" if close else ""
            raise ParamsError(f"no column {name!r} in {folder}{guess} (known: {', '.join(listed)})")
        key = known[scorer][0]
        return key, tables.read(folder / f"{scorer}.parquet", [key, column])


def _beside(keys: pa.ChunkedArray, table: pa.Table, key: str, column: str) -> pa.Array:
    place = pc.index_in(keys, value_set=table.column(key).combine_chunks()).combine_chunks()
    return table.column(column).combine_chunks().take(place)
