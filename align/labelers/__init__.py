'''One file per labeler: kept pairs in, tables of alignment labels out.

A labeler is `align/labelers/<name>.py`. It writes `<name>/<table>.parquet` in data/labels for the
pool and in data/labels_made for made pairs, takes its parameters from `label.<name>` in
params.yaml, or from `label_linked.<name>` if it builds on another's labels, or from
`label_grounded.<name>` if it also builds on those of a third, and holds:

    TABLES = {"regions": Table(REGIONS, ("image", "region"))}   # every table that it makes

    SHARDS = {"features": 16}   # optional: tables in several files, by the hash of their images

    @parameters
    class Params:
        count: int = 8  # regions per image

    def label(pairs: pa.Table, context: Context, params: Params) -> dict[str, pa.Table]:
        """pairs: schema `curate.dataset.sets.LOCATED`, sorted by uid; crawled, or else made."""

    def figures(pairs: pa.Table, tables: dict[str, pa.Table]) -> dict[str, Any]:   # optional
        """More metrics than the row counts that `align.label` reports for every table."""

`label` returns every table of `TABLES`, rows in any order: `align.label` casts them to their
schemas, sorts them by their keys and refuses a repeated key. It may also return `rejected`
(schema `record.REJECTED`): the pairs or images that it could not label, with the reason; more
of them than `max_rejected` in its section (share of the pairs) is an error. Nothing a labeler
finds may depend on the order or the number of the pairs, so that one more pair changes no
label of the others; what is learnt of many pairs is learnt of the pool and told of in a table,
by which made pairs are labelled (`Context.learnt`). A table's first column names what a row
tells of; `curate.dataset.labels` reads the tables of both.
'''

import dataclasses
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Context:
    """Where a labeler may look besides the pairs."""

    packages: Path  # folder of fetched packages, for curate.dataset.packages.unpack
    reads: Path | None = None  # what its section's `reads` names (a path that DVC follows)
    of: Path | None = None  # folder of the tables of the labeler that its section's `of` names
    embeddings: Path | None = None  # folder of the scorers' embeddings of its pairs
    learnt: Path | None = None  # of made pairs: folder of this labeler's tables of the pool
    beside: Path | None = None  # the same of the labeler that its `beside` names
    sets: Path | None = None  # the set, or folder of sets, that the pairs are of
