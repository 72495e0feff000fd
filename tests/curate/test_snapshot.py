import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from curate.dataset import tables
from curate.dataset.errors import (
    BusyError,
    DataError,
    EmptySetError,
    ParamsError,
    RejectsError,
)
from curate.export import document_of
from tests._versioned import ENV
from tests.curate.conftest import SNAPSHOT


def test_the_manifest_holds_kept_and_made_pairs_with_their_split(drawn_project):
    facts = drawn_project.freeze()
    rows = {row["uid"]: row for row in drawn_project.manifest()}
    assert drawn_project.circles["black"]["uid"] not in rows
    assert rows[drawn_project.circles["gold"]["uid"]]["split"] == "validation"
    made = [row for row in rows.values() if row["parent"]]
    assert [(m["set"], m["split"]) for m in made] == [("data/made/geometric", "train")]
    assert facts["pairs"] == len(rows) == 8
    assert facts["made"] == 1
    assert facts["splits"] == {
        "test": {"pairs": 2, "images": 2},
        "train": {"pairs": 5, "images": 4},
        "validation": {"pairs": 1, "images": 1},
    }
    assert facts["languages"]["fr"] == {"pairs": 1, "images": 1}


def test_the_same_inputs_give_the_same_bytes_and_the_same_id(drawn_project):
    def files(folder):
        return {p.name: p.read_bytes() for p in Path(folder).iterdir()}

    first_facts, first = drawn_project.freeze(), files("data/snapshot")
    assert drawn_project.freeze() == first_facts
    assert files("data/snapshot") == first
    tables_ = {"manifest.parquet", "parents.parquet", "rejected.parquet"}
    beside = {
        "snapshot.json",
        "croissant.json",
        "provenance.json",
        "leakage.json",
        "README.md",
        "id",
    }
    assert set(first) == tables_ | beside | {"README.md"}


def test_the_id_follows_the_content_and_not_the_name(drawn_project):
    first = drawn_project.freeze()["id"]
    assert drawn_project.freeze(name="another", version="0.2.0")["id"] == first
    dropped = [drawn_project.circles[colour]["uid"] for colour in ("black", "blue")]
    drawn_project.decide("pool", drawn_project.pairs, dropped)
    assert drawn_project.freeze()["id"] != first


def test_a_snapshot_without_made_pairs_or_labels_is_one_too(drawn_project):
    (Path("data/made/geometric/pairs.parquet")).unlink()
    (Path("data/labels/scene/nodes.parquet")).unlink()
    facts = drawn_project.freeze()
    assert (facts["pairs"], facts["made"]) == (7, 0)
    assert json.loads(Path("data/snapshot/snapshot.json").read_text())["labels"] == []


def test_a_kept_image_without_a_split_is_refused_with_its_reason(drawn_project):
    green = drawn_project.circles["green"]
    drawn_project.write_splits(lambda row: row if row["image"] != green["image"] else None)
    drawn_project.freeze()
    refused = [(r["item"], r["reason"]) for r in drawn_project.refused()]
    assert refused == [(green["uid"], "no split")]
    refusal = r"1 of 8 kept pairs were refused \(1 no split\).*see data/snapshot\.rejected\.parquet"
    whole = drawn_project.manifest()
    with pytest.raises(RejectsError, match=refusal):
        drawn_project.freeze(max_rejected=0.05)
    refused = tables.read(Path("data/snapshot.rejected.parquet")).to_pylist()
    assert [r["item"] for r in refused] == [green["uid"]]
    assert drawn_project.manifest() == whole
    drawn_project.freeze()
    assert not Path("data/snapshot.rejected.parquet").exists()


def test_nothing_left_is_an_error_that_says_so(drawn_project):
    drawn_project.write_splits(lambda row: {**row, "split": "elsewhere"})
    with pytest.raises(EmptySetError, match="all 8 kept pairs were refused"):
        drawn_project.freeze()


def test_near_duplicates_in_two_splits_stop_the_stage(drawn_project):
    twins = {drawn_project.circles[colour]["image"] for colour in ("red", "navy")}
    drawn_project.write_splits(
        lambda row: {**row, "group": "twins"} if row["image"] in twins else row
    )
    with pytest.raises(DataError, match=r"near-duplicates twins is in test, train.*split stage"):
        drawn_project.freeze()


def test_labels_are_listed_by_reference_with_their_hash(drawn_project):
    drawn_project.freeze()
    document = json.loads(Path("data/snapshot/snapshot.json").read_text())
    data = Path("data/labels/scene/nodes.parquet").read_bytes()
    assert document["labels"] == [
        {
            "path": "data/labels/scene/nodes.parquet",
            "rows": 1,
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
    ]


def test_a_missing_shard_is_named(drawn_project):
    for tar in Path("data/pool/images").glob("*.tar"):
        tar.unlink()
    with pytest.raises(DataError, match=r"data/pool/images/.*\.tar is missing"):
        drawn_project.freeze()


def test_mlcroissant_reads_the_manifest_through_the_datasheet(drawn_project):
    import mlcroissant

    drawn_project.freeze()
    sheet = mlcroissant.Dataset("data/snapshot/croissant.json")
    assert sheet.metadata.ctx.issues.errors == set()
    assert sheet.metadata.ctx.issues.warnings == set()
    read = [
        {k.removeprefix("pairs/"): v.decode() if isinstance(v, bytes) else v for k, v in r.items()}
        for r in sheet.records("pairs")
    ]
    assert read == tables.read(Path("data/snapshot/manifest.parquet")).to_pylist()
    assert {"splits/name": "train", "splits/pairs": 5} in list(sheet.records("splits"))


def test_the_datasheet_counts_pairs_by_licence_and_lists_every_tar(drawn_project):
    import mlcroissant

    drawn_project.freeze()
    metadata = mlcroissant.Dataset("data/snapshot/croissant.json").metadata
    assert [(w.name, w.description, w.url) for w in metadata.license] == [
        ("CC0-1.0", "8 pairs of 7 images", "https://spdx.org/licenses/CC0-1.0.html")
    ]
    assert metadata.data_biases == ["Towards circles."]
    tars = {file.id for file in metadata.distribution if file.id.endswith(".tar")}
    assert tars == {f"{row['set']}/{row['shard']}" for row in drawn_project.manifest()}
    urls = [url for file in metadata.distribution if (url := getattr(file, "content_url", None))]
    assert all((Path("data/snapshot") / url).is_file() for url in urls)


def test_an_unknown_field_of_the_datasheet_is_answered_with_the_known_ones(drawn_project):
    with pytest.raises(ParamsError, match="did you mean 'biases'"):
        drawn_project.freeze(datasheet={"description": "x", "biasses": ["y"]})


def started():
    words = (
        "--pool data/pool --made data/made --decisions data/decisions --split data/split.parquet"
    )
    words += " --labels data/labels --out data/snapshot"
    command = [sys.executable, "-m", "curate.snapshot", *words.split()]
    return subprocess.Popen(
        command, env=os.environ | ENV, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_a_killed_stage_and_two_at_once_leave_the_snapshot_before_whole(drawn_project):
    Path("params.yaml").write_text(yaml.safe_dump({"snapshot": SNAPSHOT}))
    identity = drawn_project.freeze()["id"]
    dropped = [drawn_project.circles[colour]["uid"] for colour in ("black", "blue")]
    drawn_project.decide("pool", drawn_project.pairs, dropped)
    first = started()
    while not Path("data/.snapshot.new/manifest.parquet").is_file():
        assert first.poll() is None, first.stderr.read()
        time.sleep(0.005)
    first.send_signal(signal.SIGSTOP)  # in the midst of it
    with pytest.raises(BusyError, match=rf"process {first.pid} on .* is writing data/snapshot"):
        drawn_project.freeze()
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert json.loads(Path("data/snapshot/snapshot.json").read_text())["id"] == identity
    assert document_of(Path("data/snapshot"))["pairs"] == len(drawn_project.manifest()) == 8
    second = started()
    assert "Error" not in second.communicate()[1]
    assert len(drawn_project.manifest()) == 7
    assert not list(Path("data").glob(".snapshot*"))
