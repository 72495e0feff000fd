"""Sources to one pool: what each source under `crawl.sources` offers becomes a set of pairs.

Sources are taken in the order of params.yaml; the first to bring a picture owns it, and what
later ones bring of it is rejected as a duplicate. A source that cannot be had is skipped and
named in the metrics.
"""

import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from curate.dataset import pixels
from curate.dataset.errors import ParamsError, SourceError
from curate.gather import Batch, gather
from curate.pool import Pool
from curate.stage import cluster, plugin
from curate.stage.params import build, parameters
from curate.stage.run import run

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


@parameters
class CrawlParams:
    """Where pairs come from and what a picture may be."""

    sources: dict[str, dict[str, Any]]  # name -> kind (file in curate/sources) and its Params
    max_pixels: int = pixels.MAX_PIXELS  # width x height of a picture
    max_bytes: int = 20_000_000  # of an encoded picture
    per_shard: int = 1024  # pictures in a tar, on average
    batch: int = 256  # items that a worker reads at a time
    max_rejected: float = 0.5  # share of a source's rows, duplicates aside; more is an error


def main(packages: Path, out: Path, params: CrawlParams) -> dict[str, Any]:
    """Crawl: (fetched packages, sources) -> a set of pairs and their pictures."""
    partial = out.absolute().with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "set").mkdir(parents=True)
    try:
        batches, skipped = _listed(packages, partial, params)
        weights = [len(batch.items) for batch in batches]
        limits = (params.max_pixels, params.max_bytes)
        gathered = cluster.map_shards(
            gather, batches, *limits, label="crawl", weights=weights, unit="items"
        )
        pool = Pool()
        for batch in gathered:
            pool.add(batch)
        pool.check(params.max_rejected)
        pool.write(partial / "set", params.per_shard)
        shutil.rmtree(out, ignore_errors=True)
        (partial / "set").rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return pool.figures() | {"skipped": skipped}


def _listed(
    packages: Path, partial: Path, params: CrawlParams
) -> tuple[list[Batch], dict[str, str]]:
    """The batches of every source that can be had; of the others, why they cannot."""
    kinds = {name: _kind(name, values) for name, values in params.sources.items()}
    batches: list[Batch] = []
    skipped: dict[str, str] = {}
    for name, (kind, own) in kinds.items():
        print(f"crawl: listing {name}", file=sys.stderr)
        spool = partial / f"spool-{name}"
        spool.mkdir()
        try:
            items = plugin.load("curate.sources", kind).items(own, packages, spool)
        except SourceError as error:
            skipped[name] = str(error)
            print(f"crawl: source {name} is skipped: {error}", file=sys.stderr)
            continue
        for start in range(0, len(items), params.batch):
            blob = spool / f"batch-{start}"
            batches.append(Batch(name, kind, own, items[start : start + params.batch], blob))
    if not batches:
        raise SourceError(f"no source of crawl.sources can be had: {skipped or 'none is given'}")
    return batches, skipped


def _kind(name: str, values: Mapping[str, Any]) -> tuple[str, Any]:
    """A source's kind and its parameters."""
    where = f"crawl.sources.{name}"
    if not _NAME.fullmatch(name):
        raise ParamsError(f"{where}: a source's name consists of a-z, 0-9, _ and -")
    own = dict(values)
    kind = str(own.pop("kind", name))
    return kind, build(plugin.load("curate.sources", kind).Params, own, where)


if __name__ == "__main__":
    run("curate.crawl", section="crawl")
