"""The whole DAG on a few dozen drawn pictures: fetched, crawled, judged, labelled, trained on."""

import hashlib
import json
import os
import random
import sys
import unicodedata
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from selectolax.lexbor import LexborHTMLParser

from curate.dataset import shards, tables
from curate.sources._texts import clean
from tests import _whole, faults
from tests._faults import site
from tests._faults.stage import stages
from tests._faults.strikes import STRIKES
from tests._faults.trial import known, trial
from tests._strange import CAPTIONS, LONG
from tests._whole import PICTURES, call, ours, small

FAULTS = 20
# stages, some of whose plugins may have work for a cluster
SHARED = ("crawl", "score", "score_parsed", "score_pool", "label", "label_linked", "make")
SHARED += ("score_made", "score_parsed_made", "label_made", "label_linked_made", "verify_made")
STRUCK = ("crawl", "score@image", "split", "filter", "make@rewrite", "snapshot")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A web site of two pages on loopback, one of them closed to robots, and its URL."""
    with site.site(tmp_path_factory.mktemp("site")) as both:
        yield both


@pytest.fixture(scope="module")
def finished(tmp_path_factory, server):
    """A project folder in which `dvc repro` ran to its end."""
    return _whole.finished(tmp_path_factory.mktemp("whole") / "project", server[1])


@pytest.fixture(autouse=True, scope="module")
def commands_of_this_environment():
    """`dvc` and `python` are those of the interpreter that runs the tests."""
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{before}"
    yield
    os.environ["PATH"] = before


def metrics(folder, name):
    return json.loads((folder / "metrics" / f"{name}.json").read_text())


def rows(folder, name):
    return tables.read(folder / "data" / name).to_pylist()


def is_table(file):
    return file.suffix == ".parquet"


def test_every_found_thing_is_a_pair_or_a_reject_with_its_reason(finished):
    pairs = rows(finished, "pool/pairs.parquet")
    assert sum(p["source"] == "drawn" for p in pairs) == 2 * PICTURES + 1
    assert sum(p["source"] == "site" for p in pairs) == 4
    reasons = {
        r["item"].rsplit("/", 1)[-1]: r["reason"] for r in rows(finished, "pool/rejected.parquet")
    }
    assert {"copy.png", "broken.png", "silent.png", "gone.png"} <= set(reasons)
    assert not any("private" in (p["url"] or "") for p in pairs)


def test_the_strangest_captions_go_through_all_stages_into_snapshot_labels_and_report(finished):
    expected = {text for raw in (*CAPTIONS.values(), LONG) if (text := clean(raw))}
    strange = {
        p["uid"]: p for p in rows(finished, "pool/pairs.parquet") if p["source"] == "strange"
    }
    assert {pair["caption"] for pair in strange.values()} == expected
    assert max(map(len, expected)) > 100_000
    kept = {row["uid"] for row in rows(finished, "snapshot/manifest.parquet")}
    assert strange.keys() <= kept
    nodes = rows(finished, "labels/scene/nodes.parquet")
    told = [node for node in nodes if node["uid"] in strange]
    assert told
    for node in told:
        assert strange[node["uid"]]["caption"][node["start"] : node["end"]] == node["text"]
    for name in ("reports/index.html", "data/snapshot/README.md"):
        text = (finished / name).read_text(encoding="utf-8")
        assert not {c for c in text if unicodedata.category(c) in ("Cc", "Cs")} - {"\n", "\t"}
    page = LexborHTMLParser((finished / "reports/index.html").read_text(encoding="utf-8"))
    assert page.css("script, img[onerror], [onmouseover], a[href^=javascript]") == []


def test_no_credential_of_a_url_is_in_anything_that_a_project_keeps(finished):
    kept = [finished / name for name in ("data", "metrics", "reports", "models", "dvclive")]
    files = [file for folder in kept for file in folder.rglob("*") if file.is_file()]
    files += [finished / name for name in ("dvc.lock", "dvc.yaml", "params.yaml")]
    tables_of = {file: str(pq.read_table(file).to_pylist()) for file in files if is_table(file)}
    assert [file for file, text in tables_of.items() if site.SECRET in text] == []
    assert [file for file in files if site.SECRET.encode() in file.read_bytes()] == []
    urls = {pair["url"] for pair in rows(finished, "pool/pairs.parquet")}
    assert any(url.endswith("?w=100&X-Amz-Signature=redacted") for url in urls)


def test_every_pair_is_decided_once_and_has_every_score(finished):
    uids = {p["uid"] for p in rows(finished, "pool/pairs.parquet")}
    decisions = rows(finished, "decisions/pool.parquet")
    assert [d["uid"] for d in decisions] == sorted(uids)
    assert {d["kept"] for d in decisions} == {True, False}
    assert all(d["reason"] in d["failed"] for d in decisions if not d["kept"])
    for scorer in yaml.safe_load((finished / "params.yaml").read_text())["score"]:
        table = tables.read(finished / f"data/scores/{scorer}.parquet")
        names = uids if "uid" in table.column_names else None
        assert names is None or set(table.column("uid").to_pylist()) == names


def test_made_pairs_name_a_kept_parent_that_is_trained_on(finished):
    kept = {d["uid"] for d in rows(finished, "decisions/pool.parquet") if d["kept"]}
    splits = {s["image"]: s["split"] for s in rows(finished, "split.parquet")}
    parents = {p["uid"]: p for p in rows(finished, "pool/pairs.parquet")}
    made = rows(finished, "made/photometric/pairs.parquet")
    assert made
    for pair in made:
        assert pair["parent"] in kept
        assert splits[parents[pair["parent"]]["image"]] == "train"
        assert json.loads(pair["recipe"])


def test_no_picture_and_no_near_duplicate_is_in_two_splits(finished):
    groups = {s["image"]: s["group"] for s in rows(finished, "split.parquet")}
    seen = {}
    for row in rows(finished, "snapshot/manifest.parquet"):
        if row["parent"] is None:
            assert seen.setdefault(groups[row["image"]], row["split"]) == row["split"]
        else:
            assert row["split"] == "train"


def test_the_models_were_trained_and_their_figures_written(finished):
    assert (finished / "models/filter_network/open_clip_config.json").is_file()
    assert (finished / "models/imagebert/model.safetensors").is_file()
    assert "times_chance" in json.dumps(metrics(finished, "filter_network"))
    assert "times_chance" in json.dumps(metrics(finished, "evaluate/imagebert"))


def test_the_report_stands_alone(finished):
    page = (finished / "reports/index.html").read_text(encoding="utf-8")
    assert "data:image/" in page
    assert 'src="http' not in page
    assert list((finished / "reports/data_docs").rglob("index.html"))


def test_a_second_run_does_nothing(finished):
    done = call("dvc", "repro", folder=finished)
    assert done.returncode == 0
    assert "up to date" in done.stdout + done.stderr
    assert "Running stage" not in done.stdout + done.stderr


def test_whatever_strikes_a_stage_the_next_run_gives_the_undisturbed_bytes(
    finished, server, tmp_path
):
    wanted = [stage for stage in stages(finished) if stage.name in STRUCK]
    draw = random.Random(0)
    found = list(faults.outcomes(finished, wanted, FAULTS, draw, server[0], tmp_path / "struck"))
    assert [one for one in found if not one.survived] == []
    struck = {one.fault for one in found}
    assert struck | {"full_disk"} == STRIKES.keys()  # only root can make a small disk
    assert (len(found), {one.stage for one in found}) == (FAULTS, {*STRUCK})


@pytest.mark.slow  # a cluster for each of some 60 stages
def test_whatever_a_cluster_works_on_is_the_same_when_a_worker_is_killed_in_its_midst(
    finished, server, tmp_path
):
    found = []
    for stage in stages(finished):
        if stage.name.partition("@")[0] in SHARED:
            folder = tmp_path / "struck"
            undisturbed = known(finished, stage, server[0], folder)
            where = (stage, "lost_worker", undisturbed, random.Random(0), server[0], folder)
            found.append(trial(finished, *where))
    struck = [one for one in found if one is not None]
    assert [one for one in struck if not one.survived or not one.clear] == []
    surely = {"crawl", "score", "score_parsed", "label", "make", "verify_made"}
    assert surely <= {one.stage.partition("@")[0] for one in struck}


def test_metrics_and_plots_are_shown(finished):
    shown = call("dvc", "metrics", "show", "--json", folder=finished)
    assert "times_chance" in shown.stdout, shown.stderr
    plots = call("dvc", "plots", "show", "--out", "plots", folder=finished)
    assert plots.returncode == 0, plots.stderr
    assert "imagebert" in (finished / "plots/index.html").read_text()


def test_another_threshold_decides_anew_and_scores_nothing_of_the_pool(finished):
    before = {d["uid"] for d in rows(finished, "decisions/pool.parquet") if d["kept"]}
    done = call(
        "dvc", "exp", "run", "-S", "filter.rules.clip.at_least=0.99", "filter", folder=finished
    )
    text = done.stdout + done.stderr
    assert done.returncode == 0, text[-4000:]
    assert "Running stage 'filter'" in text
    assert "Running stage 'score@" not in text
    assert "Running stage 'filter_network'" not in text
    after = {d["uid"] for d in rows(finished, "decisions/pool.parquet") if d["kept"]}
    assert after < before


def test_a_picture_that_is_put_on_the_blocklist_leaves_the_pool(finished):
    first, *others = rows(finished, "pool/pairs.parquet")
    with (finished / "blocklist.txt").open("a") as file:
        file.write(hashlib.sha256(picture(finished, first)).hexdigest())
    done = call("dvc", "repro", "crawl", folder=finished)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "Running stage 'crawl'" in done.stdout + done.stderr
    left = {pair["uid"] for pair in rows(finished, "pool/pairs.parquet")}
    assert left == {pair["uid"] for pair in others if pair["image"] != first["image"]}


def test_what_is_forgotten_leaves_without_a_new_crawl_and_what_follows_is_made_anew(finished):
    pair = rows(finished, "pool/pairs.parquet")[0]
    code = f"from curate.forget import forget; forget(reason='asked', uid=[{pair['uid']!r}])"
    done = call("python", "-c", code, folder=finished)
    assert done.returncode == 0, done.stderr
    assert "models/imagebert" in done.stdout
    done = call("dvc", "commit", "--force", "crawl", folder=finished)
    assert done.returncode == 0, done.stderr
    assert "up to date" in call("dvc", "status", "crawl", folder=finished).stdout
    done = call("dvc", "repro", "score@caption", folder=finished)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "Running stage 'crawl'" not in done.stdout + done.stderr
    assert pair["uid"] not in {row["uid"] for row in rows(finished, "scores/caption.parquet")}


@pytest.mark.slow
def test_every_method_of_our_parameters_has_its_stage(finished, server):
    methods = list(ours()["make"])
    params = small(ours(), server[1], methods)
    (finished / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    done = call("dvc", "repro", "snapshot", folder=finished)
    assert done.returncode == 0, done.stderr[-8000:]
    made = {file.parent.name for file in (finished / "data/made").glob("*/pairs.parquet")}
    assert made == set(methods)


def picture(folder, pair):
    with shards.ShardReader(folder / "data/pool") as reader:
        return reader.read(pair["shard"], pair["offset"], pair["size"])
