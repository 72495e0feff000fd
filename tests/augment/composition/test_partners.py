import hashlib
import os

import pyarrow as pa

from augment.composition import partners
from curate.dataset import sets, tables

NAMES = sorted(hashlib.sha256(bytes([i // 256, i % 256])).hexdigest()[:32] for i in range(400))


def first(names, own):
    return next(partners.following(names, own, "mixup", "0"))


def test_one_more_picture_becomes_the_partner_of_few_and_leaves_the_others_theirs():
    fewer = NAMES[:200] + NAMES[201:]
    changed = [own for own in fewer if first(NAMES, own) != first(fewer, own)]
    assert all(first(NAMES, own) == NAMES[200] for own in changed)
    assert len(changed) < 20


def test_all_others_follow_once_around():
    others = list(partners.following(NAMES, NAMES[3], "mixup", "0"))
    assert sorted([*others, NAMES[3]]) == NAMES


def test_draws_of_other_numbers_and_methods_lead_elsewhere():
    places = {
        next(partners.following(NAMES, NAMES[0], method, number))
        for method in ("mixup", "cutmix")
        for number in "0123456789"
    }
    assert len(places) > 15


def test_pictures_are_grouped_by_licence_with_their_pairs_in_order(project, write_set, drawn):
    data = drawn("square", "red")
    table = write_set(
        project / "pool", [(data, "en", "b"), (data, "de", "a"), (data, "en-GB", "c")]
    )
    placed = table.add_column(
        1, sets.LOCATED.field("set"), pa.array(["pool"] * table.num_rows, pa.string())
    )
    tables.write(placed, project / "training.parquet", ["image", "uid"], sets.LOCATED)
    found = partners.training(project / "training.parquet")
    (picture,) = map(found.picture, found.images)
    assert found.names == {"CC0-1.0": [picture.image]}
    assert [p["uid"] for p in picture.pairs] == sorted(table["uid"].to_pylist())
    assert sorted(p["caption"] for p in picture.english) == ["b", "c"]
    assert next(partners.grouped(placed.to_pylist())) == picture
    assert next(partners.following([picture.image], picture.image), None) is None


def test_every_picture_is_found_by_its_name(project, write_set, drawn):
    shapes = ("square", "circle", "triangle")
    rows = [
        (drawn(shape, colour), lang, shape)
        for shape in shapes
        for colour in ("red", "blue")
        for lang in ("en", "de")
    ]
    table = write_set(project / "pool", rows)
    place = pa.array(["pool"] * table.num_rows, pa.string())
    found = partners.Training(table.add_column(1, sets.LOCATED.field("set"), place))
    assert found.images == found.names["CC0-1.0"] == sorted(set(table["image"].to_pylist()))
    for image in found.images:
        picture = found.picture(image)
        assert picture.image == image
        assert sorted(pair["lang"] for pair in picture.pairs) == ["de", "en"]
    assert partners.Training(sets.LOCATED.empty_table()).images == []


def test_pairs_of_another_licence_do_not_stand_for_their_picture():
    rows = [
        {"image": "a", "uid": uid, "licence": licence, "lang": "en"}
        for uid, licence in (("1", "MIT"), ("2", "GPL-2.0-only"), ("3", "MIT"))
    ]
    (picture,) = partners.grouped(rows)
    assert picture.licence == "MIT"
    assert [pair["uid"] for pair in picture.pairs] == ["1", "3"]


def test_another_table_at_the_same_place_is_read_again(project, write_set, drawn):
    for number, shape in enumerate(("square", "circle"), 1):
        table = write_set(project / "pool", [(drawn(shape, "red"), "en", shape)])
        placed = table.add_column(1, sets.LOCATED.field("set"), pa.array(["pool"], pa.string()))
        tables.write(placed, project / "training.parquet", "uid", sets.LOCATED)
        os.utime(project / "training.parquet", ns=(number, number))
        found = partners.training(project / "training.parquet")
        (picture,) = map(found.picture, found.images)
        assert picture.pairs[0]["caption"] == shape
