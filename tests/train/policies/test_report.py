import pytest

from train.policies import ranking, report

TRIALS = [
    {
        "policy": "trial-1", "state": "complete", "points": {10: 20.0, 20: 31.25}, "why": "",
        "cpu_seconds": 9.6, "changes": {"policy.rules.sharp": None, "policy.made": True},
    },
    {
        "policy": "default", "state": "pruned", "points": {10: 19.0}, "why": "",
        "cpu_seconds": 5.0, "changes": {"policy.rules.clip.at_least": 0.12345},
    },
    {
        "policy": "trial-2", "state": "fail", "points": {}, "why": "failed:\nnothing is left",
        "cpu_seconds": 1.0, "changes": {},
    },
]  # fmt: skip
TOLD = {
    "winner": {"policy": "trial-1", "command": "dvc exp run proof/search/dvc.yaml -S a=1"},
    "spent": 15.6,
    "rungs": [10, 20],
    "trials": TRIALS,
}


def test_the_ranking_table_has_what_each_rung_reached_and_what_was_changed():
    lines = report.lines(TOLD)
    assert (
        "| trial-1 | 20.0 | 31.2 | to the end | 10 | policy.rules.sharp off, policy.made True |"
        in lines
    )
    assert "| default | 19.0 |  | stopped | 5 | policy.rules.clip.at_least 0.123 |" in lines
    assert "    dvc exp run proof/search/dvc.yaml -S a=1" in lines
    assert "- trial-2: nothing is left" in lines
    assert not any("hold?" in line for line in lines)


def test_whether_the_ranking_holds_is_said_by_the_figures():
    proxy = {"trial-1": {1: 30.0, 2: 31.0}, "default": {1: 28.0, 2: 29.0}}
    check = ranking.ranking({"proxy": proxy, "larger": proxy}, "trial-1", ["trial-1", "default"])
    lines = report.lines({**TOLD, "check": check})
    row = (
        "| default | 28.5 ± 0.7 | 2 | +2.0 (+2.0 to +2.0) | 28.5 ± 0.7 | 2 | +2.0 (+2.0 to +2.0) |"
    )
    assert row in lines
    said = next(line for line in lines if line.startswith("- The ranking by proxy"))
    assert "tau 1.00 of 2 policies" in said
    assert said.endswith("1.00 to 1.00 over the seeds: is not told apart from chance.")
    assert "- By larger, trial-1 is number 1 of 2; surely better than default." in lines


@pytest.mark.parametrize(
    ("low", "high", "p", "verdict"),
    [
        (0.2, 0.9, 0.04, "holds"),
        (-0.9, -0.2, 0.04, "is turned round"),
        (1.0, 1.0, 0.33, "is not told apart from chance"),
        (-0.1, 0.9, 0.01, "is not told apart from chance"),
        (None, None, 0.01, "holds"),
        (None, None, 0.08, "is not told apart from chance"),
    ],
)
def test_a_verdict_is_that_of_the_p_value_and_of_an_interval_if_any(low, high, p, verdict):
    assert report.verdict({"tau": 0.5, "p": p, "seeds": {"low": low, "high": high}}) == verdict
