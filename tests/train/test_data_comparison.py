import json

import pytest

from curate.dataset.errors import DataError
from train import data_comparison

SHARES = {"precision": 0.5, "recall": 0.25, "clean_dropped": 0.1, "kinds": {"blank": None}}
CAUGHT = {
    "conditions": {
        "raw": {"dropped": 0, **SHARES, "rules": {}},
        "ours": {"dropped": 7, **SHARES, "rules": {"sharp": {"dropped": 5, **SHARES}}},
    },
    "lacking": {"cat": "no column 'text_spotted.matched'"},
}


@pytest.fixture
def compared(tmp_path):
    """Writes runs by (condition, seed) -> recall at 10, and compares them."""

    def call(runs, changed=None):
        for (condition, seed), recall in runs.items():
            ways = {f"recall_at_{k}": recall * k / 10 for k in (1, 5, 10)}
            both = {"image_retrieval": ways, "text_retrieval": {**ways, "recall_at_10": 0.0}}
            figures = {
                "budget": {"steps": 3, "pairs": 24},
                "pairs": 100,
                "cpu_seconds": {"pretrain": 2.0},
                "languages": {"en": both, "de": both},
                "sources": {"drawn": both},
                "parts": {"every": both},
                "composition": {"all": {"accuracy": recall, "negatives": 4}},
                **(changed or {}).get((condition, seed), {}),
            }
            (tmp_path / f"{condition}-{seed}.json").write_text(json.dumps(figures))
        (tmp_path / "caught").mkdir(exist_ok=True)
        (tmp_path / "caught/caught.json").write_text(json.dumps(CAUGHT))
        conditions = ("raw", "random", "ours")
        params = data_comparison.DataComparisonParams(
            conditions=conditions, seeds=(0, 1, 2), steps=(("ours", "raw"),)
        )
        places = (tmp_path, tmp_path / "caught/caught.json", tmp_path / "proof.md")
        return data_comparison.main(*places, params)

    return call


RUNS = {
    ("raw", 0): 0.2, ("raw", 1): 0.3, ("raw", 2): 0.4,
    ("ours", 0): 0.4, ("ours", 1): 0.5, ("ours", 2): 0.8,
}  # fmt: skip


def test_an_interval_is_students_over_the_paired_differences():
    ours, theirs = {0: 2.0, 1: 3.0, 2: 7.0}, {0: 1.0, 1: 1.0, 2: 4.0, 3: 9.0}
    found = data_comparison.paired(ours, theirs)
    assert found["seeds"] == [0, 1, 2]
    assert found["mean"] == pytest.approx(2.0)
    wide = 4.302653 * 1.0 / 3**0.5  # t of 2 degrees of freedom, deviation of (1, 2, 3)
    assert (found["low"], found["high"]) == pytest.approx((2 - wide, 2 + wide))


def test_what_all_seeds_share_is_no_part_of_the_interval():
    found = data_comparison.paired({0: 11.0, 1: 91.0}, {0: 10.0, 1: 90.0})
    assert (found["low"], found["high"]) == pytest.approx((1.0, 1.0))


def test_one_seed_has_a_difference_and_no_interval_and_none_has_neither():
    assert data_comparison.paired({0: 2.0}, {0: 1.0}) == {
        "mean": 1.0, "low": None, "high": None, "seeds": [0],
    }  # fmt: skip
    assert data_comparison.paired({0: 2.0}, {1: 1.0})["mean"] is None


def test_differences_are_points_of_recall_at_10_the_mean_of_both_ways(compared):
    found = compared(RUNS)
    assert found["ours_minus_raw"]["mean"] == pytest.approx(100 * (0.2 + 0.2 + 0.4) / 3 / 2)
    assert found["steps"]["ours_minus_raw"] == found["ours_minus_raw"]
    assert found["differences"]["raw_minus_ours"]["mean"] == -found["ours_minus_raw"]["mean"]
    assert "ours_minus_random" not in found
    assert found["missing"] == ["random-0", "random-1", "random-2"]
    parts = found["parts"]["ours_minus_raw"]
    assert set(parts) == {
        *("clean", "every", "language en", "language de", "source drawn", "composition all")
    }
    assert parts["composition all"]["mean"] == pytest.approx(100 * 0.8 / 3)
    assert found["conditions"]["ours"]["points"]["clean"]["mean"] == pytest.approx(
        100 * 1.7 / 3 / 2
    )


def test_the_report_says_whether_a_difference_is_surely_one(compared, tmp_path):
    compared(RUNS)
    said = (tmp_path / "proof.md").read_text()
    assert "- ours minus raw: +13.3 points (-1.0 to +27.7, 3 seeds): not told apart" in said
    assert "| raw | 100 | 3 | 15.0 ± 5.0 |" in said
    assert "- ours minus raw: better on nothing; worse on nothing" in said
    assert "| sharp | 5 | 0.500 | 0.250 | none | 0.100 |" in said
    assert "- cat: no column 'text_spotted.matched'" in said
    surely = {key: 0.5 if key[0] == "ours" else 0.1 + key[1] / 100 for key in RUNS}
    compared(surely)
    assert "+19.5 points (+18.3 to +20.7, 3 seeds): better" in (tmp_path / "proof.md").read_text()
    assert "- ours minus raw: better on clean, language en," in (tmp_path / "proof.md").read_text()


def test_runs_of_unlike_budgets_are_refused_by_name(compared):
    longer = {("ours", 2): {"budget": {"steps": 4, "pairs": 24}}}
    with pytest.raises(DataError, match="ours-2 and raw-0 were not trained alike"):
        compared(RUNS, changed=longer)
