import json
import subprocess
import sys
from pathlib import Path

import pytest

from curate import summary

FIGURES = {
    "crawl": {"images": 7, "pairs": 8, "languages": 2, "skipped": {"stamps": "no apt-get"}},
    "filter": {
        "pairs": 8,
        "kept": 6,
        "kept_share": 0.75,
        "sources": {"drawn": {"pairs": 8, "kept": 6, "kept_share": 0.75}},
    },
    "make/photometric": {"made": 3},
    "snapshot": {
        "id": "ab" * 32,
        "pairs": 9,
        "splits": {"test": {"pairs": 2}, "train": {"pairs": 7}},
    },
    "filter_network": {
        "retrieval": {
            "en": {
                "candidates": 218,
                "text_to_image": {
                    "recall_at_1": {"recall": 0.11, "chance": 0.0046, "times_chance": 24.0},
                    "recall_at_10": {"recall": 0.41, "chance": 0.046, "times_chance": 8.94},
                },
            }
        }
    },
    "evaluate/imagebert": {
        "image_retrieval": {
            "candidates": 200,
            "recall_at_10": 0.3,
            "chance_at_10": 0.05,
            "times_chance_at_10": 6.0,
        }
    },
    "validate/pool": {"evaluated": 60, "failed": 0, "success": True},
}


@pytest.fixture
def figures(project):
    for name, values in FIGURES.items():
        file = Path(f"metrics/{name}.json")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    return Path("metrics")


def test_every_stage_that_ran_has_its_line(figures):
    found = summary.lines(figures)
    assert ("kept", "75%", "6 pairs") in found
    assert ("skipped", "stamps", "no apt-get") in found
    assert ("snapshot", "9", "pairs: 7 train, 2 test") in found
    recalls = [line for line in found if "chance" in line[2]]
    assert recalls == [
        ("filter_network", "41.0%", "en text to image: recall at 10 among 218, 8.9 × chance"),
        ("imagebert", "30.0%", "image retrieval: recall at 10 among 200, 6 × chance"),
    ]
    assert ("validated pool", "60", "expectations, all met") in found


@pytest.mark.parametrize("name", FIGURES)
def test_a_stage_that_did_not_run_is_left_out(figures, name):
    whole = summary.lines(figures)
    (figures / f"{name}.json").unlink()
    rest = summary.lines(figures)
    assert len(rest) < len(whole)
    assert [line for line in whole if line in rest] == rest


def test_the_command_prints_the_table_and_the_report(figures):
    Path("reports").mkdir()
    Path("reports/index.html").write_text("<!doctype html>")
    command = [sys.executable, "-m", "curate.summary"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "kept" in done.stdout
    assert f"Report: {Path('reports/index.html').resolve()}" in done.stdout


def test_before_the_first_run_it_says_what_to_do(project, capsys):
    assert summary.main(Path("metrics"), Path("reports/index.html")) == 1
    assert "make repro" in capsys.readouterr().out
