"""Sources to one pool: what each source under `crawl.sources` offers becomes a set of pairs.

Sources are taken in the order of params.yaml; the first to bring a picture owns it, and what
later ones bring of it is rejected as a duplicate. A source that cannot be had is skipped and
named in the metrics. A crawl that was killed goes on where it was when it is started again;
`--retry` asks once more for what could not be fetched, and for nothing else.
"""

import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from curate import answers, forgotten, ledger, watched
from curate.blocklist import Blocklist, BlocklistParams
from curate.dataset import credentials, files, pixels, tables
from curate.dataset.credentials import redacted
from curate.dataset.errors import EmptySetError, ParamsError, RejectsError, SourceError
from curate.drawings import Drawings
from curate.gather import Batch, Checks, gather
from curate.guard import Guard
from curate.media import AudioParams, VideoParams
from curate.names import Names
from curate.packed import Packed
from curate.pool import Pool
from curate.resize import Resize
from curate.restart import Folder
from curate.stage import cluster, heap, plugin
from curate.stage.params import as_dict, build, parameters
from curate.stage.run import run
from curate.stored import Stored

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_SHARES = 12  # a batch has this part of the URLs that are left,
_BATCHES = 128  # and no less than this part of all


@parameters
class CrawlParams:
    """Where pairs come from and what a picture may be."""

    sources: dict[str, dict[str, Any]]  # name -> kind (file in curate/sources) and its Params
    reads: str | None = None  # what else the stage depends on: files of sources
    max_pixels: int = pixels.MAX_PIXELS  # width x height of a picture
    max_bytes: int = 20_000_000  # of an encoded picture
    blocklist: BlocklistParams = BlocklistParams()  # pictures that must not be taken
    guard: Guard = Guard()  # pictures that are no longer what their source says
    resize: Resize | None = None  # how pictures are stored; None: as they were found
    svg: Drawings = Drawings()  # how drawings become pictures
    audio: AudioParams = AudioParams()  # what is taken beside pictures
    video: VideoParams = VideoParams()
    per_shard: int = 1024  # pictures, or files of what lies beside them, in a tar, on average
    batch: int = 256  # items that a worker reads at a time
    fetch_batch: int = 1024  # URLs that a worker fetches at a time, at most
    max_rejected: float = 0.5  # share of a source's rows but duplicates and media; more is an error
    retry: tuple[str, ...] = (  # reasons, as patterns, that --retry asks again for
        *("no answer", "too slow", "asked to wait", "robots.txt", "error"),
        *("http 408", "http 425", "http 429", "http 5??"),
    )


def main(
    packages: Path, out: files.Place, params: CrawlParams, retry: bool = False
) -> dict[str, Any]:
    """Crawl: (fetched packages, sources) -> a set of pairs and their pictures."""
    heap.lean()
    kinds = {name: kind_of(name, values) for name, values in params.sources.items()}
    watched.warn(params, kinds, packages)
    checks = Checks(
        max_pixels=params.max_pixels,
        max_bytes=params.max_bytes,
        blocklist=Blocklist(params.blocklist),
        guard=params.guard,
        resize=params.resize,
        svg=params.svg,
        audio=params.audio,
        video=params.video,
        forgotten=forgotten.read(),
    )
    partial = Folder(out) if isinstance(out, Path) else Stored(out)
    with partial.locked():
        again = params.retry if retry or partial.ask_again else ()
        if retry:
            partial.recall_spools()
        batches, skipped = _listed(packages, partial, params, kinds, checks, again)
        done = [batch.path for batch in batches]
        if retry:
            known = partial.recall(done)
            print(f"crawl: {known} of {len(done)} batches are those of {out}", file=sys.stderr)
        fetching = any(batch.fetched for batch in batches)
        # while one of a worker's batches waits for its slowest URL the other goes on
        with cluster.client(threads=2 if fetching else 1):
            pool = Pool(_gather(batches, checks, again))
            try:
                pool.check(params.max_rejected)
            except (RejectsError, EmptySetError):
                partial.failed()
                raise
            root = partial.open_set()
            places = pool.pack(root, params.per_shard)
        pool.write(root, places)  # now that the workers' memory is free
        ledger.write_times(pool.answers, partial.times)
        listed = sum(len(batch.items) for batch in batches)
        fetched = tables.read(root / ledger.FILE)
        counts = ledger.figures(fetched, listed, pool.answers.num_rows)
        account = ledger.account(counts)
        partial.publish(done)
    print(f"crawl: {account}", file=sys.stderr)
    return pool.figures() | {"ledger": counts, "skipped": skipped}


def _gather(batches: Sequence[Batch], checks: Checks, again: Sequence[str]) -> pa.Table:
    """What all batches give, in their order, with the source of each row."""
    done = sum(batch.path.is_file() for batch in batches)
    if done:
        print(f"crawl: {done} of {len(batches)} batches are there already", file=sys.stderr)
    parts = cluster.map_shards(
        gather,
        batches,
        checks,
        tuple(again),
        label="crawl",
        weights=[len(batch.items) for batch in batches],
        unit="items",
        then=_answers,
    )
    heap.trim()
    return answers.concat(parts)


def _answers(batch: Batch, _: None) -> pa.Table:
    rows = tables.read(batch.path)
    source = pa.array([batch.source] * rows.num_rows, pa.string())
    blobs = rows.column("blob").dictionary_encode()  # few, and long
    rows = rows.set_column(rows.schema.get_field_index("blob"), "blob", blobs)
    return rows.append_column("source", source)


def _listed(
    packages: Path,
    partial: Folder | Stored,
    params: CrawlParams,
    kinds: Mapping[str, tuple[str, Any]],
    checks: Checks,
    again: Sequence[str],
) -> tuple[list[Batch], dict[str, str]]:
    """The batches of every source that can be had; of the others, why they cannot.

    What was refused for one of the reasons in `again`, patterns, is asked for again.
    """
    names = Names(checks.as_dict())
    batches: list[Batch] = []
    skipped: dict[str, str] = {}
    spools: list[Path] = []
    for name, (kind, own) in kinds.items():
        print(f"crawl: listing {name}", file=sys.stderr)
        depends = (kind, as_dict(own))
        spools.append(partial.spool(name, *depends))
        module = plugin.load("curate.sources", kind)
        keeps = hasattr(module, "forget")
        if again and keeps:
            module.forget(spools[-1], again)
        try:
            forbids = (checks.forbids_files,) if keeps else ()
            items = module.items(own, packages, spools[-1], *forbids)
        except SourceError as error:
            skipped[name] = redacted(str(error))
            print(f"crawl: source {name} is skipped: {skipped[name]}", file=sys.stderr)
            continue
        fetched = hasattr(module, "read_all")
        for part in parts(len(items), params, fetched):
            some = items[part]
            stem = names.name(name, part.start, some, *depends)
            path = partial.batches / f"{stem}.parquet"
            batches.append(Batch(name, kind, own, Packed(some), path, fetched))
        del items  # the next source's need their room
    if not batches:
        raise SourceError(f"no source of crawl.sources can be had: {skipped or 'none is given'}")
    partial.keep_only([batch.path for batch in batches], spools)
    return batches, skipped


def parts(count: int, params: CrawlParams, fetched: bool) -> Iterator[slice]:
    """The items of each batch; those of URLs become smaller, so that all workers end together."""
    start = 0
    while start < count:
        size = params.batch
        if fetched:
            size = max(math.ceil((count - start) / _SHARES), math.ceil(count / _BATCHES))
            size = min(size, params.fetch_batch)
        yield slice(start, start + size)
        start += size


def kind_of(name: str, values: Mapping[str, Any]) -> tuple[str, Any]:
    """A source's kind and its parameters, as its section of params.yaml says them."""
    where = f"crawl.sources.{name}"
    if not _NAME.fullmatch(name):
        raise ParamsError(f"{where}: a source's name consists of a-z, 0-9, _ and -")
    if told := credentials.places(dict(values), where):
        raise ParamsError(
            f"{' and '.join(told)}: a URL with a password, a key or a signature, which dvc.lock, "
            "git and every snapshot would keep; give it to the file system through the "
            "environment (AWS_ACCESS_KEY_ID, AZURE_STORAGE_CONNECTION_STRING, ...), or fetch the "
            "file yourself and name it"
        )
    own = dict(values)
    kind = str(own.pop("kind", name))
    return kind, build(plugin.load("curate.sources", kind).Params, own, where)


if __name__ == "__main__":
    run("curate.crawl", section="crawl")
