"""The same bytes under several URLs, of which one is taken down."""

from pathlib import Path

from curate import forget as command
from curate import forgotten, lineage
from curate.dataset import record, tables
from tests import _takedown
from tests._shop import contents


def write(shop, *rows):
    lines = [f"{shop.root}/{path},{caption},0" for path, caption in rows]
    Path("t.csv").write_text("\n".join(["url,text,number", *lines]) + "\n")


def captions():
    return {pair["caption"] for pair in tables.read(Path("data/pool/pairs.parquet")).to_pylist()}


def test_the_bytes_go_wherever_they_came_from_and_no_other_place_brings_them_back(
    job, shop, capsys
):
    ours = [("2.png", "two"), ("3.png", "three"), ("4.png", "four")]
    write(shop, ("1.png", "ball"), ("1.png?copy", "sphere"), ("1.png?same", "ball"), *ours)
    job.run()
    rows = tables.read(Path("data/pool/pairs.parquet")).to_pylist()
    image = next(row["image"] for row in rows if row["caption"] == "ball")
    assert {row["image"] for row in rows if row["caption"] == "sphere"} == {image}
    data = {file.read_bytes() for file in Path("data/pool").rglob("*.tar")}
    url = f"{shop.root}/1.png"
    lineage.lineage(url=[url])
    before = capsys.readouterr().out
    command.forget(reason="asked", url=[url])
    said = capsys.readouterr().out
    for text in (before, said):
        assert "Pairs of the pool: 2" in text
        assert "Other places of the same bytes, which go there, too: 2" in text
        assert f"{image}  {url}?copy" in text
        assert f"{image}  {url}?same" in text
    assert captions() == {"two", "three", "four"}
    kinds = {(entry.kind, entry.value) for entry in forgotten.read().entries}
    assert kinds == {("url", url), ("image", image)}
    assert data
    left = contents("data/pool")
    job.run("other/pool")
    assert contents("other/pool") == left
    picture = next(data for data in [shop_picture(shop)] if record.image_name(data) == image)
    assert _takedown.kept({picture[20:]}) == set()


def shop_picture(shop):
    import urllib.request

    with urllib.request.urlopen(f"{shop.root}/1.png") as answer:
        return answer.read()


def test_a_pair_that_goes_leaves_the_bytes_to_other_places(job, shop, capsys):
    write(shop, ("1.png", "ball"), ("1.png?copy", "sphere"), ("2.png", "two"))
    job.run()
    rows = tables.read(Path("data/pool/pairs.parquet")).to_pylist()
    uid = next(row["uid"] for row in rows if row["caption"] == "ball")
    command.forget(reason="asked", uid=[uid])
    assert "1 of the pictures stay" in capsys.readouterr().out
    assert captions() == {"sphere", "two"}
    assert [entry.kind for entry in forgotten.read().entries] == ["uid"]
