from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import yaml

from curate.dataset import tables
from curate.reports import distributions
from curate.reports.distributions import Always, Classes
from curate.reports.inputs import Inputs, NotRun, Paths

RULES = {
    "least": {"column": "judge.score", "at_least": 0.25},
    "range": {"column": "judge.score", "between": [0.1, 0.75]},
}


@pytest.fixture
def inputs(drawn_project):
    """The drawn project, judged: one column of each kind. The black circle was dropped."""
    uids = sorted(row["uid"] for row in drawn_project.pairs)
    columns = {
        "uid": uids,
        "score": pa.array([None, *np.linspace(0, 1, len(uids) - 1)], pa.float32()),
        "same": [3] * len(uids),
        "kind": ["one", None] + ["two"] * (len(uids) - 2),
        "none": pa.nulls(len(uids), pa.float32()),
        "vector": [[1.0]] * len(uids),
    }
    tables.write(pa.table(columns), Path("data/scores/judge.parquet"), "uid")
    Path("params.yaml").write_text(yaml.safe_dump({"filter": {"rules": RULES}}))
    paths = Paths(
        *(Path("data/pool"), Path("data/decisions")),
        scores=Path("data/scores"),
        rules=Path("params.yaml"),
    )
    return Inputs(paths, Path("reports/index.html"))


def test_every_value_is_counted_once_and_what_is_absent_is_told(inputs):
    score, *_ = distributions.of(inputs, 16)["judge"]
    assert score.name == "judge.score"
    assert score.absent == 1
    assert score.kept.sum() + score.dropped.sum() == 7
    assert score.dropped.sum() <= 1
    assert score.quantiles == (0.0, 0.5, 1.0)


def test_every_rule_on_a_column_draws_its_limits(inputs):
    score, *_ = distributions.of(inputs, 16)["judge"]
    said = [("least ≥ 0.25", 0.25), ("range ≥ 0.1", 0.1), ("range ≤ 0.75", 0.75)]
    assert score.limits == said


def test_a_column_of_one_value_and_one_of_words_are_told_as_such_and_others_left_out(inputs):
    _, same, kind = distributions.of(inputs, 16)["judge"]
    assert same == Always("judge.same", 3.0)
    assert isinstance(kind, Classes)
    assert {value: kept + dropped for value, kept, dropped in kind.counts} == {
        "two": 6,
        "one": 1,
        "unknown": 1,
    }
    assert sum(dropped for *_, dropped in kind.counts) == 1


def test_without_scores_it_says_what_to_run(drawn_project):
    paths = Paths(Path("data/pool"), Path("data/decisions"))
    with pytest.raises(NotRun, match="score"):
        distributions.of(Inputs(paths, Path("reports/index.html")), 16)
