"""Web archives, one or many, to what a scan of each gives; many are read by many workers."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from curate.sources._paths import located
from curate.stage import cluster

Scan = TypeVar("Scan")


def scans(
    scan: Callable[..., Scan], path: str, endings: Sequence[str], params: Any, folder: Path
) -> list[Scan]:
    """What `scan` gives of each archive, in the order of their names.

    Args:
        scan: called with (archive, file for what it finds), the parameters, and, where there is
            one archive alone, a function to be called for every record.
        path: archive, folder of them, or pattern; or a URL.
        endings: of archives in folders.
        params: of the source.
        folder: takes the files, `<number>.parquet`.

    Raises:
        SourceError: there is no such archive.
    """
    archives = located(path, endings)
    work = [(archive, folder / f"{number:06}.parquet") for number, archive in enumerate(archives)]
    if len(work) > 1:
        return cluster.map_shards(scan, work, params, label="crawl archives", unit="archives")
    with cluster.progress(None, "crawl archive", "records") as bar:
        return [scan(work[0], params, bar.update)]
