from pathlib import Path

import pytest

from curate import blurred
from curate.dataset import sets, shards, tables

ROOT = Path("data/blurred")
COUNT = 40


@pytest.fixture
def pairs(project, drawn, write_set):
    """Two captions of each picture, in several tars."""
    rows = [
        (drawn("circle", f"#{4096 * n:06x}"), lang, f"picture {n}")
        for n in range(COUNT)
        for lang in ("en", "de")
    ]
    found = write_set(ROOT, rows).to_pylist()
    assert len({row["shard"] for row in found}) > 1
    return found


def there():
    """Bytes of each pair that the set still holds, by uid."""
    with shards.ShardReader(ROOT) as reader:
        return {
            row["uid"]: reader.read(row["shard"], row["offset"], row["size"])
            for row in tables.read(ROOT / sets.PAIRS_FILE).to_pylist()
        }


def on_disk():
    return b"".join(file.read_bytes() for file in sorted(ROOT.rglob("*")) if file.is_file())


def test_pairs_go_with_their_pictures_at_once_and_all_others_stay_as_they_are(pairs):
    before = there()
    image = pairs[6]["image"]
    goes = {row["uid"] for row in pairs if row["image"] == image}
    assert blurred.clear(ROOT, {*goes, "of another set"}, 16) == len(goes) == 2
    assert there() == {uid: data for uid, data in before.items() if uid not in goes}
    assert before[pairs[6]["uid"]] not in on_disk()


def test_a_picture_that_another_pair_has_stays(pairs):
    goes = pairs[6]
    before = there()
    assert blurred.clear(ROOT, {goes["uid"]}, 16) == 1
    assert there() == {uid: data for uid, data in before.items() if uid != goes["uid"]}
    assert before[goes["uid"]] in on_disk()


def test_what_a_killed_run_left_of_its_tars_goes_with_the_next(pairs):
    image = pairs[6]["image"]
    goes = {row["uid"] for row in pairs if row["image"] == image}
    secret = there()[pairs[6]["uid"]]
    old = {file: file.read_bytes() for file in (ROOT / shards.IMAGES).glob("*")}
    blurred.clear(ROOT, goes, 16)
    for file, data in old.items():
        file.write_bytes(data)  # it was killed before it removed them
    assert secret in on_disk()
    assert blurred.clear(ROOT, goes, 16) == 0
    assert secret not in on_disk()


def test_all_may_go_and_without_a_set_nothing_happens(pairs):
    assert blurred.clear(ROOT, {row["uid"] for row in pairs}, 16) == len(pairs)
    assert there() == {}
    assert not list((ROOT / shards.IMAGES).glob("*"))
    assert blurred.clear(Path("data/nowhere"), {"a"}, 16) == 0
    assert not Path("data/nowhere").exists()
