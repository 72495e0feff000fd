"""A planted pool, its scores and one policy in; what that policy keeps of it, and catches, out.

A policy says which rules there are and where they begin to drop. It is a section of params.yaml as
any other, so that one is tried as an experiment of DVC's (`dvc exp run -S policy.rules.…`), and
many of them by `train/policies/`. As under the conditions of `curate.conditions`, only training
pairs are chosen among.
"""

from dataclasses import field
from pathlib import Path
from typing import Any

from curate import conditions
from curate.dataset import record, tables
from curate.stage import params as parameter_file
from curate.stage.params import parameters
from curate.stage.run import run
from curate.stage.whole import replacing


@parameters
class PolicyParams:
    """What is kept."""

    filter: bool = True  # whether the rules of section `filter` are asked, too
    rules: dict[str, dict[str, Any] | None] | None = field(default_factory=dict)
    # ^ beside those, or in their place; null: switched off; all of them null: none is there
    made: bool = False  # whether the made pairs that are kept are in


def main(
    planted: Path, scores: Path, made: Path, rules: Path, out: Path, params: PolicyParams
) -> dict[str, Any]:
    """Decide by one policy.

    Args:
        planted: folder of `curate.plant`.
        scores: folder of the planted pool's tables.
        made: table of decisions on made pairs.
        rules: params file whose section `filter` are our rules.
        out: folder of tables of decisions.
        params: section `policy`.

    Returns:
        What `conditions.told` tells.

    Raises:
        ParamsError: a rule is none, or asks for something unknown.
    """
    pool = conditions.read(planted, scores)
    own = parameter_file.load(rules, "filter")["rules"] if params.filter else {}
    asked, failed = conditions.ask({"rules": {**own, **(params.rules or {})}}, pool.rows)
    with replacing(out) as new:
        conditions.write(new, pool, asked, failed)
        if params.made:
            table = tables.conform(tables.read(made), record.DECISIONS, made)
            tables.write(table, new / "made.parquet", "uid", record.DECISIONS)
    return conditions.told(asked, failed, pool)


if __name__ == "__main__":
    run("curate.policy", section="policy")
