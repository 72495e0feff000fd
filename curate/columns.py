"""Pairs and folders of score tables in; any scorer's column beside each pair, by its name, out."""

import difflib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import tables
from curate.dataset.errors import ParamsError

OWN = "pairs"  # the table that columns of the set itself belong to


class Rows:
    """Some pairs and what scorers say of them.

    A table is read and joined to the pairs once, whatever rows are taken of them.

    Args:
        pairs: of schema `sets.LOCATED`.
        scores: folder of `<scorer>.parquet`, each keyed by its first column.
        parents: the same for what the pairs were made from, or None.
        more: a folder of further tables, for what `scores` has not, or None.
    """

    def __init__(
        self, pairs: pa.Table, scores: Path, parents: Path | None = None, more: Path | None = None
    ) -> None:
        self.pairs = pairs
        self._scores = scores
        self._parents = parents
        self._more = more
        self._whole: Rows | None = None  # what these rows were taken of
        self._numbers = pa.array([], pa.int64())  # of these rows in it
        self._columns: dict[tuple[str, str], pa.Array] = {}  # by key column and name
        self._places: dict[tuple[str, Path], pa.Array] = {}  # by key column and table

    def take(self, rows: np.ndarray) -> "Rows":
        """Some of these rows, by their numbers, ascending."""
        if len(rows) == self.pairs.num_rows:
            return self
        numbers = pa.array(rows, pa.int64())
        some = Rows(self.pairs.take(numbers), self._scores, self._parents, self._more)
        some._whole, some._numbers = self, numbers
        return some

    def column(self, name: str) -> pa.Array:
        """Values of `<scorer>.<column>` beside each pair, null where the scorer has none.

        Raises:
            ParamsError: there is no such table or column; says which there are.
        """
        scorer, _, column = name.partition(".")
        if scorer == OWN and column in self.pairs.column_names:
            return self.pairs.column(column).combine_chunks()
        if self._whole is not None:
            return self._whole.column(name).take(self._numbers)
        key, file = self._table(self._scores, name, self._more)
        return self._beside(key, key, file, column)

    def of_parents(self, name: str) -> pa.Array:
        """Values of a column for the pair that each was made from, null where there is none.

        Raises:
            ParamsError: as `column`; or no scores of parents were given; or they are not kept
                by pair.
        """
        if self._parents is None:
            raise ParamsError(f"a rule of_parent on {name} needs --parents (the pool's scores)")
        if self._whole is not None:
            return self._whole.of_parents(name).take(self._numbers)
        key, file = self._table(self._parents, name)
        if key != "uid":
            raise ParamsError(f"of_parent is for columns kept by pair; {name} is kept by {key}")
        return self._beside("parent", key, file, name.partition(".")[2])

    def _table(self, folder: Path, name: str, more: Path | None = None) -> tuple[str, Path]:
        """Key column and file of a scorer's table that has a column."""
        scorer, _, column = name.partition(".")
        files = [
            *(sorted(more.glob("*.parquet")) if more else []),
            *sorted(folder.glob("*.parquet")),
        ]
        places = {file.stem: file for file in files}
        known = {stem: tables.schema(file).names for stem, file in places.items()}
        if column not in known.get(scorer, [])[1:]:
            listed = [f"{stem}.{column}" for stem, names in known.items() for column in names[1:]]
            listed += [f"{OWN}.{column}" for column in self.pairs.column_names]
            close = difflib.get_close_matches(name, listed, n=1)
            guess = f"; did you mean {close[0]!r}?" if close else ""
            raise ParamsError(f"no column {name!r} in {folder}{guess} (known: {', '.join(listed)})")
        return known[scorer][0], places[scorer]

    def _beside(self, own: str, key: str, file: Path, column: str) -> pa.Array:
        """A table's column beside each pair, by the pairs' column that holds its keys."""
        if (own, file) not in self._places:
            keys = tables.read(file, [key]).column(key).combine_chunks()
            place = pc.index_in(self.pairs.column(own), value_set=keys)
            self._places[own, file] = place.combine_chunks()
        if (own, f"{file}.{column}") not in self._columns:
            values = tables.read(file, [column]).column(column).combine_chunks()
            self._columns[own, f"{file}.{column}"] = values.take(self._places[own, file])
        return self._columns[own, f"{file}.{column}"]
