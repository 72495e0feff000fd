import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.dataset import record, shards
from curate.dataset.errors import DataError


def members(count, salt=b""):
    data = [bytes([i % 256]) * (i % 1500) + str(i).encode() + salt for i in range(count)]
    return sorted((record.image_name(d), "png", d) for d in data)


@given(st.lists(st.binary(max_size=2000), unique=True, max_size=20))
def test_every_byte_comes_back(tmp_path_factory, contents):
    root = tmp_path_factory.mktemp("set")
    found = shards.write(
        root, "a", sorted((record.image_name(d), "bin", d) for d in contents), per_shard=4
    )
    with shards.ShardReader(root) as reader:
        for data in contents:
            assert reader.read(*found[record.image_name(data)]) == data


def test_same_images_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        shards.write(tmp_path / name, "a", members(200), per_shard=32)
    first = {p.name: p.read_bytes() for p in (tmp_path / "one/images").iterdir()}
    second = {p.name: p.read_bytes() for p in (tmp_path / "two/images").iterdir()}
    assert len(first) > 2
    assert first == second


def test_one_more_image_leaves_most_shards_as_they_are(tmp_path):
    before = members(2000)
    after = sorted([*before, (record.image_name(b"new"), "png", b"new")])
    shards.write(tmp_path / "before", "a", before, per_shard=100)
    shards.write(tmp_path / "after", "a", after, per_shard=100)
    old = {p.name for p in (tmp_path / "before/images").iterdir()}
    new = {p.name for p in (tmp_path / "after/images").iterdir()}
    assert len(new - old) == 1


def test_shards_are_tars_without_times_or_owners(tmp_path):
    shards.write(tmp_path, "a", members(10), per_shard=100)
    names = []
    for path in (tmp_path / "images").iterdir():
        with tarfile.open(path) as tar:
            for member in tar:
                assert (member.mtime, member.uid, member.uname) == (0, 0, "")
                names.append(member.name)
    assert sorted(names) == [f"{name}.png" for name, _, _ in members(10)]


def test_a_missing_or_short_shard_is_named(tmp_path):
    found = shards.write(tmp_path, "a", members(3), per_shard=100)
    location = next(iter(found.values()))
    with shards.ShardReader(tmp_path) as reader:
        with pytest.raises(DataError, match=r"no shard images/gone\.tar"):
            reader.read("images/gone.tar", 0, 1)
        with pytest.raises(DataError, match="ends before byte"):
            reader.read(location.shard, location.offset, 10**9)


def test_shards_are_read_from_any_fsspec_url(tmp_path):
    import fsspec

    found = shards.write(tmp_path, "a", members(3), per_shard=100)
    remote = fsspec.filesystem("memory")
    remote.put(str(tmp_path), "/a-set", recursive=True)
    with shards.ShardReader("memory://a-set") as reader:
        for name, _, data in members(3):
            assert reader.read(*found[name]) == data


def test_pictures_go_to_disk_as_they_come_and_are_not_gathered_first(tmp_path):
    size, written = 100_000, []
    (tmp_path / "images").mkdir()

    def members():
        for number in range(20):
            files = (tmp_path / "images").iterdir()
            written.append(sum(file.stat().st_size for file in files))
            yield f"{number:031x}f", "png", bytes(size)

    shards.write(tmp_path, "a", members(), per_shard=1000)
    assert all(there > (number - 1) * size for number, there in enumerate(written))


@settings(max_examples=20)
@given(st.integers(1, 40), st.integers(0, 300))
def test_shards_that_are_cut_beforehand_are_those_of_one_run(tmp_path_factory, per_shard, count):
    root, parts = tmp_path_factory.mktemp("set"), tmp_path_factory.mktemp("parts")
    all_of_them, found = members(count), {}
    for start, stop in shards.cuts([name for name, _, _ in all_of_them], per_shard):
        found |= shards.write_one(parts, "a", all_of_them[start:stop])
    assert found == shards.write(root, "a", all_of_them, per_shard)
    for shard in {place.shard for place in found.values()}:
        assert (parts / shard).read_bytes() == (root / shard).read_bytes()
