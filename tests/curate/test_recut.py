import random

import pytest

from curate.dataset import record, shards
from curate.recut import Tars, without
from tests._shop import contents

PER_SHARD = 4


def members(seed):
    drawn = random.Random(seed)
    bodies = (drawn.randbytes(drawn.randrange(1, 3000)) for _ in range(60))
    return sorted((record.image_name(body), "png", body) for body in bodies)


def rows(places):
    import pyarrow as pa

    return pa.Table.from_pylist(
        [{"image": name, **place._asdict()} for name, place in sorted(places.items())]
    )


@pytest.mark.parametrize("seed", range(12))
def test_tars_are_cut_as_if_what_goes_had_never_been(tmp_path, seed):
    everything = members(seed)
    drawn = random.Random(-seed)
    gone = {name for name, _, _ in drawn.sample(everything, drawn.choice([1, 1, 2, 9, 40]))}
    left = [member for member in everything if member[0] not in gone]
    before = shards.write(tmp_path / "old", "s-x", everything, PER_SHARD)
    wanted = shards.write(tmp_path / "wanted", "s-x", left, PER_SHARD)
    table = rows(before)
    stay = table.filter(rows_in(table, {name for name, _, _ in left}))
    moved, dropped = without(
        Tars(tmp_path / "old", shards.IMAGES, table), stay, tmp_path / "new", PER_SHARD
    )
    assert moved.equals(rows(wanted).cast(moved.schema))
    expected = contents(str(tmp_path / "wanted"))
    untouched = set(contents(str(tmp_path / "old"))) - set(dropped)
    new = contents(str(tmp_path / "new"))
    assert new.keys() | untouched == expected.keys()
    assert all(expected[name] == data for name, data in new.items())


def test_only_tars_that_lose_a_member_and_what_they_run_into_are_written(tmp_path):
    everything = members(0)
    before = shards.write(tmp_path / "old", "s", everything, PER_SHARD)
    table = rows(before)
    ends = {place.shard: name for name, place in sorted(before.items())}
    inner = next(n for n, _, _ in everything if n not in ends.values())
    stay = table.filter(rows_in(table, before.keys() - {inner}))
    _, dropped = without(Tars(tmp_path / "old", shards.IMAGES, table), stay, tmp_path / "n", 4)
    assert dropped == [before[inner].shard]
    assert len(contents(str(tmp_path / "old"))) > 6


def rows_in(table, names):
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.is_in(table.column("image"), value_set=pa.array(sorted(names), pa.string()))
