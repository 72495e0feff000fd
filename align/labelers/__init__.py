'''One file per labeler: kept pairs in, tables of alignment labels out.

A labeler is `align/labelers/<name>.py`. It writes `data/labels/<name>/<table>.parquet`, takes
its parameters from `label.<name>` in params.yaml, and holds:

    TABLES = {"regions": Table(REGIONS, ("image", "region"))}   # every table that it makes

    @parameters
    class Params:
        count: int = 8  # regions per image

    def label(pairs: pa.Table, context: Context, params: Params) -> dict[str, pa.Table]:
        """pairs: schema `curate.dataset.sets.LOCATED`, sorted by uid; both crawled and made."""

    def figures(pairs: pa.Table, tables: dict[str, pa.Table]) -> dict[str, Any]:   # optional
        """More metrics than the row counts that `align.label` reports for every table."""

`label` returns every table of `TABLES`, rows in any order: `align.label` casts them to their
schemas, sorts them by their keys and refuses a repeated key. It may also return `rejected`
(schema `record.REJECTED`): the pairs or images that it could not label, with the reason; more
of them than `label.<name>.max_rejected` (share of the pairs) is an error. Nothing a labeler
finds may depend on the order or the number of the pairs, so that one more pair changes no
label of the others.
'''

import dataclasses
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Context:
    """Where a labeler may look besides the pairs."""

    packages: Path  # folder of fetched packages, for curate.dataset.packages.unpack
    reads: Path | None  # what `label.<name>.reads` names (a file or folder that DVC follows)
