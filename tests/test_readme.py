"""README's promises: its filter in three steps works as written, and its targets exist."""

import re
import subprocess
from pathlib import Path

from curate.dataset import sets, tables

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_filter_in_three_steps_scores_and_decides_as_written(project, drawn, write_set):
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL).group(1)
    written = {}
    exec(compile(re.sub(r"^   ", "", code, flags=re.MULTILINE), "README.md", "exec"), written)
    write_set(
        project / "data/pool",
        [(drawn("circle", "red"), "en", "a red circle"), (drawn("circle", "grey"), "en", "grey")],
    )
    rows = sets.distinct_images(sets.located([Path("data/pool")]))
    table = written["score"](rows, written["Params"]())
    captions = dict(zip(*(rows.column(c).to_pylist() for c in ("image", "caption")), strict=True))
    found = {captions[r["image"]]: r["colourfulness"] for r in table.to_pylist()}
    assert found["grey"] == 0
    assert found["a red circle"] > 50

    tables.write(table, project / "data/scores/colourful.parquet", "image", written["SCHEMA"])
    rule = re.search(r"`colourful: (\{column.*?\})`", README).group(1)
    (project / "params.yaml").write_text(f"filter: {{rules: {{colourful: {rule}}}}}\n")
    command = [
        "python", "-m", "curate.filter", "--sets", "data/pool", "--scores", "data/scores",
        "--out", "data/decisions/pool.parquet",
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    kept = tables.read(project / "data/decisions/pool.parquet")
    assert sorted(kept.column("kept").to_pylist()) == [False, True]


def test_every_make_target_that_the_readme_names_exists():
    targets = set(re.findall(r"`?make ([a-z]+)", README))
    rules = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert targets <= rules
