"""A snapshot of a gigabyte in; what writing it out costs beside copying the same bytes, out.

Pictures are noise of the size of photographs: what is in them costs nothing, copied or written. The
peer copies the snapshot's tars: to a folder by `cp`, then hashed by `sha256sum`, for `materialise`
hashes every picture and file; to a store by fsspec's `put`, which hashes nothing.
The store is Azurite on this machine where it is installed.

    materialise_<form>_wall         seconds of copying over seconds of writing out, to a folder
    materialise_<form>              the same of CPU seconds
    materialise_<form>_store_wall   seconds, to a store
"""

import contextlib
import os
import shutil
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks import _cost
from benchmarks._parts import Measured
from benchmarks._peer import ROOT
from curate.dataset import record, sets, shards, tables
from tests import _azurite
from tests._frozen import freeze

FORMS = ("webdataset", "huggingface", "parquet")
_PICTURES, _BYTES = 10_000, 100_000
_COPY = "set -e; mkdir -p {out}; cp {tars} {out}/; sha256sum {out}/*.tar >{out}/sums"
_PUT = (
    "import fsspec, glob, sys\n"
    "store, path = fsspec.core.url_to_fs(sys.argv[1])\n"
    "store.put([*glob.glob('data/pool/images/*.tar')], path + '/')"
)


def measure(repeats: int) -> Measured:
    """Copy a snapshot's bytes and write it out in every form, as often as asked."""
    folder = _snapshot().absolute()
    rows, ratios = [], {}
    with _store() as store:
        for where in ("folder", *(["store"] if store else [])):
            ours: dict[str, list[_cost.Cost]] = {form: [] for form in FORMS}
            theirs = []
            for _ in range(repeats):
                theirs.append(_copied(folder, where, store))
                for form in FORMS:
                    ours[form].append(_written(folder, form, where, store))
            rows += [_row("copying", where, cost) for cost in theirs]
            for form, costs in ours.items():
                rows += [_row(form, where, cost) for cost in costs]
                ratios.update(_ratios(form, where, theirs, costs))
    headings = ("what", "to", "wall s", "CPU s", "MB/s", "MB of memory")
    return Measured(headings, rows, ratios)


def _row(what: str, where: str, cost: _cost.Cost) -> list[object]:
    speed = _PICTURES * _BYTES / 1e6 / cost.wall
    return [what, where, cost.wall, cost.cpu, speed, cost.memory]


def _ratios(
    form: str, where: str, theirs: list[_cost.Cost], ours: list[_cost.Cost]
) -> dict[str, dict[str, float]]:
    name = f"materialise_{form}" + ("_store" if where == "store" else "")
    wall = _cost.ratios([c.wall for c in theirs], [c.wall for c in ours])
    cpu = _cost.ratios([c.cpu for c in theirs], [c.cpu for c in ours])
    return {f"{name}_wall": wall} if where == "store" else {f"{name}_wall": wall, name: cpu}


def _copied(folder: Path, where: str, store: str) -> _cost.Cost:
    """What copying the tars costs."""
    if where == "store":
        code = [sys.executable, "-c", _PUT, f"{store}/{uuid.uuid4().hex}"]
        return _cost.measured(["env", "-C", str(folder), *code])
    shutil.rmtree(folder / "copy", ignore_errors=True)
    script = _COPY.format(out="copy", tars="data/pool/images/*.tar")
    cost = _cost.measured(["env", "-C", str(folder), "bash", "-c", script])
    shutil.rmtree(folder / "copy")
    return cost


def _written(folder: Path, form: str, where: str, store: str) -> _cost.Cost:
    """What writing the snapshot out costs."""
    out = f"{store}/{uuid.uuid4().hex}" if where == "store" else "out"
    shutil.rmtree(folder / "out", ignore_errors=True)
    code = "from curate.stage.commands import main; main()"
    command = [sys.executable, "-c", code, "materialise", "data/snapshot", out, "--form", form]
    environment = {"PYTHONPATH": str(Path.cwd())}
    cost = _cost.measured(["env", "-C", str(folder), *command], environment)
    shutil.rmtree(folder / "out", ignore_errors=True)
    return cost


@contextlib.contextmanager
def _store() -> Iterator[str]:
    """URL of a container on a store; empty where none is installed."""
    if shutil.which(_azurite.PROGRAM) is None:
        print(f"bench: {_azurite.PROGRAM} is missing, no store is measured", file=sys.stderr)
        yield ""
        return
    from adlfs import AzureBlobFileSystem

    served = (ROOT / "azurite").absolute()
    shutil.rmtree(served, ignore_errors=True)
    served.mkdir(parents=True)
    with _azurite.serving(served) as connection:
        os.environ["AZURE_STORAGE_CONNECTION_STRING"] = connection
        AzureBlobFileSystem(connection_string=connection).mkdir("bench")
        yield "az://bench"
    shutil.rmtree(served)


def _snapshot() -> Path:
    """A folder with a pool of noise and its snapshot, made once."""
    folder = ROOT / "materialise"
    if (folder / "data/snapshot/snapshot.json").is_file():
        return folder
    print(f"bench: making {_PICTURES} pictures in {folder}", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with contextlib.chdir(folder):
        _freeze()
    return folder


def _freeze() -> None:
    random = np.random.default_rng(0)
    pictures = (random.bytes(_BYTES) for _ in range(_PICTURES))
    named = {record.image_name(data): data for data in pictures}
    members = [(name, "jpg", data) for name, data in sorted(named.items())]
    pool = Path("data/pool")
    places = shards.write(pool, "noise", members, per_shard=1000)
    rows = [
        {
            **{"uid": record.pair_uid(name, "en", "noise"), "image": name, "caption": "noise"},
            **{"lang": "en", "source": "noise", "licence": "CC0-1.0", "width": 640, "height": 480},
            **places[name]._asdict(),
            **dict.fromkeys(("url", "page", "parent", "recipe")),
        }
        for name in named
    ]
    pairs = pa.Table.from_pylist(rows, record.PAIRS)
    tables.write(pairs, pool / sets.PAIRS_FILE, "uid", record.PAIRS)
    rulings = [
        {**{"uid": row["uid"], "kept": True, "reason": "none", "failed": [], "margins": []}}
        for row in rows
    ]
    decided = pa.Table.from_pylist(rulings, record.DECISIONS)
    tables.write(decided, Path("data/decisions/pool.parquet"), "uid", record.DECISIONS)
    split = [{"image": name, "split": "train", "group": name} for name in named]
    split_table = pa.Table.from_pylist(split, record.SPLITS)
    tables.write(split_table, Path("data/split.parquet"), "image", record.SPLITS)
    sheet = {"description": "Noise.", "creator": "Pairwright", "url": "https://pairwright.invalid"}
    sheet |= {"cite_as": "none", "date_published": "2026-01-01"}
    values = {"name": "noise", "version": "0.1.0", "datasheet": sheet}
    freeze(values)
