from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from curate import embeddings, presets
from curate.dataset import record, sets, tables
from curate.embeddings import Embeddings, raw
from curate.scorers import prototype
from curate.stage import params as parameter_file

ROOT = Path(__file__).resolve().parents[3]
COUNT = 3000
PARAMS = prototype.Params(per_cluster=300, rounds=10)


@pytest.fixture
def found(tmp_path):
    """Embeddings of pictures around thirty directions, as they are read back."""
    random = np.random.default_rng(0)
    around = random.normal(size=(30, 24))[random.integers(0, 30, COUNT)]
    vectors = around + 0.35 * random.normal(size=around.shape)
    named = {f"{n:032x}": v for n, v in enumerate(vectors)}
    text = raw("texts", {"x": np.ones(24)})
    embeddings.write(Embeddings(raw("images", named), text), tmp_path)
    return embeddings.read(tmp_path)


def scored(found, params=PARAMS, extra=()):
    rows = pa.table({"image": [*found.images.column("image").to_pylist()[::-1], *extra]})
    return prototype.score(rows, params, found).to_pandas().set_index("image").sort_index()


def by_hand(found, table):
    """SemDeDup's greatest cosine with what is farther from the centre, and distances to centres."""
    exact = embeddings.unit(embeddings.matrix(found.images))
    repeated, distance = np.full(COUNT, np.nan), np.zeros(COUNT)
    for _, cluster in table.reset_index().groupby("cluster"):
        order = cluster.sort_values("distance", ascending=False, kind="stable").index.to_numpy()
        cosines = np.triu(exact[order] @ exact[order].T, 1) + np.tril(np.full(len(order), -2.0))
        repeated[order[1:]] = cosines.max(axis=0)[1:]
        middle = exact[order].mean(axis=0)
        distance[order] = 1 - exact[order] @ middle / np.linalg.norm(middle)
    return repeated, distance


def test_it_is_semdedups_greatest_cosine_with_what_is_farther_from_the_centre(found):
    table = scored(found)
    repeated, distance = by_hand(found, table)
    assert table["cluster"].nunique() == COUNT / PARAMS.per_cluster
    assert np.allclose(table["repeated"], repeated, atol=2e-5, equal_nan=True)
    assert table["repeated"].isna().sum() == table["cluster"].nunique()
    assert np.abs(table["distance"] - distance).mean() < 0.02


def test_a_cluster_has_a_name_and_no_quantity_that_versions_are_compared_by(found):
    names = set(scored(found)["cluster"])
    assert names == {str(number) for number in range(COUNT // PARAMS.per_cluster)}


def test_blocks_and_pictures_without_a_vector_change_nothing(found, monkeypatch):
    whole = scored(found)
    monkeypatch.setattr(prototype, "_BLOCK", 64)
    parts = scored(found, extra=["lost"])
    assert parts.drop("lost").equals(whole.astype(parts.dtypes))
    assert parts.loc["lost"].isna().all()


def test_the_preset_keeps_what_semdedup_keeps(found, project):
    names = found.images.column("image").to_pylist()
    rest = {"caption": "x", "lang": "en", "source": "web", "width": 1, "height": 1}
    rest |= {"shard": "images/a.tar", "offset": 0, "size": 1}
    pairs = [{"uid": name, "image": name, **rest} for name in names]
    blank = dict.fromkeys(record.PAIRS.names)
    written = pa.Table.from_pylist([{**blank, **pair} for pair in pairs], record.PAIRS)
    tables.write(written, Path("data/pool/pairs.parquet"), "uid")
    judged = prototype.score(written.select(["image"]), PARAMS, found)
    tables.write(judged, Path("data/scores/prototype.parquet"), "image")
    values = parameter_file.load(ROOT / "presets/semdedup.yaml", "filter")
    kept = presets.keeps(values, sets.located([Path("data/pool")]), Path("data/scores"))
    repeated, _ = by_hand(found, judged.to_pandas().set_index("image").sort_index())
    assert 0 < kept.sum() < COUNT
    clear = ~(np.abs(repeated - 0.95) < 1e-5)  # not rounded to the threshold
    assert (kept[clear] == ~(repeated[clear] > 0.95)).all()


def test_no_picture_gives_an_empty_table():
    nothing = np.zeros((0, 1), np.float32)
    assert [len(part) for part in prototype.placed(nothing, PARAMS)] == [0, 0, 0]


@pytest.mark.parametrize("noise", [0.0, 1e-4, 1e-2])
def test_a_crowd_of_nearly_equal_vectors_is_as_by_brute_force(monkeypatch, noise):
    monkeypatch.setattr(prototype, "_BLOCK", 64)
    random = np.random.default_rng(1)
    vectors = random.normal(size=24) + noise * random.normal(size=(300, 24))
    vectors[100:150] = vectors[:50]
    vectors = embeddings.unit(vectors).astype(np.float32)
    exact = vectors.astype(np.float64)
    cosines = np.where(np.tri(300, k=-1) > 0, exact @ exact.T, -2).max(axis=1)
    expected = np.append(np.nan, cosines[1:]).round(prototype.DECIMALS)
    assert np.array_equal(prototype._before(vectors.copy()), expected, equal_nan=True)


def test_cosines_that_a_sum_may_round_either_way_are_computed_one_by_one(monkeypatch):
    vectors = embeddings.unit(np.random.default_rng(2).normal(size=(40, 8))).astype(np.float32)
    before = prototype._before(vectors.copy())
    monkeypatch.setattr(prototype, "_SLACK", 1.0)  # as if all were unsure
    assert np.array_equal(prototype._before(vectors.copy()), before, equal_nan=True)
