"""What a crawl reads and whether DVC sees that it was edited."""

from pathlib import Path

import pytest
import yaml

from curate import crawl
from curate.stage.params import build
from tests._versioned import ROOT, call

STAGE = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]["crawl"]
MATERIAL = {"kind": "folder", "path": "material/pictures"}


@pytest.fixture
def said(project, monkeypatch, capsys):
    """Gives what a crawl's check of its paths says where DVC runs it."""

    def check(deps=(), stage="crawl", **values):
        stages = {"stages": {"crawl": {"cmd": "true", "deps": list(deps)}}}
        Path("dvc.yaml").write_text(yaml.safe_dump(stages), encoding="utf-8")
        monkeypatch.setenv("DVC_STAGE", stage)
        params = build(crawl.CrawlParams, values, "crawl")
        kinds = {name: crawl.kind_of(name, own) for name, own in params.sources.items()}
        crawl.watched.warn(params, kinds, Path("data/packages"))
        return capsys.readouterr().err

    return check


def test_dvc_crawls_again_when_what_is_named_in_reads_was_edited(project, drawn, workers):
    own = [dep for dep in STAGE["deps"] if not dep.startswith("curate/")]
    deps = {"deps": own, "cmd": STAGE["cmd"], "params": STAGE["params"], "outs": STAGE["outs"]}
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": {"crawl": deps}}), encoding="utf-8")
    values = {"sources": {"mine": MATERIAL}, "reads": "material", "guard": {"reads": "models/clip"}}
    values |= {"blocklist": {"path": "blocklist.txt"}}
    Path("params.yaml").write_text(yaml.safe_dump({"crawl": values}), encoding="utf-8")
    files = ("data/packages/a", "blocklist.txt", "forgotten.csv", "models/clip/weights.pt")
    for file in map(Path, (*files, "material/pictures/a.txt", "metrics/none")):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("kind,value,reason,date\n" if file.suffix == ".csv" else "")
    Path("material/pictures/a.txt").write_text("A ball")
    Path("material/pictures/a.png").write_bytes(drawn("circle", "red"))
    call("dvc", "init", "-q", "--no-scm")
    call("dvc", "repro", "-q")
    assert "up to date" in call("dvc", "status")
    for edited in ("material/pictures/a.txt", "models/clip/weights.pt"):
        Path(edited).write_text("A red ball")
    found = [line.split()[-1] for line in call("dvc", "status").splitlines() if "modified" in line]
    assert sorted(found) == ["material", "models/clip"]


@pytest.mark.parametrize(
    ("path", "watched"),
    [
        ("material", True),
        ("material/pictures/", True),
        ("./material/lists/{00..31}.parquet", True),
        ("material/*.tar", True),
        ("data/packages/mine.tar", True),
        ("s3://bucket/lists/*.parquet", True),  # not of this machine
        ("materials", False),
        ("mate*/a.tar", False),
        ("/srv/pictures", False),
    ],
)
def test_a_path_that_dvc_does_not_watch_is_named_with_where_to_name_it(said, path, watched):
    found = said(sources={"mine": {"kind": "folder", "path": path}}, reads="material")
    assert found.count("\n") == (not watched)
    if not watched:
        assert f"crawl.sources.mine.path is {path}, which DVC does not watch" in found
        assert "in crawl.reads" in found


def test_each_path_of_a_source_and_the_guards_model_must_be_watched(said, project):
    coco = {"kind": "coco", "annotations": "coco/captions.json", "pictures": "pictures"}
    guard = {"model": "local-dir:models/clip"}
    found = said(sources={"coco": coco}, reads="coco", guard=guard)
    assert "sources.coco.annotations" not in found
    assert "crawl.sources.coco.pictures is pictures" in found
    assert "crawl.guard.model is models/clip" in found
    assert "in crawl.guard.reads" in found
    assert not said(["pictures", {"models": {"hash": "md5"}}], sources={"coco": coco}, reads="coco")


def test_a_crawl_that_dvc_does_not_run_has_nothing_to_warn_of(said, monkeypatch, capsys):
    params = build(crawl.CrawlParams, {"sources": {"mine": MATERIAL}}, "crawl")
    monkeypatch.delenv("DVC_STAGE", raising=False)
    kinds = {"mine": crawl.kind_of("mine", MATERIAL)}
    crawl.watched.warn(params, kinds, Path("data/packages"))
    assert not capsys.readouterr().err
    assert said(sources={"mine": MATERIAL})


@pytest.mark.parametrize("stage", ["dvc.yaml:crawl", "../dvc.yaml:crawl", "work/dvc.yaml:crawl"])
def test_dvc_may_be_called_in_another_folder_than_that_of_its_file(said, project, stage):
    assert not said(["material"], stage, sources={"mine": MATERIAL})


def test_a_file_of_stages_that_is_not_there_or_has_none_names_no_dependency(said, project):
    missing = said(["material"], "other/dvc2.yaml:crawl", sources={"mine": MATERIAL})
    assert "crawl.sources.mine.path is material/pictures" in missing
    Path("dvc2.yaml").write_text("vars: []")
    assert said(["material"], "dvc2.yaml:crawl", sources={"mine": MATERIAL}) == missing
