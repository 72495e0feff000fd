"""Pairs and the name of a scorer in; one table with that scorer's columns for every key out.

A scorer is a file `curate/scorers/<kind>.py`; where its section names no kind, the name is it, and
a kind with dots is a module elsewhere (`align.scorers.complexity`):

    KEY = "image" or "uid"            # what a result is remembered by
    SCHEMA = pa.schema([...])         # KEY first, then its columns with their units
    @parameters class Params          # its section score.<name>
    def score(rows, params) -> table  # rows: pairs with their place, one for each key
    def fingerprint(params) -> str    # optional: what else a result depends on (weights)
    def told(params) -> dict          # optional: metadata of its table, text by text

One that has embeddings gives the vectors of some rows, which are remembered and kept as tables,
and scores all pairs at once by them, see `curate.embeddings`:

    def embed_images(rows, params) -> table    # rows: one for each image
    def embed_texts(rows, params) -> table     # rows: one for each caption
    def score(rows, params, embeddings) -> table

One that only looks at small pictures has `measured` and `least` instead of `score`, and shares
their decoding with others of its kind, see `curate.together`.

One that judges each image by its vector alone, of another's embeddings, has instead of `score`

    def judged(vectors, params) -> dict       # its columns, of unit vectors (n, D), any n of them

Others look at the pool as a whole, so that a pair more may change what is said of all. By another's
embeddings, those of the scorer that its section names by `of`, with `FROM_EMBEDDINGS = True`

    def score(rows, params, embeddings) -> table

or with `FROM_SCORES = True` by what other scorers found:

    def score(rows, params, pool, embeddings) -> table

    # pool: all pairs with any scorer's column beside them (`columns.Rows`)
    # embeddings: the folder of those of the scorer that its section names by `of`

`curate.scoring.FORMS` lists these forms with what is remembered of each. A result is remembered for
the scorer's code (its file and those of ours that it imports, see `curate.stage.code`), libraries,
parameters and fingerprint; what depends on other rows than its own cannot be. A scorer of the pool
that finds something of each row alone remembers that itself, by `curate.stage.remembered`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curate import scorer as scorers
from curate.dataset import tables
from curate.dataset.errors import PairwrightError
from curate.dataset.sets import located
from curate.scoring import Pool, table_of
from curate.stage.run import run
from curate.together import FILE

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def main(
    name: str,
    sets: Path,
    out: Path,
    params: Any,
    embeddings: Path | None = None,
    scores: Path | None = None,
    section: str = "score",
    params_file: Path = FILE,
) -> dict[str, Any]:
    """Score every pair, or every image, of the sets below a folder.

    Args:
        name: of its section, and the scorer's where that names no kind.
        sets: folder of sets.
        out: table of scores.
        params: its section.
        embeddings: folder for the scorer's embeddings, left empty where it has none; or of those
            of another, where it judges by them.
        scores: folder of the tables of others, for a scorer that judges by them.
        section: the one that its own is below.
        params_file: where they stand; scorers beside it may share a decode.

    Raises:
        PairwrightError: any of ours, with the path of its section.
    """
    kind = str(params.get("kind", name))
    scorer = plugin.load(PACKAGE, kind)
    values = {key: value for key, value in params.items() if key not in NOT_ITS}
    own = build(scorer.Params, values, f"score.{name}")
    pairs = located([sets])
    rows = _distinct(pairs, scorer.KEY)
    if getattr(scorer, "FROM_SCORES", False):
        if scores is None:
            raise ParamsError(f"{kind} judges by other scores; name their folder by --scores")
        table = scorer.score(rows, own, Rows(pairs, scores), embeddings)
    elif getattr(scorer, "FROM_EMBEDDINGS", False):
        if embeddings is None:
            raise ParamsError(f"{kind} judges by embeddings; name their folder by --embeddings")
        table = scorer.score(rows, own, vectors.read(embeddings))
    elif hasattr(scorer, "embed_images"):
        found = _embed(rows, name, kind, values, own)
        if embeddings is not None:
            vectors.write(found, embeddings)
        table = scorer.score(rows, own, found)
    else:
        if embeddings is not None:
            embeddings.mkdir(parents=True, exist_ok=True)
        table = _scored(scorer, rows, name, kind, values, own)
    told = {} if kind == name else {tables.KIND: kind}
    told |= scorer.told(own) if hasattr(scorer, "told") else {}
    tables.write(table, out, scorer.KEY, scorer.SCHEMA, told)
    return {"rows": table.num_rows, "columns": _figures(table.drop_columns([scorer.KEY]))}


def _scored(
    scorer: ModuleType, rows: pa.Table, name: str, kind: str, values: dict[str, Any], own: Any
) -> pa.Table:
    """A scorer's table, from its memory or made now."""
    memory = memory_of(kind, scorer, own)
    if not hasattr(scorer, "measured"):
        return _fill(memory, rows, "score", name, kind, values)
    asked = [together.Asked(name, kind, values, memory), *_beside(name, scorer.least(own), rows)]
    return remembered.fill(
        memory, rows, together.score, PACKAGE, asked, group=GROUP, label=f"score {name}"
    )


def _beside(name: str, least: int, rows: pa.Table) -> list[together.Asked]:
    """Other scorers of the params file that measure the same small pictures and lack some."""
    found = []
    for other, section in together.sections().items():
        kind = str(section.get("kind", other))
        values = {key: value for key, value in section.items() if key not in NOT_ITS}
        try:
            scorer = plugin.load(PACKAGE, kind)
            own = build(scorer.Params, values, f"score.{other}")
        except PairwrightError:
            continue  # its own stage says what is wrong
        if other == name or not hasattr(scorer, "measured") or scorer.least(own) != least:
            continue
        memory = memory_of(kind, scorer, own)
        if memory.recall(rows.column(scorer.KEY).to_pylist()).num_rows < rows.num_rows:
            found.append(together.Asked(other, kind, values, memory))
    return found


def _embed(
    rows: pa.Table, name: str, kind: str, values: dict[str, Any], own: Any
) -> vectors.Embeddings:
    """Vectors of every image and every caption, each encoded once."""
    scorer = plugin.load(PACKAGE, kind)
    captions = pa.table({"caption": pc.unique(rows.column("caption")).sort()})
    found = [
        _fill(memory_of(kind, scorer, own, part), some, f"embed_{part}", name, kind, values)
        for part, some in (("images", distinct_images(rows)), ("texts", captions))
    ]
    return vectors.Embeddings(*found)


def _fill(
    memory: Memory, rows: pa.Table, call: str, name: str, kind: str, values: dict[str, Any]
) -> pa.Table:
    label = f"{call.replace('_', ' ')} {name}"
    args = (call, name, kind, values)
    return remembered.fill(memory, rows, call_group, *args, group=GROUP, label=label)


def call_group(rows: pa.Table, call: str, name: str, kind: str, values: dict[str, Any]) -> pa.Table:
    """Score or embed some rows, in a worker, with parameters as the params file says them."""
    scorer = plugin.load(PACKAGE, kind)
    own = build(scorer.Params, values, f"score.{name}")
    table: pa.Table = getattr(scorer, call)(rows, own)
    return table


def memory_of(name: str, scorer: ModuleType, params: Any, part: str | None = None) -> Memory:
    """The memory of a scorer as it is now: its code, libraries, parameters and weights.

    Args:
        name: of its file.
        scorer: its module.
        params: its parameters.
        part: `images` or `texts`, for embeddings; None for scores.
    """
    own = scorer.fingerprint(params) if hasattr(scorer, "fingerprint") else ""
    print_ = fingerprint(_code(scorer), as_dict(params), own)
    if part is not None:
        return Memory(f"{name}-{part}", print_, vectors.KEYS[part], vectors.remembered_schema(part))
    return Memory(name, print_, scorer.KEY, scorer.SCHEMA)


def _distinct(pairs: pa.Table, key: str) -> pa.Table:
    """A row for each key, sorted by where its bytes lie, so that shards are read in order."""
    if key == "image":
        return distinct_images(pairs)
    return pairs.sort_by([(column, "ascending") for column in ("set", "shard", "offset", "uid")])


def _code(scorer: ModuleType) -> dict[str, str]:
    """What a scorer's results depend on by way of code: our files, and libraries' versions."""
    ours = [scorer, pixels, pictures, small]
    tops = {name.split(".")[0] for module in ours for name in _imports(module)}
    releases = {name: version(name) for name in libraries.owners(tops - {"curate", "align"})}
    files = {module.__name__: fingerprint(Path(str(module.__file__))) for module in ours}
    return files | releases


def _imports(module: ModuleType) -> set[str]:
    """Names of the modules that a module's source imports, inside its functions too."""
    nodes = list(ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))))
    plain = {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
    return plain | {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}


def _figures(columns: pa.Table) -> dict[str, dict[str, float | int | None]]:
    """Of each column that is a number or a truth value: nulls, mean and quantiles."""
    found = {}
    for name, column in zip(columns.column_names, columns.columns, strict=True):
        figures: dict[str, float | int | None] = {"nulls": column.null_count}
        if pa.types.is_boolean(column.type):
            figures["mean"] = pc.mean(column.cast(pa.int8())).as_py()
        elif pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
            column = column.cast(pa.float64())
            figures["mean"] = pc.mean(column).as_py()
            at = pc.quantile(column, list(QUANTILES)).to_pylist()
            figures |= {f"q{100 * q:g}": value for q, value in zip(QUANTILES, at, strict=True)}
        found[name] = figures
    return found


if __name__ == "__main__":
    run("curate.score", section="score")
