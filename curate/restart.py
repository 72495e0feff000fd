"""What a crawl leaves while it works, so that one which was killed goes on where it was.

    <out's folder>/.<out's name>.partial/
        batches/     answers of the batches that are done: `<source>-<first item>-<fingerprint>`
        spool-*/     what the sources keep for themselves, named by source and parameters
        set/         the set in the making
        times.parquet  when each item was fetched: it goes to `<out's name>.times.parquet`
        old/         the set before, between the two renames that exchange them
        ask-again    a crawl ended with an error: what could not be fetched is asked for again

A batch is named by all that its answers depend on: its source's parameters, its items with the
files that they name, the checks, and the code. What is there under another name is removed. After
a crawl the answers, without the pictures, and what sources kept stay in the memory (see
`curate.dataset.memory`), so that what could not be fetched can be asked for alone.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from curate import answers
from curate.dataset import memory, sets, tables
from curate.dataset.errors import DataError, SourceError
from curate.sources import KEPT

_CODE = Path(__file__).parent


class Partial:
    """The folder beside `out` in which a crawl works.

    Args:
        out: the set that is wanted.
    """

    def __init__(self, out: Path) -> None:
        self.out = out.absolute()
        self.root = self.out.with_name(f".{out.name}.partial")
        self.batches = self.root / "batches"
        self.set = self.root / "set"
        self.times = self.root / "times.parquet"
        self._old = self.root / "old"
        self._again = self.root / "ask-again"
        self._kept = memory.DEFAULT_ROOT / "crawl" / memory.fingerprint(str(self.out))

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep the folder for this process, put right what a killed one left.

        Raises:
            SourceError: another crawl works there.
        """
        self.batches.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.root, os.O_RDONLY)
        try:
            _lock(handle, self.out)
            if self._old.is_dir() and not self.out.exists():
                self._old.rename(self.out)
            for folder in (self._old, self.set):
                shutil.rmtree(folder, ignore_errors=True)
            for file in self.batches.glob(".*.partial"):
                file.unlink(missing_ok=True)
            yield
        finally:
            if not any(path.is_file() for path in self.root.rglob("*")):
                shutil.rmtree(self.root, ignore_errors=True)
            os.close(handle)

    def spool(self, source: str, *depends: Any) -> Path:
        """Folder of a source, with what a killed crawl of the same parameters left there."""
        folder = self.root / f"spool-{source}-{memory.fingerprint(code(), *depends)[:16]}"
        folder.mkdir(exist_ok=True)
        return folder

    def recall_spools(self) -> None:
        """Bring back what sources kept of the crawl before, unless a later one has begun."""
        for folder in self._kept.glob(f"spool-*/{KEPT}"):
            here = self.root / folder.relative_to(self._kept)
            if not here.exists():
                copy = here.with_name("copy")
                shutil.rmtree(copy, ignore_errors=True)
                shutil.copytree(folder, copy)
                copy.rename(here)

    def keep_only(self, tables_: Collection[Path], spools: Collection[Path]) -> None:
        """Remove what belongs to other inputs.

        Args:
            tables_: of the batches that there are now.
            spools: folders of the sources that there are now.
        """
        names = {table.stem for table in tables_}
        for file in self.batches.iterdir():
            if file.name.partition(".")[0] not in names:
                file.unlink()
        for folder in self.root.glob("spool-*"):
            if folder not in spools:
                shutil.rmtree(folder)

    def recall(self, tables_: Sequence[Path]) -> int:
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
            answers.write_table(rows, table)
            recalled += 1
        return recalled

    @property
    def ask_again(self) -> bool:
        """Whether an earlier crawl of these batches ended with an error."""
        return self._again.exists()

    def failed(self) -> None:
        """The next crawl asks again for what could not be fetched."""
        self._again.touch()

    def publish(self, tables_: Sequence[Path]) -> None:
        """Put the set in its place, keep its answers, remove the rest.

        Args:
            tables_: of the batches.
        """
        if self.out.exists():
            self.out.rename(self._old)
        self.set.rename(self.out)
        times = self.out.with_name(f"{self.out.name}.times.parquet")
        if self.times.exists():
            self.times.rename(times)
        else:
            times.unlink(missing_ok=True)
        shutil.rmtree(self._kept, ignore_errors=True)
        self._kept.mkdir(parents=True)
        for table in tables_:
            shutil.move(table, self._kept / table.name)
        for folder in self.root.glob(f"spool-*/{KEPT}"):
            place = self._kept / folder.relative_to(self.root)
            place.parent.mkdir()
            shutil.move(folder, place.with_name("moved"))
            place.with_name("moved").rename(place)
        shutil.rmtree(self.root, ignore_errors=True)


def _lock(handle: int, out: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SourceError(f"another crawl is writing {out}; let it end first") from None


class Names:
    """Names of batches, by all that their answers depend on.

    Args:
        checks: of every picture, JSON-like.
    """

    def __init__(self, *checks: Any) -> None:
        self._depends = (code(), *checks)
        self._stats: dict[Path, dict[str, list[tuple[str, int, int]]]] = {}

    def name(self, source: str, start: int, items: Sequence[Any], *depends: Any) -> str:
        """Name of a batch.

        Args:
            source: its name under crawl.sources.
            start: number of its first item.
            items: of the batch; asked for a `fingerprint()` of their content if they have one.
            depends: kind and parameters, JSON-like.
        """
        own = items.fingerprint() if hasattr(items, "fingerprint") else self._content(items)
        print_ = memory.fingerprint(own, *self._depends, *depends)
        return f"{source}-{start:09}-{print_}"

    def _content(self, items: Sequence[Any]) -> str:
        digest = hashlib.sha256()
        for item in items:
            digest.update(repr(item).encode("utf-8", "surrogatepass"))
            for file in _files(item):
                digest.update(repr(self._beside(file)).encode())
        return digest.hexdigest()

    def _beside(self, file: Path) -> list[tuple[str, int, int]]:
        """Name, size and time of change of a file and those of the same stem beside it."""
        if file.parent not in self._stats:
            found: dict[str, list[tuple[str, int, int]]] = {}
            with contextlib.suppress(OSError), os.scandir(file.parent) as entries:
                for entry in sorted(entries, key=lambda entry: entry.name):
                    state = (entry.name, entry.stat().st_size, entry.stat().st_mtime_ns)
                    found.setdefault(Path(entry.name).stem, []).append(state)
            self._stats[file.parent] = found
        return self._stats[file.parent].get(file.stem, [])


def code() -> str:
    """Fingerprint of the code that answers are made by."""
    folders = (_CODE.glob("*.py"), *((_CODE / n).rglob("*.py") for n in ("sources", "dataset")))
    return memory.fingerprint(*sorted(file for folder in folders for file in folder))


def _files(item: Any) -> Iterator[Path]:
    if isinstance(item, Path):
        yield item
    elif isinstance(item, tuple):
        for part in item:
            yield from _files(part)
