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

One that listens to what speaks captions has KEY "uid" and instead of `score`

    def listened(data, params) -> dict        # its columns, of an encoded recording

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
    scorer = scorers.asked(f"{section}.{name}", params)
    with _told_of(scorer.section):
        table = table_of(scorer, Pool(located([sets]), embeddings, scores, params_file))
    module = scorer.module
    told = {} if scorer.kind == name else {tables.KIND: scorer.kind}
    told |= module.told(scorer.params) if hasattr(module, "told") else {}
    tables.write(table, out, module.KEY, module.SCHEMA, told)
    return {"rows": table.num_rows, "columns": _figures(table.drop_columns([module.KEY]))}


@contextmanager
def _told_of(section: str) -> Iterator[None]:
    """Errors name the section that a scorer, which may run under any name, was asked for by."""
    try:
        yield
    except PairwrightError as error:
        raise type(error)(f"{section}: {error}") from error


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
