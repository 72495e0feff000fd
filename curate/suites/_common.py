"""What several suites expect, and the pairs of a pool in parts."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from curate.dataset import checks, files, parts, record, sets, tables
from curate.dataset.parts import Part

_LICENCE = (
    "give its source a licence (crawl.sources.<name>.licence in params.yaml) and run the pipeline "
    "(dvc repro), or ask for less (min_licensed in section validate)"
)


def in_order(key: str) -> Any:
    """The expectation of a table whose parts are `parts.ordered`."""
    import great_expectations.expectations as gxe

    return gxe.ExpectColumnValuesToBeInSet(
        column="in_order",
        value_set=[True],
        description=f"rows are sorted by {key}, and no two share it",
    )


def licensed(share: float) -> list[Any]:
    """Expectations of a column `licence`, which so great a share of the rows must name."""
    import great_expectations.expectations as gxe

    return [
        gxe.ExpectColumnValuesToNotBeNull(
            column="licence",
            mostly=share,
            description=f"{'every pair names' if share == 1 else f'{share:g} of pairs name'} one",
            meta={checks.ADVICE: _LICENCE},
        ),
        gxe.ExpectColumnValuesToMatchRegex(
            column="licence",
            regex=r"\S",
            description="a licence has a name",
            meta={checks.ADVICE: _LICENCE},
        ),
    ]


def located(root: files.Place, columns: list[str] | None = None) -> Iterator[Part]:
    """The pairs of every set at a folder, with the set's path; sorted by uid in each set."""
    for folder in sets.folders(root):
        for part in parts.stream(folder / sets.PAIRS_FILE):
            rows = tables.conform(part.rows, record.PAIRS, folder / sets.PAIRS_FILE)
            place = pa.array([folder.as_posix()] * rows.num_rows, pa.string())
            rows = rows.add_column(1, sets.LOCATED.field("set"), place)
            yield part._replace(rows=rows if columns is None else rows.select(columns))
