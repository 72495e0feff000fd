"""Made pairs in; the same pairs, made again from their recipes and their parents' bytes, out.

A recipe names its method, a file of `augment/methods`. One that makes pictures holds

    def remake(recipe: Mapping[str, Any], parents: Sequence[bytes], context: Context) -> bytes

and one that makes captions

    def recaption(recipe: Mapping[str, Any], captions: Sequence[str]) -> str

One whose captions are told of what a picture shows takes its bytes, too, as `picture`, one whose
words depend on the language that of the made pair, as `lang`. All get the parents in their order.
`context.training` holds these parents alone, and what a recipe needs besides (a model's folder) it
names with its hash.
"""

import functools
import importlib.metadata
import inspect
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from augment.made import METHODS, Context
from curate.dataset import overlay, parents, record, sets, shards, tables
from curate.dataset.errors import DataError, PairwrightError, ParamsError, PluginError
from curate.stage import params as parameter_file
from curate.stage import plugin

Row = dict[str, Any]
_SHOWN = 5  # uids in a message


@dataclass(frozen=True)
class Project:
    """Where the pipeline leaves what is made and what it is made from."""

    data: Path  # folder of the tables
    params: Path  # params file; its section make.<method> says what a method reads

    @property
    def made(self) -> Path:
        """The folder of made sets.

        Raises:
            DataError: there is none.
        """
        if not sets.any_in(self.data / "made"):
            raise DataError(f"no made set in {self.data / 'made'}; the stage make writes them")
        return self.data / "made"


@dataclass(frozen=True)
class Again:
    """A pair that was made again.

    Attributes:
        pair: as the set has it, schema `sets.LOCATED`.
        parents: the pairs that it was made from, in their order.
        data: the picture's encoded bytes, as they came out now.
        caption: as it came out now; None where the method does not tell it again.
        differs: what is not as in the set, in words; empty where all is.
    """

    pair: Row
    parents: Sequence[Row]
    data: bytes
    caption: str | None
    differs: Sequence[str]


def find(uid: str, project: Project) -> str:
    """The uid of the made pair whose uid is, or begins with, what is given.

    Raises:
        DataError: no made pair, or more than one, has such a uid; a crawled one may.
    """
    made = sets.located([project.made]).column("uid")
    found = made.filter(pc.starts_with(made, uid)).to_pylist()
    if len(found) == 1:
        return str(found[0])
    if found:
        listed = ", ".join(found[:_SHOWN])
        raise DataError(f"{len(found):,} made pairs begin with {uid!r}: {listed}; give more of it")
    pool = sets.located([project.data / "pool"]).select(["uid", "url"])
    for row in pool.filter(pc.starts_with(pool.column("uid"), uid)).slice(0, 1).to_pylist():
        raise DataError(f"{row['uid']} was not made: the crawl found it at {row['url']}")
    raise DataError(
        f"no pair has a uid that begins with {uid!r}: of made ones there are {len(made):,}; "
        "`pairwright why` tells of a pair, and the uids are in pairs.parquet of every made set"
    )


def sample(project: Project, count: int | None) -> dict[str, list[str]]:
    """Method -> uids of its pairs, picture by picture; or of so many of the lowest uid, a hash."""
    rows = sets.located([project.made]).select(["uid", "image", "source"])
    found: dict[str, list[str]] = {}
    for row in rows.sort_by("uid" if count else "image").to_pylist():
        found.setdefault(row["source"], []).append(row["uid"])
    return {source: found[source][:count] for source in sorted(found)}


def again(uids: Sequence[str], project: Project) -> Iterator[Again | PairwrightError]:
    """Make some pairs again, or say why one cannot be.

    Args:
        uids: of made pairs.
        project: where they lie.
    """
    made = sets.located([project.made])
    of = parents.by_pair(parents.of_sets([project.made]))
    wanted = sorted({parent for uid in uids for parent in of.get(uid, ())})
    given = _parents(wanted, made, project)
    rows = {row["uid"]: row for row in tables.rows_with(made, "uid", uids).to_pylist()}
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="pairwright-")))
        training = folder / "training.parquet"
        tables.write(given, training, ["image", "uid"], sets.LOCATED)
        known = {row["uid"]: row for row in given.to_pylist()}
        readers: dict[str, shards.ShardReader] = {}

        def read(row: Row) -> bytes:
            if row["set"] not in readers:
                reader = shards.ShardReader(row["set"])
                readers[row["set"]] = opened.enter_context(reader)
            return readers[row["set"]].read(row["shard"], row["offset"], row["size"])

        context = functools.cache(functools.partial(_context, training, project))
        drawn = functools.lru_cache(maxsize=1)(_drawn)  # the captions of a picture share its recipe
        for uid in uids:
            try:
                own = [_parent(uid, one, known, project) for one in of.get(uid, ())]
                draw = functools.partial(drawn, rows[uid]["recipe"], tuple(map(read, own)))
                yield _one(rows[uid], own, draw, read, context(rows[uid]["source"]))
            except PairwrightError as error:
                yield error


def _drawn(recipe: str, pictures: tuple[bytes, ...], context: Context) -> bytes:
    """The made picture's bytes."""
    steps = json.loads(recipe)
    data: bytes = plugin.load(METHODS, steps["method"]).remake(steps, pictures, context)
    return data


def _one(
    pair: Row,
    own: Sequence[Row],
    draw: Callable[[Context], bytes],
    read: Callable[[Row], bytes],
    context: Context,
) -> Again:
    recipe = json.loads(pair["recipe"] or "{}")
    if "method" not in recipe:
        raise DataError(f"{pair['uid']} cannot be made again: its recipe names no method")
    method = plugin.load(METHODS, recipe["method"])
    _check_libraries(pair["uid"], recipe)
    recaption = getattr(method, "recaption", None)
    told = next((at for at, row in enumerate(own) if row["image"] == pair["image"]), None)
    if not hasattr(method, lacks := "remake" if told is None else "recaption"):
        raise PluginError(
            f"{pair['uid']} cannot be made again: {METHODS}.{recipe['method']} has no {lacks}"
        )
    stored = read(pair)
    data = draw(context) if told is None else read(own[told])
    caption = None
    if recaption is not None:
        takes = inspect.signature(recaption).parameters
        also = {"picture": data, "lang": pair["lang"]}
        also = {name: value for name, value in also.items() if name in takes}
        caption = recaption(recipe, [row["caption"] for row in own], **also)
    differs = []
    if data != stored:
        name = record.image_name(data)
        differs.append(
            f"the picture: {len(data):,} bytes named {name}, in the set {len(stored):,} named "
            f"{pair['image']}"
        )
    if caption not in (None, pair["caption"]):
        differs.append(f"the caption: {caption!r}, in the set {pair['caption']!r}")
    return Again(pair, own, data, caption, differs)


def _parents(uids: Sequence[str], made: pa.Table, project: Project) -> pa.Table:
    """Pairs that something was made from, with the pictures that methods saw of them."""
    blurred = project.data / overlay.FOLDERS[0]
    pool = tables.rows_with(sets.located([project.data / "pool"]), "uid", uids)
    pool = overlay.overlay(pool, blurred if sets.any_in(blurred) else None)
    others = tables.rows_with(made, "uid", sorted({*uids} - {*pool.column("uid").to_pylist()}))
    return pa.concat_tables([pool, others])


def _parent(uid: str, parent: str, known: Mapping[str, Row], project: Project) -> Row:
    if parent not in known:
        raise DataError(
            f"{uid} was made from {parent}, which {project.data / 'pool'} has no more; `dvc repro` "
            "makes what can be made now"
        )
    return known[parent]


def _context(training: Path, project: Project, source: str) -> Context:
    """Where a method may look, as in the stage that made its pairs."""
    try:
        section = parameter_file.load(project.params, f"make.{source}")
    except ParamsError:  # the method was switched off since
        section = {}
    reads = section.get("reads") if isinstance(section, dict) else None
    packages, labels = project.data / "packages", project.data / "labels"
    return Context(training, packages, labels, Path(reads) if reads else None)


def _check_libraries(uid: str, recipe: Mapping[str, Any]) -> None:
    """Refuse where other versions of the recipe's `library` ("diffusers 0.35, torch 2.8") are here.

    Raises:
        DataError: says which one is, and how to get the other.
    """
    for named in filter(None, recipe.get("library", "").split(", ")):
        name, _, version = named.rpartition(" ")
        try:
            found = importlib.metadata.version(name)
        except (importlib.metadata.PackageNotFoundError, ValueError):
            found = "none"
        if found != version:
            raise DataError(
                f"{uid} was made by {named}, and {name} {found} is installed, which may draw "
                f"otherwise: pip install '{name}=={version}'"
            )
