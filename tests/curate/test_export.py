import fcntl
import functools
import hashlib
import json
import os
import subprocess
import tarfile
from pathlib import Path

import datasets
import pytest
import yaml
from etils import epath

from curate.dataset import files, parents, tables
from curate.dataset.errors import BusyError, DataError, ParamsError, PluginError
from curate.export import export

SNAPSHOT = Path("data/snapshot")


@pytest.fixture
def write(drawn_project, workers):
    """Writes a frozen, drawn snapshot out."""
    drawn_project.freeze()

    def run(out="out", form="webdataset", splits=(), per_file=3, snapshot=SNAPSHOT):
        return export(snapshot, files.place(str(out)), form, splits, per_file)

    return run


def contents(root):
    return {str(f.relative_to(root)): f.read_bytes() for f in Path(root).rglob("*") if f.is_file()}


def test_a_split_is_cut_into_files_of_nearly_one_size_that_the_table_lists(write):
    done = write()
    assert [(f.name, f.pairs) for f in done] == [
        ("test/000000.tar", 2),
        ("train/000000.tar", 2),
        ("train/000001.tar", 3),
        ("validation/000000.tar", 1),
    ]
    for file in done:
        data = Path("out", file.name).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file.bytes, file.sha256)
    told = json.loads(Path("out/materialised.json").read_text())
    assert told["snapshot"] == json.loads((SNAPSHOT / "snapshot.json").read_text())["id"]
    assert told["files"] == [file._asdict() for file in done]
    sums = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd="out", capture_output=True)
    assert sums.returncode == 0
    assert sums.stdout.decode().splitlines() == [
        f"{name}: OK" for name in [*(f.name for f in done), "pairs.parquet", "parents.parquet"]
    ]
    made_with = Path("out/provenance.json").read_bytes()
    assert made_with == (SNAPSHOT / "provenance.json").read_bytes()


@pytest.mark.parametrize("form", ["webdataset", "huggingface", "parquet"])
def test_the_same_snapshot_gives_the_same_bytes(write, form):
    write("first", form)
    write("second", form)
    assert contents("first") == contents("second")


@pytest.mark.parametrize("form", ["webdataset", "huggingface", "parquet"])
def test_few_bytes_are_written_by_this_process_as_workers_write_them(write, monkeypatch, form):
    write("theirs", form)
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS")
    monkeypatch.setattr(os, "cpu_count", lambda: 0)  # a cluster of its own would have no worker
    write("ours", form)
    assert contents("ours") == contents("theirs")


def test_only_the_splits_that_are_asked_for_are_written(write):
    assert [file.name for file in write(splits=["validation"])] == ["validation/000000.tar"]
    with pytest.raises(ParamsError, match=r"no split val \(known: test, train, validation\)"):
        write("other", splits=["val"])
    assert not Path("other").exists()


def test_a_run_that_was_killed_goes_on_where_it_was(write):
    whole = contents(write("whole") and "whole")
    write()
    work = Path("out/.materialising")
    plan = json.loads(Path("out/materialised.json").read_text())
    done = plan.pop("files")
    del plan["beside"]
    work.mkdir()
    (work / "plan.json").write_text(json.dumps(plan))
    for file in done[:2]:  # they were done; the third was not, though its bytes may be there
        (work / f"{file['name'].replace('/', '-')}.json").write_text(json.dumps(file))
    Path("out/materialised.json").unlink()
    Path(f"out/{done[2]['name']}").write_bytes(b"torn")
    Path(f"out/{done[3]['name']}").unlink()
    before = Path(f"out/{done[0]['name']}").stat().st_mtime_ns
    write()
    assert contents("out") == whole
    assert Path(f"out/{done[0]['name']}").stat().st_mtime_ns == before


def test_what_is_written_already_is_not_written_again_and_what_is_gone_is(write):
    first = write()
    whole = contents("out")
    file, other = (Path("out") / one.name for one in first[:2])
    before = [one.stat().st_mtime_ns for one in (file, other)]
    assert write() == first
    assert [one.stat().st_mtime_ns for one in (file, other)] == before
    file.unlink()
    Path("out/README.md").unlink()
    assert write() == first
    assert contents("out") == whole
    assert other.stat().st_mtime_ns == before[1]


def test_what_a_killed_run_left_of_a_file_is_cleared_away_by_the_next(write):
    whole = contents(write("whole") and "whole")
    left = Path("out/train/.000000.tar.123-abcdef.partial")
    write()
    plan = json.loads(Path("out/materialised.json").read_text())
    del plan["files"], plan["beside"]
    Path("out/.materialising").mkdir()
    Path("out/.materialising/plan.json").write_text(json.dumps(plan))
    Path("out/materialised.json").unlink()
    left.write_bytes(b"torn")
    Path("out/.materialising/.plan.json.9-ab.partial").write_bytes(b"torn")
    write()
    assert contents("out") == whole


def test_two_runs_at_once_do_not_write_the_same_folder(write):
    write()
    handle = os.open("out", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with pytest.raises(BusyError, match="another run is writing out; let it end first"):
            write()
    finally:
        os.close(handle)
    write()


@pytest.mark.parametrize("form", ["webdataset", "huggingface", "parquet"])
def test_mlcroissant_reads_pairs_with_their_pictures_from_every_form(
    write, drawn_project, monkeypatch, form
):
    import mlcroissant
    from mlcroissant._src.operation_graph.operations import extract

    monkeypatch.setattr(extract, "EXTRACT_PATH", epath.Path(drawn_project.root / "unpacked"))
    write(form=form)
    sheet = mlcroissant.Dataset("out/croissant.json")
    issues = sheet.metadata.ctx.issues
    assert (issues.errors, issues.warnings) == (set(), set())
    rows = {row["uid"]: row for row in drawn_project.manifest()}
    read = {text(record["pairs/uid"]): record for record in sheet.records("pairs")}
    assert set(read) == set(rows)
    for uid, row in rows.items():
        assert read[uid]["pairs/picture"].size == (row["width"], row["height"])
        for name in ("image", "caption", "lang", "licence", "url"):
            assert text(read[uid][f"pairs/{name}"]) == row[name]
    gold = read[drawn_project.circles["gold"]["uid"]]["pairs/picture"].convert("RGB")
    assert gold.getpixel((48, 48)) == (255, 215, 0)


@pytest.mark.parametrize("form", ["huggingface", "parquet"])
def test_the_datasets_library_finds_the_splits_by_the_card(write, drawn_project, form):
    write(form=form)
    read = datasets.load_dataset("out", cache_dir=str(drawn_project.root / "cache"))
    wanted = {"train": 5, "validation": 1, "test": 2}
    assert {name: len(rows) for name, rows in read.items()} == wanted


def text(value):
    return value.decode() if isinstance(value, bytes) else value


@pytest.mark.parametrize("form", ["webdataset", "huggingface", "parquet"])
def test_the_datasheet_and_the_card_are_of_what_was_written(write, form):
    done = write(form=form, splits=["train"])
    sheet = json.loads(Path("out/croissant.json").read_text())
    told = {f["@id"]: f for f in sheet["distribution"] if f["@type"] == "cr:FileObject"}
    for file in done:
        assert told[file.name]["sha256"] == file.sha256
        assert told[file.name]["contentSize"] == f"{file.bytes} B"
    assert all(Path("out", file["contentUrl"]).is_file() for file in told.values())
    assert "5 pairs of 4 images (5 train), 1 of them made" in sheet["description"]
    card = Path("out/README.md").read_text()
    head = yaml.safe_load(card.split("---\n")[1])
    assert head["language"] == ["en", "fr"]
    assert head["size_categories"] == ["n<1K"]
    assert "**5 pairs** of 4 images" in card
    assert "sha256sum -c SHA256SUMS" in card


@pytest.mark.parametrize("form", ["webdataset", "huggingface", "parquet"])
def test_all_parents_of_the_made_pairs_that_are_there_go_with_them(write, form):
    whole = tables.read(SNAPSHOT / parents.FILE).to_pylist()
    write(form=form, splits=["train"])
    assert tables.read(Path("out", parents.FILE)).to_pylist() == whole != []
    sums = Path("out/SHA256SUMS").read_text()
    assert f"{files.sha256(Path('out', parents.FILE))}  {parents.FILE}\n" in sums
    assert parents.FILE in Path("out/README.md").read_text()
    Path("out", parents.FILE).unlink()
    write(form=form, splits=["train"])
    assert Path("out", parents.FILE).is_file()
    write("real", form=form, splits=["test"])
    assert not Path("real", parents.FILE).exists()


def test_a_folder_with_something_else_is_left_alone(write):
    write()
    before = contents("out")
    with pytest.raises(DataError, match=r"out holds snapshot .* as webdataset .*another folder"):
        write(form="parquet")
    assert contents("out") == before
    Path("mine").mkdir()
    Path("mine/letter.txt").write_text("dear")
    with pytest.raises(DataError, match="mine is not empty"):
        write("mine")
    with pytest.raises(DataError, match=r"letter\.txt is a file"):
        write("mine/letter.txt")


def test_a_damaged_tar_is_named_and_nothing_is_called_whole(write):
    row = tables.read(SNAPSHOT / "manifest.parquet").to_pylist()[0]
    tar = Path(row["set"], row["shard"])
    data = bytearray(tar.read_bytes())
    data[row["offset"] + row["size"] // 2] ^= 1
    tar.write_bytes(data)
    with pytest.raises(DataError, match=rf"{tar} is damaged: .*picture {row['image']}"):
        write()
    assert not Path("out/materialised.json").exists()
    assert not list(Path("out").rglob("*.partial"))


def test_a_missing_tar_is_named(write):
    row = tables.read(SNAPSHOT / "manifest.parquet").to_pylist()[0]
    Path(row["set"], row["shard"]).unlink()
    with pytest.raises(DataError, match=rf"cannot be read.*{row['shard']}"):
        write()


def test_wrong_arguments_are_answered_with_what_is_known(write):
    with pytest.raises(DataError, match="no snapshot at data/snap"):
        write(snapshot=Path("data/snap"))
    with pytest.raises(PluginError, match="did you mean 'webdataset'"):
        write(form="webdatset")
    with pytest.raises(ParamsError, match="--per-file is 0"):
        write(per_file=0)
    assert not Path("out").exists()


def test_a_picture_has_the_kind_that_it_is_of(write, drawn_project, drawn):
    drawn_project.made = functools.partial(drawn, encoding="GIF")
    drawn_project.write_made([("square", "red", "made", drawn_project.circles["red"]["uid"])])
    drawn_project.freeze()
    kinds = [file.kinds for file in write(splits=["train"], per_file=9)]
    assert kinds == [{"gif": 1, "png": 4}]
    with tarfile.open("out/train/000000.tar") as tar:
        named = {member.name.partition(".")[2]: member for member in tar}
        assert tar.extractfile(named["gif"]).read() == drawn("square", "red", encoding="GIF")


def test_a_manifest_that_is_not_its_snapshot_s_is_refused(write):
    table = tables.read(SNAPSHOT / "manifest.parquet")
    tables.write(table.slice(1), SNAPSHOT / "manifest.parquet", "uid")
    with pytest.raises(DataError, match=r"manifest.parquet is not the one .*snapshot.json"):
        write()
    assert not Path("out").exists()


def test_a_store_gets_the_bytes_that_a_folder_gets(write, store):
    write()
    write(f"{store}/out")
    root = files.place(f"{store}/out")
    found = {f.path.removeprefix(f"{root.path}/"): f for f in root.rglob("*") if f.is_file()}
    assert {name: file.read_bytes() for name, file in found.items()} == contents("out")
