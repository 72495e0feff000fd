import json

import pytest

from curate.dataset.errors import DataError
from train import compression
from train.compression import DevicesParams


@pytest.fixture
def write(tmp_path):
    """Writes a variant's figures: of each form its bytes, milliseconds, memory and recall."""

    def one(variant, candidates=100, manifest="m", **forms):
        names = ("bytes", "p50_ms", "peak_mib", "recall_at_10")
        figures = {form: dict(zip(names, values, strict=True)) for form, values in forms.items()}
        told = {"manifest": manifest, "candidates": candidates, "forms": figures}
        (tmp_path / f"{variant}.json").write_text(json.dumps(told))

    return one


def joined(tmp_path, *variants):
    return compression.main(
        tmp_path, tmp_path / "made", DevicesParams(model="models/m", variants=variants)
    )


def test_each_form_stands_against_the_model_as_it_was_trained(write, tmp_path):
    write("whole", eager=(400, 9.0, 300, 0.5), onnx_int8=(100, 3.0, 60, 0.49))
    write("pruned", onnx_int8=(50, 1.0, 50, 0.4))
    found = joined(tmp_path, "whole", "pruned")
    assert found["candidates"] == 100
    assert found["missing"] == []
    told = [(row["smaller"], row["faster"], row["points_lost"]) for row in found["rows"]]
    assert told == [(1, 1, 0), (4, 3, pytest.approx(1)), (8, 9, pytest.approx(10))]


def test_what_making_a_variant_took_is_told_of_each_of_its_forms(write, tmp_path):
    write("whole", eager=(400, 9.0, 300, 0.5))
    write("pruned", onnx=(50, 1.0, 50, 0.4), onnx_int8=(20, 1.0, 50, 0.4))
    (tmp_path / "made").mkdir()
    (tmp_path / "made/pruned.json").write_text(json.dumps({"cpu_seconds": 700.0}))
    told = [row["cpu_seconds"] for row in joined(tmp_path, "whole", "pruned")["rows"]]
    assert told == [None, 700.0, 700.0]


def test_what_another_beats_in_everything_is_not_on_the_front(write, tmp_path):
    write("whole", eager=(400, 9.0, 300, 0.5), onnx=(400, 4.0, 60, 0.5), int8=(100, 5.0, 60, 0.49))
    write("sparse", onnx=(400, 4.0, 60, 0.45))
    found = joined(tmp_path, "whole", "sparse")
    front = {(row["variant"], row["form"]) for row in found["rows"] if row["front"]}
    assert front == {("whole", "onnx"), ("whole", "int8")}


def test_a_variant_that_is_missing_is_named(write, tmp_path):
    write("whole", eager=(400, 9.0, 300, 0.5))
    found = joined(tmp_path, "whole", "sparse")
    assert found["missing"] == ["sparse"]
    assert len(found["rows"]) == 1


def test_variants_measured_among_other_candidates_are_not_laid_side_by_side(write, tmp_path):
    write("whole", eager=(400, 9.0, 300, 0.5))
    write("sparse", candidates=50, eager=(400, 9.0, 300, 0.5))
    with pytest.raises(DataError, match=r"'sparse': .*'candidates': 50.*others .*100"):
        joined(tmp_path, "whole", "sparse")


def test_variants_of_two_snapshots_are_not_laid_side_by_side(write, tmp_path):
    write("whole", eager=(400, 9.0, 300, 0.5))
    assert joined(tmp_path, "whole")["manifest"] == "m"
    write("sparse", manifest="n", eager=(400, 9.0, 300, 0.5))
    with pytest.raises(DataError, match=r"'sparse': {'manifest': 'n'"):
        joined(tmp_path, "whole", "sparse")


def test_without_a_variant_there_is_nothing_to_show(tmp_path):
    found = joined(tmp_path)
    assert found == {
        "model": "models/m",
        "manifest": None,
        "candidates": None,
        "rows": [],
        "missing": [],
    }
