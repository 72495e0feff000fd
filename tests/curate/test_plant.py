import numpy as np
import pytest

from curate import looks, noise, plant
from curate.dataset import sets, tables
from curate.dataset.errors import EmptySetError, ParamsError
from curate.dataset.pictures import decoded
from tests.curate import _planted
from tests.curate._planted import COUNT, EVERY, OUT, POOL, SPLIT, planted


@pytest.fixture
def pairs(project, write_set):
    return _planted.pool(write_set)


def truth():
    return tables.read(OUT / plant.TRUTH_FILE).to_pylist()


def test_every_pair_of_the_pool_stays_and_every_other_is_named_as_what_it_is(pairs):
    figures = planted()
    found = sets.located([OUT / plant.POOL])
    ours = sets.located([POOL])
    rows = {row["uid"]: row for row in found.to_pylist()}
    assert all(rows[row["uid"]] == row for row in ours.to_pylist())
    told = {row["uid"]: row for row in truth()}
    assert set(rows) - set(ours.column("uid").to_pylist()) == set(told)
    assert {row["noise"] for row in told.values()} == set(noise.KINDS)
    assert sum(figures["planted"].values()) == len(told)
    assert all(row["of"] in set(pairs.column("uid").to_pylist()) for row in told.values())


def test_each_kind_changes_what_it_is_to_change_and_nothing_else(pairs):
    planted()
    rows = {row["uid"]: row for row in sets.located([OUT / plant.POOL]).to_pylist()}
    same = {kind: ["image", "source", "lang"] for kind in noise.OF_CAPTIONS}
    same |= {kind: ["caption", "source", "lang"] for kind in noise.SPOILT} | {
        noise.LEAKED: ["caption", "lang"]
    }
    for row in truth():
        ours, theirs = rows[row["uid"]], rows[row["of"]]
        assert all(ours[name] == theirs[name] for name in same[row["noise"]])
        changed = "caption" if row["noise"] in noise.OF_CAPTIONS else "image"
        assert ours[changed] != theirs[changed]


def test_planted_pictures_can_be_read_and_copies_look_like_theirs(pairs):
    planted()
    table = sets.located([OUT / plant.POOL])
    codes = {
        name: np.uint64(looks.code(picture))
        for name, picture in decoded(sets.distinct_images(table))
    }
    rows = {row["uid"]: row for row in table.to_pylist()}
    for row in truth():
        ours, theirs = (codes[rows[row[name]]["image"]] for name in ("uid", "of"))
        if row["noise"] in (noise.DUPLICATE, noise.LEAKED):
            assert np.bitwise_count(ours ^ theirs) <= 6


def test_the_test_split_stays_and_only_what_leaks_is_made_of_it(pairs):
    planted()
    before = {row["image"]: row for row in tables.read(SPLIT).to_pylist()}
    after = {row["image"]: row for row in tables.read(OUT / plant.SPLIT).to_pylist()}
    assert {name: after[name] for name in before} == before
    assert {after[name]["split"] for name in after.keys() - before.keys()} == {"train"}
    rows = {row["uid"]: row for row in sets.located([OUT / plant.POOL]).to_pylist()}
    for row in truth():
        split = before[rows[row["of"]]["image"]]["split"]
        assert split == ("test" if row["noise"] == noise.LEAKED else "train")
    held_out = tables.read(OUT / plant.TEST_FILE).column("image").to_pylist()
    assert set(held_out) == {name for name in before if before[name]["split"] == "test"}
    assert len(held_out) == COUNT // 6


def test_a_greater_rate_adds_and_changes_nothing_and_another_seed_draws_others(pairs):
    planted(rates=dict.fromkeys(EVERY, 0.4))
    few = {row["uid"] for row in truth()}
    planted(rates=dict.fromkeys(EVERY, 0.4), seed=1)
    assert {row["uid"] for row in truth()} != few
    planted(rates=dict.fromkeys(EVERY, 0.8))
    assert few < {row["uid"] for row in truth()}


def test_the_same_pool_gives_the_same_bytes(pairs):
    def read():
        planted()
        return {file: file.read_bytes() for file in sorted(OUT.rglob("*")) if file.is_file()}

    assert read() == read()


def test_a_kind_that_is_not_there_and_a_source_without_pairs_are_told(pairs):
    with pytest.raises(ParamsError, match=r"plant.rates.blurred: no kind of noise \(known: shuf"):
        planted(rates={"blurred": 0.1})
    with pytest.raises(EmptySetError, match="no training pair of web"):
        planted(sources=["web"])
