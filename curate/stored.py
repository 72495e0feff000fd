"""What a crawl to a store leaves while it works: as `curate.restart` has it, beside `out` there.

    <out's folder>/.<out's name>.partial/
        batches/     as in a folder; the workers put them there
        lock         who works there, see `curate.lease`
        ask-again    as in a folder
    .pairwright/memory/spool/<out>/   what the sources keep for themselves, on this machine

A store renames no folder, so the set is written in its place: tars, whose names say what is in
them, beside those of the set before; then its tables, `pairs.parquet` last; then the tars that no
table names are removed. Whoever reads a set by its pairs finds the old one or the new one, never
a torn one; the other tables are of the new set a moment before.
"""

import contextlib
import shutil
from collections.abc import Iterator, Sequence

from upath import UPath

from curate import audio
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
        self._lease = Lease(self.root / "lock", str(out))

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep the folder for this process.

        Raises:
            SourceError: another crawl works there.
        """
        with self._lease.held():
            yield

    def open_set(self) -> UPath:
        """Folder that the set is to be written to: its place.

        Raises:
            SourceError: another crawl took over.
        """
        self._lease.check()
        return self.out

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
        pairs = tables.read(self.out / sets.PAIRS_FILE, ["shard"])
        named = {*pairs.column("shard").to_pylist(), *audio.tars(self.out)}
        for folder in (shards.IMAGES, shards.AUDIO):
            for tar in (self.out / folder).glob("*.tar"):
                if f"{folder}/{tar.name}" not in named:
                    tar.unlink()
        shutil.rmtree(self._spools, ignore_errors=True)
