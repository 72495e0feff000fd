"""What a crawl leaves while it works, so that one which was killed goes on where it was.

    <out's folder>/.<out's name>.partial/
        batches/     answers of the batches that are done: `<source>-<first item>-<fingerprint>`
        spool-*/     what the sources keep for themselves, named by source and parameters
        set/         the set in the making
        times.parquet  when each item was fetched: it goes to `<out's name>.times.parquet`
        old/         the set before, between the two renames that exchange them
        ask-again    a crawl ended with an error: what could not be fetched is asked for again

A batch is named by all that its answers depend on (see `curate.names`); what is there under
another name is removed. After a crawl the answers, without the pictures, and what sources kept stay
in the memory (see `curate.dataset.memory`), so that what failed can be asked for alone.
"""

import contextlib
import shutil
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import pyarrow as pa
from upath import UPath

from curate import answers, beside
from curate.dataset import files, memory, sets, tables
from curate.dataset.errors import DataError, SourceError
from curate.names import code
from curate.sources import KEPT
from curate.stage.alone import alone

P = TypeVar("P", Path, UPath)


class Partial(Generic[P]):
    """What lies beside `out` while a crawl works, in a folder or on a store.

    Args:
        out: the set that is wanted.
        spools: takes the folders of the sources.
    """

    def __init__(self, out: P, spools: Path) -> None:
        self.out: P = out
        self.root: P = _beside(out)
        self.batches: P = self.root / "batches"
        self._again: P = self.root / "ask-again"
        self._spools = spools
        self._kept = memory.DEFAULT_ROOT / "crawl" / memory.fingerprint(str(out))

    def spool(self, source: str, *depends: Any) -> Path:
        """Folder of a source, with what a killed crawl of the same parameters left there."""
        folder = self._spools / f"spool-{source}-{memory.fingerprint(code(), *depends)[:16]}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def recall_spools(self) -> None:
        """Bring back what sources kept of the crawl before, unless a later one has begun."""
        for folder in self._kept.glob(f"spool-*/{KEPT}"):
            here = self._spools / folder.relative_to(self._kept)
            if not here.exists():
                copy = here.with_name("copy")
                shutil.rmtree(copy, ignore_errors=True)
                shutil.copytree(folder, copy)
                copy.rename(here)

    def keep_only(self, tables_: Collection[files.Place], spools: Collection[Path]) -> None:
        """Remove what belongs to other inputs.

        Args:
            tables_: of the batches that there are now.
            spools: folders of the sources that there are now.
        """
        names = {table.stem for table in tables_}
        for file in self.batches.glob("*"):
            if file.name.partition(".")[0] not in names:
                file.unlink()
        for folder in self._spools.glob("spool-*"):
            if folder not in spools:
                shutil.rmtree(folder)

    def recall(self, tables_: Sequence[files.Place]) -> int:
        """Bring back the answers of the crawl that `out` is of; gives how many batches.

        Args:
            tables_: of the batches that there are now; those that are there are left alone.

        Raises:
            SourceError: no such crawl is known.
        """
        try:
            pairs = tables.read(self.out / sets.PAIRS_FILE, ["image", "shard", "offset", "size"])
        except DataError as error:
            raise SourceError(
                f"nothing to ask for again: {error}; crawl without --retry"
            ) from error
        places = {row.pop("image"): row for row in pairs.to_pylist()}
        others = beside.places(self.out)
        recalled = 0
        for table in tables_:
            kept = self._kept / table.name
            if table.is_file() or not kept.is_file():
                continue
            rows = tables.read(kept)
            found = [places.get(name) or {} for name in rows.column("image").to_pylist()]
            shards = [str(self.out / row["shard"]) if row else None for row in found]
            columns = {"blob": shards} | {n: [r.get(n) for r in found] for n in ("offset", "size")}
            for name, values in columns.items():
                field = answers.SCHEMA.field(name)
                rows = rows.set_column(
                    rows.schema.get_field_index(name), field, pa.array(values, field.type)
                )
            if (rows := beside.recalled(rows, others)) is not None:
                answers.write_table(rows, table)
                recalled += 1
        return recalled

    def _keep_spools(self) -> None:
        for folder in self._spools.glob(f"spool-*/{KEPT}"):
            place = self._kept / folder.relative_to(self._spools)
            place.parent.mkdir()
            shutil.move(folder, place.with_name("moved"))
            place.with_name("moved").rename(place)

    @property
    def ask_again(self) -> bool:
        """Whether an earlier crawl of these batches ended with an error."""
        return self._again.exists()

    def failed(self) -> None:
        """The next crawl asks again for what could not be fetched."""
        self._again.touch()


class Folder(Partial[Path]):
    """The folder beside `out` in which a crawl works.

    Args:
        out: the set that is wanted.
    """

    def __init__(self, out: Path) -> None:
        out = out.absolute()
        super().__init__(out, _beside(out))
        self.times = self.root / "times.parquet"
        self._set = self.root / "set"
        self._old = self.root / "old"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep the folder for this process, put right what a killed one left.

        Raises:
            BusyError: another crawl works there.
        """
        self.batches.mkdir(parents=True, exist_ok=True)
        with alone(self.root, self.out):
            if self._old.is_dir() and not self.out.exists():
                self._old.rename(self.out)
            for folder in (self._old, self._set):
                shutil.rmtree(folder, ignore_errors=True)
            for file in self.batches.glob(".*.partial"):
                file.unlink(missing_ok=True)
            try:
                yield
            finally:
                if not any(path.is_file() for path in self.root.rglob("*")):
                    shutil.rmtree(self.root, ignore_errors=True)

    def open_set(self) -> Path:
        """Folder that the set is to be written to."""
        return self._set

    def exchange(self) -> None:
        """Put the set in its place; the one before stays in the folder."""
        if self.out.exists():
            self.out.rename(self._old)
        self._set.rename(self.out)

    def clear_old(self) -> None:
        """Remove the set that was there before."""
        shutil.rmtree(self._old, ignore_errors=True)

    def publish(self, tables_: Sequence[files.Place]) -> None:
        """Put the set in its place, keep its answers, remove the rest.

        Args:
            tables_: of the batches.
        """
        self.exchange()
        times = self.out.with_name(f"{self.out.name}.times.parquet")
        if self.times.exists():
            self.times.rename(times)
        else:
            times.unlink(missing_ok=True)
        shutil.rmtree(self._kept, ignore_errors=True)
        self._kept.mkdir(parents=True)
        for table in tables_:
            shutil.move(str(table), self._kept / table.name)
        self._keep_spools()
        shutil.rmtree(self.root, ignore_errors=True)


def _beside(out: P) -> P:
    return out.with_name(f".{out.name}.partial")
