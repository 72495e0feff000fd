"""Data and what is expected of it become Data Docs that open anywhere; a breach ends the stage.

Each suite is a file in `curate/suites`. All its tables are validated by great_expectations and
shown before a failed expectation ends the stage, so that there is always a page to look at.
"""

from pathlib import Path
from typing import Any

from curate.dataset import checks
from curate.dataset.errors import DataError
from curate.stage import params as parameter_file
from curate.stage import plugin
from curate.stage.run import run
from curate.suites import Data

_NAMED = 10  # failures that a message names


def main(
    name: str, reads: Path, beside: Path, pool: Path, split: Path, out: Path, params: Any
) -> dict[str, Any]:
    """Validate the data that one suite is about.

    Args:
        name: of the suite.
        reads: the data it is about: a set, a folder of scores, a snapshot, distributions.
        beside: what else the suite reads.
        pool: the set of crawled pairs that keys must be found in.
        split: table of splits and near-duplicates.
        out: folder for the Data Docs; `index.html` is their start.
        params: section `validate.<name>`; `reads` and `beside` in it are for DVC.

    Raises:
        DataError: an expectation failed; says which, for how many rows, which ones these are, and
            what to do.
    """
    from curate.reports import data_docs

    suite = plugin.load("curate.suites", name)
    values = {key: value for key, value in params.items() if key not in ("reads", "beside")}
    built = parameter_file.build(suite.Params, values, f"validate.{name}")
    outcomes = checks.run(name, suite.checks(Data(reads, beside, pool, split), built))
    data_docs.write(name, outcomes, out)
    failures = [failure for outcome in outcomes for failure in outcome.failures]
    if failures:
        raise DataError(_message(name, reads, failures, out))
    return {
        "evaluated": sum(outcome.evaluated for outcome in outcomes),
        "failed": 0,
        "success": True,
        "tables": {
            outcome.table: {"rows": outcome.rows, "evaluated": outcome.evaluated}
            for outcome in outcomes
        },
    }


def _message(name: str, reads: Path, failures: list[checks.Failure], out: Path) -> str:
    count = f"{len(failures)} expectation{'s' * (len(failures) != 1)}"
    lines = [f"{reads} fails {count} of suite {name}; see {out}/index.html"]
    for failure in failures[:_NAMED]:
        rows = "the table" if failure.rows is None else f"{failure.rows} row"
        rows += "s" * (failure.rows not in (None, 1))
        expected = f"{failure.table}: {failure.expectation}"
        lines.append(f"  {expected} -- not met by {rows}: {failure.found}")
        lines += [f"    where: {failure.where}"] if failure.where else []
        lines += [f"    what to do: {failure.advice}"] if failure.advice else []
    if len(failures) > _NAMED:
        lines.append(f"  and {len(failures) - _NAMED} more")
    return "\n".join(lines)


if __name__ == "__main__":
    run("curate.validate", section="validate")
