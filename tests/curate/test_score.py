import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from curate import score, scorer, scoring
from curate.columns import Rows
from curate.dataset import sets, tables
from curate.dataset.errors import DataError, ParamsError, PluginError, WeightsError
from curate.stage import plugin
from curate.stage.run import run as run_command
from curate.suites import Data, scores
from tests._unreadable import blank

ROOT = Path(__file__).resolve().parents[2]
MEMORY = Path(".pairwright/memory")
COLOURS = ("red", "green", "blue", "black", "gold", "navy", "teal", "pink", "gray", "brown")
PARAMS = {"caption": {}, "language": {}, "image": {}, "phash": {}}


@pytest.fixture(scope="module")
def workers(tmp_path_factory):
    """Address of a running dask cluster: a scheduler and two workers, processes of their own."""
    folder = tmp_path_factory.mktemp("cluster")
    file = folder / "scheduler.json"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    common = {"cwd": folder, "env": environment, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "dask"]
    more = ["--scheduler-file", file, "--host", "127.0.0.1", "--no-dashboard"]
    started = [subprocess.Popen([*dask, "scheduler", *more, "--port", "0"], **common)]
    more += ["--nthreads", "1", "--local-directory", folder]
    for name in ("first", "second"):
        started.append(subprocess.Popen([*dask, "worker", *more, "--name", name], **common))
    from distributed import Client

    with Client(scheduler_file=str(file), timeout="60s") as client:
        client.wait_for_workers(2, timeout=120)
        yield client.scheduler.address
        client.shutdown()
    for process in started:
        process.wait(60)


@pytest.fixture
def on_workers(workers, monkeypatch):
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", workers)


@pytest.fixture
def small_groups(monkeypatch):
    monkeypatch.setattr(scoring, "GROUP", 4)


@pytest.fixture
def pool(project, drawn, write_set):
    """Twenty pictures with two captions each, in several shards."""
    pictures = [(drawn(s, c), f"a {c} {s}") for s in ("circle", "square") for c in COLOURS]
    rows = [(data, "en", text) for data, text in pictures]
    rows += [(data, "de", f"{text} auf Weiß") for data, text in pictures]
    write_set(Path("pool"), rows)
    return rows


def run(name, out, capsys=None, **params):
    figures = score.main(name, Path("pool"), Path(out), {**PARAMS.get(name, {}), **params})
    said = capsys.readouterr().err if capsys else ""
    return Path(out).read_bytes(), figures, said


def forget():
    shutil.rmtree(MEMORY, ignore_errors=True)


@pytest.mark.parametrize("name", PARAMS)
def test_memory_workers_and_grouping_change_no_byte(
    pool, name, on_workers, small_groups, monkeypatch
):
    cold, figures, _ = run(name, "cold.parquet")
    warm, _, _ = run(name, "warm.parquet")
    forget()
    monkeypatch.setattr(scoring, "GROUP", 512)
    whole, _, _ = run(name, "whole.parquet")
    assert cold == warm == whole
    key = plugin.load(scorer.PACKAGE, name).KEY
    expected = set(sets.located([Path("pool")]).column(key).to_pylist())
    assert tables.read(Path("cold.parquet")).column(key).to_pylist() == sorted(expected)
    assert figures["rows"] == len(expected)


def test_a_local_cluster_and_a_named_one_give_the_same_bytes(pool, workers, monkeypatch):
    alone, *_ = run("image", "alone.parquet")
    forget()
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", workers)
    named, _, _ = run("image", "named.parquet")
    assert alone == named


def test_other_parameters_remember_nothing(pool, on_workers, capsys):
    run("image", "a.parquet")
    _, _, said = run("image", "b.parquet", capsys, longest_side=32)
    assert "20 rows, 0 of them remembered" in said


def test_more_pairs_cost_only_themselves(pool, on_workers, small_groups, write_set, capsys):
    write_set(Path("pool"), pool[:13])
    run("image", "part.parquet")
    write_set(Path("pool"), pool)
    grown, _, said = run("image", "grown.parquet", capsys)
    assert "20 rows, 13 of them remembered" in said
    forget()
    assert run("image", "cold.parquet")[0] == grown


def test_a_run_that_broke_goes_on_where_it_was(pool, on_workers, small_groups, write_set, capsys):
    shutil.rmtree("pool")
    write_set(Path("pool/first"), pool[:12])
    write_set(Path("pool/second"), pool[12:])
    images = Path("pool/second/images").rename("lost")
    with pytest.raises(DataError, match="has no shard"):
        run("image", "a.parquet")
    assert not Path("a.parquet").exists()
    images.rename("pool/second/images")
    capsys.readouterr()
    resumed, _, said = run("image", "a.parquet", capsys)
    assert re.search(r"20 rows, ([1-9]|1[0-9]) of them remembered", said)
    forget()
    assert run("image", "b.parquet")[0] == resumed


def test_a_picture_that_cannot_be_read_keeps_its_row(pool, on_workers):
    first = sets.distinct_images(sets.located([Path("pool")])).to_pylist()[0]
    blank(first)
    for name in ("image", "phash"):
        _, figures, _ = run(name, f"{name}.parquet")
        rows = tables.read(Path(f"{name}.parquet")).to_pylist()
        empty = [row["image"] for row in rows if all(v is None for v in list(row.values())[1:])]
        assert (len(rows), empty) == (20, [first["image"]])
        assert all(column["nulls"] == 1 for column in figures["columns"].values())


def test_figures_describe_every_column(pool, on_workers):
    _, figures, _ = run("caption", "a.parquet")
    assert figures["rows"] == 40
    words = figures["columns"]["words"]
    assert words["q50"] in (3, 4, 5)
    assert words["mean"] == 4
    assert words["nulls"] == 0
    _, figures, _ = run("language", "b.parquet")
    assert 0.9 <= figures["columns"]["agrees"]["mean"] <= 1


def test_what_dvc_reads_is_no_parameter_of_the_scorer(pool, on_workers):
    run("caption", "a.parquet", reads="data/pool")
    with pytest.raises(
        ParamsError, match=r"score\.image\.longest_sid; did you mean 'longest_side'"
    ):
        run("image", "a.parquet", longest_sid=128)


def test_errors_name_the_section_in_which_the_mistake_is(pool, capsys):
    args = ("mine", Path("pool"), Path("a.parquet"))
    with pytest.raises(ParamsError, match=r"^unknown parameter score_embedded\.mine\.draw; did"):
        score.main(*args, {"kind": "clip_corrected", "draw": 3}, section="score_embedded")
    clip = {"kind": "clip", "model": "hf-hub:org/model", "weights": "x"}
    with pytest.raises(ParamsError, match=r"^score\.mine: weights is 'x', but"):
        score.main(*args, clip)
    with pytest.raises(WeightsError, match=r"^score\.mine: no file gone\.onnx"):
        score.main(*args, {"kind": "safety", "model": "gone.onnx"})


def test_the_command_tells_the_section_and_the_file_that_it_was_given(pool, monkeypatch, capsys):
    Path("other.yaml").write_text("looks: {image: {kind: none}, phash: {}, mine: {kind: image}}")
    command = ["score", "--params", "other.yaml", "--section", "looks", "--sets", "pool"]
    shown = {}
    for name in ("image", "mine", "phash"):
        monkeypatch.setattr(sys, "argv", [*command, "--name", name, "--out", f"{name}.parquet"])
        with pytest.raises(SystemExit) as ended:
            run_command("curate.score", section="score")
        shown[name] = (ended.value.code, capsys.readouterr().err)
    assert (
        "curate.score: PluginError: looks.image: no file curate/scorers/none.py"
        in shown["image"][1]
    )
    assert [code for code, _ in shown.values()] == [1, 0, 0]
    assert "20 rows, 20 of them remembered" in shown["phash"][1]  # measured beside `mine`


def test_an_unknown_scorer_names_those_there_are(pool):
    with pytest.raises(PluginError, match="did you mean 'caption'"):
        run("captions", "a.parquet")


def test_a_scorer_runs_under_any_number_of_names(pool, on_workers, write_set):
    small, *_ = run("image", "scores/image.parquet", longest_side=32)
    run("large", "scores/large.parquet", kind="image", longest_side=64)
    again, *_ = run("small", "scores/small.parquet", kind="image", longest_side=32)
    rows = Rows(sets.located([Path("pool")]), Path("scores"))
    values = {n: rows.column(f"{n}.sharpness").to_pylist() for n in ("image", "large", "small")}
    assert values["image"] == values["small"] != values["large"]
    assert again != small  # it tells of its scorer
    data = Data(Path("scores"), Path("pool"), Path("pool"), Path())
    found = scores.checks(data, scores.Params(ranges={}))
    assert [check.table for check in found] == ["image", "large", "small", "keys"]
