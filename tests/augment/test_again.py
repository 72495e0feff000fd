import json
from importlib import metadata
from pathlib import Path

import pyarrow as pa
import pytest

from augment.again import Again, Project, again, find, sample
from curate.dataset import overlay, parents, record, tables
from curate.dataset.errors import DataError, PairwrightError, PluginError

HERE = Project(Path("data"), Path("params.yaml"))


def rewrite(file, change):
    """Change rows of a table of pairs; None leaves one out."""
    rows = [row for row in map(change, tables.read(file).to_pylist()) if row is not None]
    tables.write(pa.Table.from_pylist(rows, record.PAIRS), file, "uid", record.PAIRS)


def test_every_made_pair_comes_out_again_byte_for_byte(kept):
    made = kept()
    found = list(again([row["uid"] for row in made], HERE))
    assert len(found) == 8
    for row, one in zip(made, found, strict=True):
        assert isinstance(one, Again)
        assert record.image_name(one.data) == row["image"]
        assert [p["uid"] for p in one.parents] == [row["parent"]]
        assert one.differs == []


def test_pictures_of_several_parents_and_captions_come_out_again_too(kept, joined):
    made = kept("joined")
    names = parents.by_pair(parents.of_sets([Path("data/made")]))
    assert sorted(map(len, names.values())) == [1] * 8 + [2] * 8
    pool = {row["uid"]: row for row in tables.read(Path("data/pool/pairs.parquet")).to_pylist()}
    for row, one in zip(made, again([row["uid"] for row in made], HERE), strict=True):
        assert one.differs == []
        assert one.caption == row["caption"]
        captions = [pool[uid]["caption"] for uid in names[row["uid"]]]
        told = row["image"] == pool[row["parent"]]["image"]
        assert one.caption == (captions[0].upper() if told else " and ".join(captions))


def test_what_comes_out_otherwise_is_told(kept, joined):
    file = Path("data/made/joined/pairs.parquet")
    first = kept("joined")[0]
    rewrite(file, lambda row: {**row, "caption": "x"} if row["uid"] == first["uid"] else row)
    (one,) = again([first["uid"]], HERE)
    assert one.differs == [f"the caption: {first['caption']!r}, in the set 'x'"]
    made = kept()
    file = Path("data/made/photometric/pairs.parquet")
    other = {"method": "photometric", "image": "x", "transforms": [], "quality": 50, "seed": 0}
    rewrite(file, lambda row: {**row, "recipe": json.dumps(other)})
    (one,) = again([made[0]["uid"]], HERE)
    (said,) = one.differs
    assert said.startswith(f"the picture: {len(one.data):,} bytes named ")
    assert said.endswith(f"named {made[0]['image']}")


def test_a_wrong_caption_of_a_varied_picture_is_found_out(kept):
    first, second = kept()[:2]
    file = Path("data/made/photometric/pairs.parquet")
    wrong = {first["uid"]: second["caption"]}
    rewrite(file, lambda row: {**row, "caption": wrong.get(row["uid"], row["caption"])})
    one, other = again([first["uid"], second["uid"]], HERE)
    assert one.differs == [f"the caption: {first['caption']!r}, in the set {second['caption']!r}"]
    assert other.differs == []


def test_of_a_blurred_parent_the_blurred_picture_is_what_it_is_made_from(kept, write_set, drawn):
    made = kept()[0]
    (clear,) = write_set(Path("data/blurred"), [(drawn("circle", "grey"), "en", "")]).to_pylist()
    parent = tables.read(Path("data/pool/pairs.parquet")).to_pylist()
    (parent,) = (row for row in parent if row["uid"] == made["parent"])
    rewrite(
        Path("data/blurred/pairs.parquet"),
        lambda row: {**row, "uid": parent["uid"], "recipe": '{"blurred":{"image":"x"}}'},
    )
    assert overlay.originals(Path("data")).num_rows == 1
    (one,) = again([made["uid"]], HERE)
    assert one.parents[0]["image"] == clear["image"]
    assert one.differs


def test_a_parent_that_is_gone_is_named_and_the_others_are_made(kept):
    made = kept()
    gone = made[0]["parent"]
    rewrite(Path("data/pool/pairs.parquet"), lambda r: None if r["uid"] == gone else r)
    first, *others = again([row["uid"] for row in made], HERE)
    assert isinstance(first, DataError)
    assert f"{made[0]['uid']} was made from {gone}, which data/pool has no more" in str(first)
    assert all(isinstance(one, Again) for one in others)


def test_another_version_of_the_library_is_refused_with_what_to_install(kept):
    made = kept()[0]
    libraries = f"pillow {metadata.version('pillow')}, albumentations 1.4.0"
    recipe = json.loads(made["recipe"]) | {"library": libraries}
    rewrite(
        Path("data/made/photometric/pairs.parquet"), lambda r: {**r, "recipe": json.dumps(recipe)}
    )
    (error,) = again([made["uid"]], HERE)
    assert isinstance(error, DataError)
    assert "made by albumentations 1.4.0, and albumentations 2.0.8 is installed" in str(error)
    assert "pip install 'albumentations==1.4.0'" in str(error)


def test_a_recipe_that_names_no_method_is_an_error_and_so_is_one_of_no_method_of_ours(kept):
    made = kept()[0]
    for recipe, message in (("{}", "names no method"), ('{"method": "magic"}', "no file .*magic")):
        rewrite(Path("data/made/photometric/pairs.parquet"), lambda r, s=recipe: {**r, "recipe": s})
        (error,) = again([made["uid"]], HERE)
        with pytest.raises(PairwrightError, match=message):
            raise error


def test_a_method_that_cannot_make_again_is_named(kept, joined):
    made = kept("joined")
    recipe = json.dumps({"method": "rewrite"})  # of captions alone
    rewrite(Path("data/made/joined/pairs.parquet"), lambda row: {**row, "recipe": recipe})
    drawn = next(row for row in made if not row["caption"].isupper())
    (error,) = again([drawn["uid"]], HERE)
    assert isinstance(error, PluginError)
    assert "augment.methods.rewrite has no remake" in str(error)


def test_a_pair_is_found_by_how_its_uid_begins_and_crawled_or_unknown_ones_are_refused(kept):
    made = kept()
    assert find(made[0]["uid"][:12], HERE) == made[0]["uid"]
    crawled = made[0]["parent"]
    with pytest.raises(DataError, match=f"{crawled} was not made: the crawl found it at"):
        find(crawled, HERE)
    with pytest.raises(DataError, match=r"no pair has a uid that begins with 'zz'.*there are 8"):
        find("zz", HERE)
    with pytest.raises(DataError, match=r"8 made pairs begin with ''.*give more of it"):
        find("", HERE)
    with pytest.raises(DataError, match="no made set in nowhere/made"):
        find("zz", Project(Path("nowhere"), Path("params.yaml")))


def test_a_sample_takes_so_many_of_each_method(kept, joined):
    kept()
    kept("joined")
    whole = sample(HERE, None)
    assert {name: len(uids) for name, uids in whole.items()} == {"joined": 16, "photometric": 8}
    assert sample(HERE, 3) == {name: sorted(uids)[:3] for name, uids in whole.items()}
