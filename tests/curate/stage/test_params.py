import dataclasses

import pytest

from curate.dataset.errors import ParamsError
from curate.stage.params import as_dict, build, load, parameters


@parameters
class Rule:
    column: str
    at_least: float | None = None  # in the column's units


@parameters
class Filter:
    rules: dict[str, Rule]
    sources: tuple[str, ...] | None = None  # names
    max_rejected: float = 0.5  # share of rows
    seed: int = 0


def test_nested_parameters_are_built_and_frozen():
    made = build(Filter, {"rules": {"clip": {"column": "a.b", "at_least": 1}}}, "filter")
    assert made.rules["clip"].at_least == 1.0
    assert as_dict(made)["rules"]["clip"] == {"column": "a.b", "at_least": 1.0}
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.seed = 3


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"rules": {}, "max_rejectd": 1}, "filter.max_rejectd; did you mean 'max_rejected'"),
        ({"rules": {"clip": {"colum": "a"}}}, r"filter.rules.clip.colum.*known: column, at_least"),
        ({"rules": {"clip": {}}}, "parameter filter.rules.clip.column is missing"),
        ({"rules": {}, "seed": "many"}, "parameter filter.seed is 'many'"),
        ({"rules": {}, "sources": "web"}, r"filter.sources is 'web', not a list; write \[web\]$"),
        ({"rules": {}, "sources": "*.jpg"}, r"write \['\*\.jpg'\]$"),
        ({"rules": {}, "sources": {"a": 1}}, "filter.sources is {'a': 1}: input should be a valid"),
        ([1, 2], "not a mapping"),
    ],
)
def test_a_typo_is_answered_with_where_and_what_is_known(values, message):
    with pytest.raises(ParamsError, match=message):
        build(Filter, values, "filter")


def test_every_fault_of_a_section_is_named_at_once():
    with pytest.raises(ParamsError) as caught:
        build(Filter, {"rules": {}, "sed": 1, "max_rejected": "half"}, "filter")
    assert "filter.sed" in str(caught.value)
    assert "filter.max_rejected" in str(caught.value)


def test_a_missing_file_section_or_broken_yaml_is_named(tmp_path):
    file = tmp_path / "params.yaml"
    with pytest.raises(ParamsError, match="no params file at"):
        load(file, "score")
    file.write_text("score: {clip: {a: 1}}\n")
    assert load(file, "score.clip") == {"a": 1}
    with pytest.raises(ParamsError, match="score has no section 'clop'; did you mean 'clip'"):
        load(file, "score.clop")
    file.write_text("score: [")
    with pytest.raises(ParamsError, match="is no YAML"):
        load(file, "score")


@pytest.mark.parametrize(
    "damaged",  # by the fuzzer
    [b"a: 2001-13-45", b"a: !!timestamp x", b"a: \xa4", b"[" * 5_000, b"a: !!float 1e", b"\0"],
)
def test_whatever_is_no_yaml_is_told_as_such(tmp_path, damaged):
    file = tmp_path / "params.yaml"
    file.write_bytes(damaged)
    with pytest.raises(ParamsError, match=r"params\.yaml is no YAML: .+"):
        load(file, "a")
