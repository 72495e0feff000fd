import html
import json
import re
import socket
from pathlib import Path

import pyarrow as pa
import pytest

from curate.dataset import parents, parts, record, tables
from curate.dataset.errors import DataError, ParamsError
from curate.reports import page
from tests._validated import validated

SUITES = {
    "pool": {"reads": "data/pool", "beside": "data/pool"},
    "snapshot": {
        "reads": "data/snapshot",
        "beside": "data/scores/phash.parquet",
        "min_pairs": {"train": 4, "validation": 1, "test": 2},
    },
}
MANIFEST = Path("data/snapshot/manifest.parquet")


def check(name, **changes):
    params = {**SUITES[name], **changes}
    return validated(name, params)


def rewrite(path, schema, change):
    """Change rows of a table in place; the schema may allow what it should not."""
    rows = [change(dict(row)) for row in tables.read(path).to_pylist()]
    tables.write(pa.Table.from_pylist(rows, schema), path, "uid")


@pytest.mark.parametrize("name", SUITES)
def test_good_data_passes_and_has_data_docs(frozen, name):
    found = check(name)
    assert found["success"]
    assert found["failed"] == 0
    assert found["evaluated"] == sum(t["evaluated"] for t in found["tables"].values()) > 20
    index = Path("docs/index.html").read_text()
    for table in found["tables"]:
        assert f'href="{table}.html"' in index
        assert Path(f"docs/{table}.html").is_file()


@pytest.mark.parametrize("name", SUITES)
def test_data_docs_are_the_same_on_every_run_and_fetch_nothing(frozen, name):
    check(name)
    first = {p.name: p.read_text() for p in Path("docs").iterdir()}
    check(name)
    assert {p.name: p.read_text() for p in Path("docs").iterdir()} == first
    for text in first.values():
        assert not re.search(
            r"""(src|href)=["']?(https?:)?//|<script|<iframe|@import|url\(""", text
        )


def test_validation_leaves_nothing_in_the_project_folder(frozen):
    before = {p for p in frozen.root.rglob("*") if p.is_file()}
    check("pool")
    after = {p for p in frozen.root.rglob("*") if p.is_file()}
    assert {p.relative_to(frozen.root).parts[0] for p in after - before} == {"docs"}


def test_validation_asks_for_no_network(frozen, monkeypatch):
    asked = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **_: asked.append(args))
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: asked.append(address))
    check("pool")
    assert asked == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"split": "training"}, "split"),
        ({"parent": "f" * 32}, "what a made pair was made from is in the training split"),
        ({"licence": None}, "licence"),
    ],
    ids=["split", "parent", "licence"],
)
def test_a_breach_stops_the_stage_after_the_docs_are_written(frozen, change, message):
    gold = frozen.circles["gold"]["uid"]
    rewrite(MANIFEST, record.MANIFEST, lambda r: {**r, **change} if r["uid"] == gold else r)
    with pytest.raises(DataError, match=r"(?s)1 rows?: .*") as caught:
        check("snapshot")
    assert message in str(caught.value)
    assert "docs/index.html" in str(caught.value)
    assert "not met" in Path("docs/index.html").read_text()


def test_a_picture_in_two_splits_is_found(frozen):
    french = next(row["uid"] for row in frozen.manifest() if row["lang"] == "fr")
    rewrite(
        MANIFEST, record.MANIFEST, lambda r: {**r, "split": "test"} if r["uid"] == french else r
    )
    with pytest.raises(DataError, match="no image is in two splits -- not met by 1 row"):
        check("snapshot")


def test_a_made_picture_apart_from_its_parent_is_found(frozen):
    def move(row):
        return {**row, "split": "validation"} if row["parent"] else row

    rewrite(MANIFEST, record.MANIFEST, move)
    with pytest.raises(DataError, match="nor what was made from it, is in two splits"):
        check("snapshot")


def test_every_parent_of_a_made_pair_is_asked_about_and_a_far_one_is_found(frozen):
    uids = {colour: pair["uid"] for colour, pair in frozen.circles.items()}
    shapes = [("square", "red", "of two", uids["red"], uids["green"])]
    frozen.write_made(shapes)
    frozen.freeze()
    check("snapshot")
    file = Path("data/snapshot") / parents.FILE
    rows = [
        {**row, "parent": uids["navy"]} if row["position"] else row
        for row in tables.read(file).to_pylist()
    ]
    tables.write(pa.Table.from_pylist(rows, record.PARENTS), file, parents.KEY)
    with pytest.raises(DataError) as caught:
        check("snapshot")
    assert "what a made pair was made from is in the training split -- not met" in str(caught.value)
    assert "nor what was made from it, is in two splits -- not met" in str(caught.value)


def test_a_made_picture_that_does_not_say_so_is_found(drawn_project):
    drawn_project.made = drawn_project.draw
    drawn_project.write_made([("square", "red", "red", drawn_project.circles["red"]["uid"])])
    drawn_project.freeze()
    with pytest.raises(DataError, match="a made picture says so in its metadata") as caught:
        check("snapshot")
    (made,) = [row["image"] for row in drawn_project.manifest() if row["parent"]]
    assert f"where: image {made}" in str(caught.value)


def test_a_made_picture_that_was_crawled_is_found(drawn_project, write_set):
    other = drawn_project.made("square", "blue")
    drawn_project.draw = lambda *_: other
    drawn_project.pairs = []
    drawn_project.circles["red"] = write_set(Path("data/pool"), [(other, "en", "b")]).to_pylist()[0]
    drawn_project.write_splits(lambda r: r if r["group"] == "group-red" else None)
    drawn_project.decide("pool", [drawn_project.circles["red"]])
    drawn_project.write_made([])
    drawn_project.freeze()
    least = {"train": 1, "validation": 0, "test": 0}
    with pytest.raises(DataError, match="no picture of the pool is one that Pairwright made"):
        check("snapshot", min_pairs=least)


def test_a_new_caption_of_a_crawled_picture_asks_it_for_no_mark(drawn_project):
    red = drawn_project.circles["red"]["uid"]
    drawn_project.write_made([("circle", "red", "a circle in red", red)])
    drawn_project.freeze()
    assert any(row["parent"] for row in drawn_project.manifest())
    assert check("snapshot")["success"]


def test_kept_pictures_that_look_alike_are_named_unless_the_rules_let_them(frozen):
    phash = Path("data/scores/phash.parquet")
    images = sorted({row["image"] for row in frozen.pairs})
    rows = [{"image": name, "phash": f"{3 << 6 * n:016x}"} for n, name in enumerate(images)]
    alike = sorted(frozen.circles[colour]["image"] for colour in ("gold", "navy"))
    for row in rows:
        row["colours"] = bytes(192)
        if row["image"] == alike[1]:
            row["phash"] = next(r["phash"] for r in rows if r["image"] == alike[0])
    schema = pa.schema({"image": pa.string(), "phash": pa.string(), "colours": pa.binary(192)})
    tables.write(pa.Table.from_pylist(rows, schema), phash, "image")
    asked = {"distance": 3, "colours": 4}
    with pytest.raises(DataError) as caught:
        check("snapshot", look_alikes=asked)
    said = str(caught.value)
    assert f"of pictures that look alike one is kept -- not met by 1 row: '{alike[0]}'" in said
    assert f"where: image {alike[1]}" in said
    assert check("snapshot", look_alikes={**asked, "except_sources": ["drawn"]})["success"]
    assert check("snapshot")["success"]


def test_a_breach_in_a_table_of_many_parts_names_the_row_and_its_part(frozen, monkeypatch):
    monkeypatch.setattr(parts, "ROWS", 3)
    whole = check("snapshot")
    assert whole["tables"]["manifest"]["rows"] == 8
    rows = tables.read(MANIFEST).to_pylist()
    last = rows[-1]["uid"]
    rewrite(MANIFEST, record.MANIFEST, lambda r: {**r, "licence": None} if r["uid"] == last else r)
    with pytest.raises(DataError) as caught:
        check("snapshot")
    said = str(caught.value)
    assert f"where: uid {last} in rows 6 to 7 of {MANIFEST}" in said
    assert "what to do: give its source a licence (crawl.sources.<name>.licence" in said
    assert "freeze again" not in said


def test_a_split_that_no_one_knows_asks_to_freeze_again(frozen):
    gold = frozen.circles["gold"]["uid"]
    rewrite(MANIFEST, record.MANIFEST, lambda r: {**r, "split": "none"} if r["uid"] == gold else r)
    with pytest.raises(DataError, match="what to do: freeze again"):
        check("snapshot")


@pytest.mark.parametrize("name", SUITES)
def test_the_same_is_found_however_tables_are_cut(frozen, name, monkeypatch):
    whole = check(name)
    monkeypatch.setattr(parts, "ROWS", 3)
    assert check(name) == whole


def test_a_changed_shard_is_found(frozen):
    tar = next(Path("data/pool/images").glob("*.tar"))
    tar.write_bytes(tar.read_bytes() + b"\0" * 512)
    with pytest.raises(DataError, match="has the size that was recorded"):
        check("snapshot")


def test_too_few_pairs_in_a_split_are_found(frozen):
    said = r"fails 1 expectation of suite(?s:.*)min_pairs asks for -- not met by 1 row: -3"
    with pytest.raises(DataError, match=said):
        check("snapshot", min_pairs={"test": 5})


def test_a_caption_that_does_not_belong_to_its_uid_is_found(frozen):
    def swap(row):
        return {**row, "caption": "another"} if row["lang"] == "fr" else row

    rewrite(Path("data/pool/pairs.parquet"), record.PAIRS, swap)
    with pytest.raises(DataError, match="uid is the hash of image, language and caption"):
        check("pool")


def test_texts_cannot_run_scripts_in_data_docs(frozen):
    script = "<script>fetch('http://example.org')</script><img src=x onerror=alert(1)>"
    pairs = frozen.pairs[0]
    uid = record.pair_uid(pairs["image"], script, pairs["caption"])
    path = Path("data/pool/pairs.parquet")
    rows = [*tables.read(path).to_pylist(), {**pairs, "lang": script, "uid": uid}]
    tables.write(pa.Table.from_pylist(rows, record.PAIRS), path, "uid")
    with pytest.raises(DataError, match="lang"):
        check("pool")
    text = Path("docs/pairs.html").read_text()
    assert page.POLICY.startswith("default-src 'none'")
    assert f'content="{page.POLICY}"' in html.unescape(text)
    assert "&lt;script&gt;fetch(" in text
    assert "<script" not in text
    assert "<img" not in text


def test_a_long_text_is_told_by_its_beginning(frozen):
    def longer(row):
        return {**row, "lang": "x" * 9_000} if row["lang"] == "fr" else row

    rewrite(Path("data/pool/pairs.parquet"), record.PAIRS, longer)
    with pytest.raises(DataError, match=r"lang.*not met by \d+ rows?: 'x{199}\.\.\.\n") as caught:
        check("pool")
    assert len(str(caught.value)) < 3_000


def test_an_unknown_parameter_is_named(frozen):
    with pytest.raises(ParamsError, match=r"validate\.pool\.min_pair; did you mean"):
        check("pool", min_pair=3)


def test_the_snapshot_document_must_be_readable(frozen):
    Path("data/snapshot/snapshot.json").write_text(json.dumps({"id": "x"}))
    with pytest.raises(DataError, match=r"snapshot\.json is no description of a snapshot"):
        check("snapshot")
