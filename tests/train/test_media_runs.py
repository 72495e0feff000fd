import json

import numpy as np

from train import media_runs
from train.tasks import media


def shown(tmp_path):
    table = tmp_path / "reports/media.md"
    found = media_runs.main(tmp_path / "runs", table)
    return found["rows"], table.read_text(encoding="utf-8").splitlines()


def evaluated(tmp_path, run, *names):
    """Figures of four pairs, as `train.evaluate_media` gives them, of which text tells nothing."""
    right, none = np.eye(4, dtype=np.float32), np.ones((4, 4), np.float32)
    sides = {"text": none, "image": right, **dict.fromkeys(names, right)}
    measured = media.measure(sides, np.arange(4), np.array(["en", "en", "fr", "fr"]))
    own = {"captions": 4, "pictures": 4, **measured}
    figures = {"model": "imagebert", "split": "test", "_".join(names): own}
    file = tmp_path / "runs" / f"{run}.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(figures), encoding="utf-8")


def test_each_direction_has_a_row_with_its_recalls_times_chance_and_candidates(tmp_path):
    evaluated(tmp_path, "speech-imagebert", "sound")
    rows, table = shown(tmp_path)
    assert table[0].startswith("| run | pairs with | language | direction | candidates | R@1 | R@5")
    start = "| speech-imagebert | sound | all |"
    assert f"{start} image → sound | 4 | 1.000 | 1.000 | 1.000 | 4.0 | 1.0 | 1.0 |" in table
    of_all = {(row["by"], row["found"]): row for row in rows if row["language"] == "all"}
    assert set(of_all) == {(a, b) for a in SIDES for b in SIDES if a != b}
    assert of_all["sound", "image"]["recall_at_1"] == 1
    assert of_all["sound", "text"]["recall_at_1"] < 1
    assert len(table) == 2 + len(rows)


SIDES = ("text", "image", "sound")


def test_within_a_language_candidates_are_of_that_alone(tmp_path):
    evaluated(tmp_path, "speech-imagebert", "sound")
    rows, _ = shown(tmp_path)
    french = [row for row in rows if row["language"] == "fr"]
    assert {row["candidates"] for row in french} == {2}


def test_runs_stand_beneath_each_other_and_pairs_with_two_media_are_told(tmp_path):
    evaluated(tmp_path, "video-imagebert", "video")
    evaluated(tmp_path, "both", "sound", "video")
    rows, table = shown(tmp_path)
    assert [row["run"] for row in rows] == sorted(row["run"] for row in rows)
    assert any(
        line.startswith("| both | sound and video | all | sound → video |") for line in table
    )


def test_without_a_run_the_table_is_empty(tmp_path):
    rows, table = shown(tmp_path)
    assert rows == []
    assert len(table) == 2
