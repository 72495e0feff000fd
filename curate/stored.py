"""What a crawl to a store leaves while it works: as `curate.restart` has it, beside `out` there.

    <out's folder>/.<out's name>.partial/
        batches/     as in a folder; the workers put them there
        lock         who works there, see `curate.lease`
        ask-again    as in a folder
        before/      tables of the set, while some of it is taken out; `whole` says that all are
    .pairwright/memory/spool/<out>/   what the sources keep for themselves, on this machine

A store renames no folder, so the set is written in its place: tars, whose names say what is in
them, beside those of the set before; then its tables, `pairs.parquet` last; then the tars that no
table names are removed. Whoever reads a set by its pairs finds the old one or the new one, never
a torn one; the other tables are of the new set a moment before. What is taken out of a set is
found in its tables, so they are kept until all is done, and put back where that was killed.
"""

import contextlib
import shutil
from collections.abc import Iterator, Sequence

from upath import UPath

from curate import beside
from curate.dataset import files, memory, sets, shards, tables
from curate.dataset.errors import SourceError
from curate.lease import Lease
from curate.restart import Partial


class Stored(Partial[UPath]):
    """The folder on a store, beside `out`, in which a crawl works.

    Args:
        out: the set that is wanted.

    Raises:
        SourceError: `out` is a whole store, with nothing beside it.
    """

    def __init__(self, out: UPath) -> None:
        if not out.name:
            raise SourceError(f"{out} is a whole store; name a folder on it, e.g. {out}/pool")
        spools = memory.DEFAULT_ROOT.absolute() / "spool" / memory.fingerprint(str(out))
        super().__init__(out, spools)
        self.times = out.with_name(f"{out.name}.times.parquet")
        self._before = self.root / "before"
        self._whole = self._before / "whole"
        self._lease = Lease(self.root / "lock", str(out))

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep the folder for this process.

        Raises:
            SourceError: another crawl works there.
        """
        with self._lease.held():
            if self._whole.exists():
                for file in self._before.glob("*.parquet"):
                    _put(file, self.out / file.name)
            self._drop_tables()
            yield

    def open_set(self) -> UPath:
        """Folder that the set is to be written to: its place.

        Raises:
            SourceError: another crawl took over.
        """
        self._lease.check()
        return self.out

    def keep_tables(self) -> None:
        """Keep a copy of the set's tables until `exchange`."""
        for file in self.out.glob("*.parquet"):
            _put(file, self._before / file.name)
        self._whole.touch()

    def exchange(self) -> None:
        """Take the set as it is now for the true one."""
        self._lease.check()
        self._drop_tables()

    def _drop_tables(self) -> None:
        self._whole.unlink(missing_ok=True)  # first: what is not whole is not put back
        for file in self._before.glob("*.parquet"):
            file.unlink()

    def clear_old(self) -> None:
        """Remove the tars that no table names."""
        pairs = tables.read(self.out / sets.PAIRS_FILE, ["shard"])
        named = {*pairs.column("shard").to_pylist(), *beside.tars(self.out)}
        for folder in shards.FOLDERS:
            for tar in (self.out / folder).glob("*.tar"):
                if f"{folder}/{tar.name}" not in named:
                    tar.unlink()

    def publish(self, tables_: Sequence[files.Place]) -> None:
        """Keep the answers, remove the rest and what the set before had.

        Args:
            tables_: of the batches.
        """
        shutil.rmtree(self._kept, ignore_errors=True)
        self._kept.mkdir(parents=True)
        for table in tables_:
            (self._kept / table.name).write_bytes(table.read_bytes())
        self._keep_spools()
        self._again.unlink(missing_ok=True)
        for file in self.batches.glob("*"):
            file.unlink()
        self.clear_old()
        shutil.rmtree(self._spools, ignore_errors=True)


def _put(file: UPath, place: UPath) -> None:
    partial = files.partial(place)
    partial.write_bytes(file.read_bytes())
    files.settle(partial, place)
