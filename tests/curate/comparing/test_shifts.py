from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import ks_2samp

from curate.comparing import shifts
from curate.comparing.version import opened
from curate.dataset import tables


def test_distances_are_those_of_scipy_and_quantiles_those_of_numpy(versions, compared):
    rng = np.random.default_rng(0)
    values = {}
    for folder, mean in (("before/data", 0.0), ("data", 0.5)):
        uids = tables.read(Path(folder, "pool/pairs.parquet"), ["uid"]).column("uid")
        drawn = rng.normal(mean, size=len(uids)).astype(np.float32)
        drawn[0] = np.nan
        tables.write(pa.table({"uid": uids, "x": drawn}), Path(folder, "scores/own.parquet"), "uid")
        held = tables.read(Path(folder, "snapshot/manifest.parquet")).column("uid").to_pylist()
        values[folder] = [v for u, v in zip(uids.to_pylist(), drawn, strict=True) if u in held][1:]
    found = {shift.name: shift for shift in compared(again=False).scores}
    own = found["own.x"]
    assert own.known == (7, 7)  # of eight pairs of the pool; the made one was not scored
    assert own.distance == pytest.approx(ks_2samp(*values.values()).statistic)
    assert own.distance > 0
    for said, drawn in zip(own.quantiles, values.values(), strict=True):
        assert said == pytest.approx(np.quantile(drawn, shifts.QUANTILES))
    assert sum(own.shares[0]) == pytest.approx(1)
    assert found["caption.words"].distance == 0
    assert found["image.std"].known == (9, 9)  # the made picture from the table of made ones


def test_the_scores_of_one_version_measure_both_where_the_other_has_none(versions, compared):
    versions.rules["long"] = {"column": "caption.characters", "at_most": 13}
    versions.run()
    Path("alone").mkdir()
    Path("before/data/snapshot/manifest.parquet").rename("alone/manifest.parquet")
    found = {shift.name: shift for shift in compared("alone", ".", again=False).scores}
    assert found["caption.characters"].known == (9, 6)
    assert found["caption.characters"].quantiles[1][-1] <= 13


def test_groups_are_counted_with_the_greatest_difference_first(versions, compared):
    versions.rules["long"] = {"column": "pairs.lang", "is_in": ["en"]}
    found = {group.name: group for group in compared().groups}
    assert found["language"].counts.to_dict("index") == {
        "fr": {"then": 1, "now": 0},
        "en": {"then": 8, "now": 8},
    }
    assert found["language"].distance == pytest.approx(1 / 9)
    assert found["licence"].distance == 0
    assert set(found) == {"split", "source", "language", "licence"}


def test_concepts_are_the_objects_of_scene_graphs_once_for_each_pair(versions):
    with opened("before") as before:
        uids = before.rows.column("uid").to_pylist()
    rows = [(0, 0, "object", "circle"), (0, 1, "object", "circle"), (1, 0, "object", "circle")]
    rows += [(1, 1, "attribute", "red"), (2, 0, "object", "square")]
    columns = zip(*[(uids[at], *rest) for at, *rest in rows], strict=True)
    nodes = pa.table(dict(zip(("uid", "node", "kind", "lemma"), map(list, columns), strict=True)))
    for folder, some in (("before/data", nodes), ("data", nodes.slice(2))):
        tables.write(some, Path(folder, "labels/scene/nodes.parquet"), ["uid", "node"])
    with opened("before") as a, opened(".") as b:
        concepts = shifts.groups(a, b)[-1]
    assert concepts.name == "concept"
    assert dict(concepts.counts["then"]) == {"circle": 2, "square": 1}
    assert dict(concepts.counts["now"]) == {"circle": 1, "square": 1}
    assert concepts.distance == pytest.approx(1 / 6)


def test_a_column_that_one_version_lacks_or_that_holds_names_is_left_out(versions, compared):
    uids = tables.read(Path("data/pool/pairs.parquet"), ["uid"]).column("uid")
    tables.write(pa.table({"uid": uids, "x": range(8)}), Path("data/scores/new.parquet"), "uid")
    names = {shift.name for shift in compared(again=False).scores}
    assert not any(name.startswith("new.") for name in names)
