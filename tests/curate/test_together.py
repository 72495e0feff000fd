import shutil
from pathlib import Path

import pytest

from curate import score, scorer, scoring, together
from curate.dataset import sets, small
from curate.scorers import image, phash


@pytest.fixture
def pool(project, drawn, write_set):
    rows = [(drawn("circle", c), "en", c) for c in ("red", "green", "blue", "black", "gold")]
    write_set(Path("pool"), rows)
    return sets.located([Path("pool")])


def written(name, capsys, **params):
    """The scorer's table, and what was said of it."""
    out = Path(f"{name}.parquet")
    score.main(name, Path("pool"), out, params)
    return out.read_bytes(), capsys.readouterr().err


def test_a_picture_is_decoded_once_for_all_scorers_of_small_pictures(pool, monkeypatch):
    decoded = []
    real = small.small
    monkeypatch.setattr(
        "curate.dataset.pictures.small_of", lambda *a: decoded.append(1) or real(*a)
    )
    jobs = [(image, image.Params()), (phash, phash.Params())]
    both = together.measure(pool, jobs)
    assert len(decoded) == pool.num_rows
    assert both == [together.measure(pool, [job])[0] for job in jobs]


def test_the_first_stage_measures_for_those_that_the_params_file_names(pool, capsys):
    alone = [written(name, capsys)[0] for name in ("image", "phash")]
    shutil.rmtree(".pairwright/memory")
    Path("params.yaml").write_text("score: {caption: {}, image: {reads: x}, phash: {reads: x}}")
    first, _ = written("image", capsys)
    second, said = written("phash", capsys)
    assert "5 rows, 5 of them remembered" in said
    assert [first, second] == alone


@pytest.mark.parametrize(
    "beside",
    [
        "caption: {}",  # looks at no picture
        "phash: {unknown: 1}",  # its own stage says what is wrong
        "phash: null",
        "large: {kind: image, longest_side: 512}",  # needs another decode
        "none: {kind: none}",
    ],
)
def test_what_cannot_share_is_left_to_its_own_stage(pool, capsys, beside):
    Path("params.yaml").write_text(f"score: {{image: {{}}, {beside}}}")
    alone, _ = written("image", capsys)
    assert [folder.name for folder in Path(".pairwright/memory").iterdir()] == ["image"]
    assert len(list(Path(".pairwright/memory/image").iterdir())) == 1
    assert alone


def test_what_is_remembered_is_not_measured_again(pool, capsys):
    written("phash", capsys)
    file = Path("params.yaml")
    file.write_text("score: {image: {}, phash: {}}")
    rows = sets.distinct_images(pool)
    asked = scorer.asked("score.image", {})
    assert together.beside(asked, rows, file) == []
    shutil.rmtree(".pairwright/memory")
    assert [one.name for one, _ in together.beside(asked, rows, file)] == ["phash"]


def test_what_is_remembered_for_another_is_kept_in_few_files(pool, capsys, monkeypatch):
    monkeypatch.setattr(scoring, "GROUP", 1)
    monkeypatch.setattr("curate.dataset.memory._FILES", 2)
    monkeypatch.setattr("curate.stage.remembered._FIRST", 1)
    monkeypatch.setattr("curate.stage.remembered._TASTE", 1)
    Path("params.yaml").write_text("score: {image: {}, phash: {}}")
    written("image", capsys)
    for name in ("image", "phash"):
        assert len(list(Path(f".pairwright/memory/{name}").rglob("*.parquet"))) == 1
    assert "5 rows, 5 of them remembered" in written("phash", capsys)[1]
