from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from curate import embeddings, grouping, plant
from curate.dataset import record, sets, tables
from curate.dataset.errors import EmptySetError
from curate.stage.params import build
from tests.curate import _planted
from tests.curate._planted import OUT, SPLIT

DECISIONS, EMBEDDED, GROUPS = Path("ours"), Path("clip"), Path("groups.parquet")


@pytest.fixture
def grouped(project, write_set):
    """A planted pool of which every planted pair is dropped; its pictures lie in two heaps."""
    _planted.pool(write_set)
    _planted.planted()
    pairs = sets.located([OUT / plant.POOL])
    noise = set(tables.read(OUT / plant.TRUTH_FILE).column("uid").to_pylist())
    rows = [
        {
            "uid": uid,
            "kept": uid not in noise,
            "reason": "sharp" if uid in noise else "no_rule",
            "failed": [],
            "margins": [],
        }
        for uid in pairs.column("uid").to_pylist()
    ]
    decisions = pa.Table.from_pylist(rows, record.DECISIONS)
    tables.write(decisions, DECISIONS / "pool.parquet", "uid", record.DECISIONS)
    images = sorted(set(pairs.column("image").to_pylist()))
    heap = {name: place % 3 == 0 for place, name in enumerate(images)}
    vectors = {name: np.array([1.0, 0.01 * i % 1, 0.0]) for i, name in enumerate(images)}
    vectors |= {name: np.array([0.0, 0.0, 1.0]) for name in images if heap[name]}
    given = (embeddings.raw("images", vectors), embeddings.raw("texts", {"a": np.ones(3)}))
    embeddings.write(embeddings.Embeddings(*given), EMBEDDED)

    def call(clusters=2):
        params = build(grouping.GroupingParams, {"clusters": clusters}, "grouping")
        figures = grouping.main(OUT, DECISIONS, EMBEDDED, GROUPS, params)
        found = {}
        for row in tables.read(GROUPS).to_pylist():
            found.setdefault(row["group"], set()).add(row["uid"])
        return figures, found, heap, pairs

    return call


def test_each_training_pair_is_in_one_group_of_each_sort(grouped):
    figures, found, _, pairs = grouped()
    splits = {row["image"]: row["split"] for row in tables.read(OUT / plant.SPLIT).to_pylist()}
    rows = pairs.to_pylist()
    train = {row["uid"] for row in rows if splits[row["image"]] == "train"}
    assert figures["pairs"] == len(train) < len(rows)
    for sort in ("source", "noise", "reason", "cluster"):
        own = [uids for group, uids in found.items() if group.startswith(f"{sort}-")]
        assert len(own) > 1
        assert sum(map(len, own)) == len(train)
        assert set.union(*own) == train


def test_noise_and_reasons_are_those_of_truth_and_decisions(grouped):
    figures, found, _, _ = grouped()
    for row in tables.read(OUT / plant.TRUTH_FILE).to_pylist():
        assert row["uid"] in found[f"noise-{row['noise']}"]
        assert row["uid"] in found["reason-sharp"]
    assert found["reason-kept"] == found["noise-clean"]
    told = figures["groups"]
    assert told["reason-sharp"] == {"pairs": len(found["reason-sharp"]), "planted": 1.0}
    assert told["source-trusted"]["planted"] == 0.0 < told["source-crawled"]["planted"]


def test_clusters_are_heaps_of_pictures_the_biggest_first_with_words_of_their_own(grouped):
    figures, found, heap, pairs = grouped()
    assert len(found["cluster-01"]) > len(found["cluster-02"])
    image = {row["uid"]: row["image"] for row in pairs.to_pylist()}
    assert not any(heap[image[uid]] for uid in found["cluster-01"])
    assert all(heap[image[uid]] for uid in found["cluster-02"])
    assert figures["groups"]["cluster-01"]["words"]


def test_a_pool_without_training_pairs_is_an_error(grouped):
    splits = tables.read(SPLIT).to_pylist()
    images = set(sets.located([OUT / plant.POOL]).column("image").to_pylist())
    groups = {row["image"]: row["group"] for row in splits}
    rows = [{"image": n, "split": "test", "group": groups.get(n, n)} for n in sorted(images)]
    table = pa.Table.from_pylist(rows, record.SPLITS)
    tables.write(table, OUT / plant.SPLIT, "image", record.SPLITS)
    with pytest.raises(EmptySetError, match="has no training pair to put into groups"):
        grouped()
