import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from curate.dataset import record, tables
from curate.dataset.errors import ParamsError
from curate.stage.params import as_dict, build
from train import compare_data

TRUTH, LABELS = Path("truth.parquet"), Path("labels")


@pytest.fixture
def conditions(run_params):
    """Makes the conditions of a comparison of small models."""

    def make(**changed):
        values = as_dict(run_params(validate=0, checkpoint=0))
        change = values["model"]["change"]
        given = {
            "all": {
                "change": change,
                "objectives": {"mlm": None, "moc": None, "mrfr": None, "itm": None, "itc": {}},
            },
            "pretrain": {k: v for k, v in values.items() if k not in ("model", "seed")},
            "conditions": {
                "all": {"data": "all"},
                "half": {"data": "half"},
                "more": {"data": "half", "objectives": {"mlm": {}}},
            },
            "tested": {"languages": ["en", "de"], "least": 2},
            **changed,
        }
        return build(compare_data.CompareDataParams, given, "compare_data")

    return make


@pytest.fixture
def places(small, project):
    """Snapshots of all training pairs and of half of them, three of whose test pictures leaked."""
    shutil.copytree(small.snapshot, "snapshots/all")
    rows = tables.read(Path("snapshots/all") / record.MANIFEST_FILE)
    first = pc.is_in(pc.utf8_slice_codeunits(rows.column("uid"), 0, 1), pa.array(list("01234567")))
    half = rows.filter(pc.or_(first, pc.not_equal(rows.column("split"), "train")))
    tables.write(half, Path("snapshots/half") / record.MANIFEST_FILE, "uid", record.MANIFEST)
    test = rows.filter(pc.equal(rows.column("split"), "test")).slice(0, 3)
    truth = pa.table({"uid": ["x"] * 3, "noise": ["leaked"] * 3, "of": test.column("uid")})
    tables.write(truth, TRUTH, "of")
    shutil.copytree(small.labels, LABELS)
    none = {"uid": pa.array([], pa.string()), "negative": pa.array([], pa.int32())}
    none |= {name: pa.array([], pa.string()) for name in ("kind", "caption")}
    tables.write(pa.table(none), LABELS / "negatives/negatives.parquet", ("uid", "negative"))
    return (Path("snapshots"), TRUTH, LABELS, small.network, Path("out"), Path("logs"))


def test_a_run_tells_what_it_learnt_from_reached_and_cost(small, places, conditions):
    found = compare_data.main("half", 1, *places, conditions(), split=small.split)
    assert (found["condition"], found["seed"]) == ("half", 1)
    assert found["budget"] == {"steps": 6, "pairs": 48}
    rows = tables.read(places[0] / "half" / record.MANIFEST_FILE, ["split"]).column("split")
    assert found["pairs"] == rows.to_pylist().count("train") < 72
    assert found["languages"]["en"]["image_retrieval"]["candidates"] < 12
    assert found["cpu_seconds"]["pretrain"] > 0
    assert found["composition"] == {}


def test_all_conditions_begin_with_the_same_weights_and_differ_in_what_is_said_of_them(
    conditions,
):
    params = conditions()
    whole, half, more = (compare_data.run_params(n, 2, params) for n in params.conditions)
    assert whole == half
    assert more.model["objectives"] == {**half.model["objectives"], "mlm": {}}
    assert (more.seed, more.steps, more.allow_leaks) == (2, 6, True)


def test_a_condition_that_is_not_there_is_an_error_that_names_those_that_are(conditions):
    with pytest.raises(ParamsError, match=r"no condition is named 'raw' .*: all, half, more\)"):
        compare_data.run_params("raw", 0, conditions())
