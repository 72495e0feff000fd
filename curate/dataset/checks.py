"""Tables and what is expected of them become great-expectations results and their pages.

A schema says most of it: which columns there are, of which type, without nulls where it may
hold none, and a key that no two rows share (`from_schema`). What it cannot say (ranges, sets,
patterns, what joins with what) is added as further expectations; conditions across tables are
best put as a column of the table that is checked. A table comes in parts, each small enough to
hold (`curate.dataset.parts`). great_expectations takes seconds to import, so it is imported by the
functions that need it.
"""

import copy
import datetime
import gc
import html
import importlib
import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from curate.dataset import merging
from curate.dataset.parts import Part

if TYPE_CHECKING:
    import pandas as pd

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")  # read when it is imported
ADVICE = "advice"  # key of an expectation's `meta`: what to do, in place of its table's advice
_FOUND = 5  # values that a message names
_LONGEST = 200  # characters of one of them
_SHOWN = 20  # values and rows that do not meet an expectation, at most
_VALUES = (  # of a result, that hold what was found in the data
    "observed_value",
    "partial_unexpected_list",
    "partial_unexpected_counts",
    "partial_unexpected_index_list",
)
_NO_TIME = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)  # the same docs on every run


@dataclass(frozen=True)
class Check:
    """One table and what is expected of it."""

    table: str  # its name in the docs
    parts: Iterable[Part]  # its rows; at least one part, which may be empty
    expectations: list[Any]  # of great_expectations.expectations, that can be told part by part
    key: Sequence[str] = ()  # columns that name a row in messages
    advice: str = ""  # what to do where one is not met that says nothing of it
    about: str = ""  # what its rows are, in a sentence for the docs
    shown: bool = False  # whether the docs show its rows, which are few


@dataclass(frozen=True)
class Failure:
    """One expectation that a table did not meet."""

    table: str
    expectation: str  # in words
    rows: int | None  # how many rows do not meet it; None: it is about the table as a whole
    found: str  # some of the values found
    where: str = ""  # which rows these are, and in which parts of the table
    advice: str = ""  # what to do


@dataclass(frozen=True)
class Outcome:
    """What became of the expectations of one table."""

    table: str
    rows: int
    parts: int
    evaluated: int
    failures: list[Failure]
    about: str  # as the check has it
    shown: list[dict[str, Any]]  # its rows, where the docs are to show them
    page: str  # the table's page of Data Docs, HTML as great_expectations renders it


def from_schema(schema: pa.Schema, key: str | Sequence[str] | None) -> list[Any]:
    """Expectations that a schema stands for.

    Args:
        schema: of the table.
        key: column or columns that name a row, if any do.

    Returns:
        Expectations of great_expectations: each column exists, has its type, holds no null
        where it may not, and no two rows share a key.
    """
    gxe = _load("great_expectations.expectations")

    empty = frame(schema.empty_table())
    found: list[Any] = []
    for column in schema:
        found.append(gxe.ExpectColumnToExist(column=column.name))
        kind = empty[column.name].dtype.type.__name__.rstrip("_")
        found.append(gxe.ExpectColumnValuesToBeOfType(column=column.name, type_=kind))
        if not column.nullable:
            found.append(gxe.ExpectColumnValuesToNotBeNull(column=column.name))
    keys = [key] if isinstance(key, str) else list(key or ())
    if len(keys) == 1:
        found.append(gxe.ExpectColumnValuesToBeUnique(column=keys[0]))
    elif keys:
        found.append(gxe.ExpectCompoundColumnsToBeUnique(column_list=keys))
    return found


def frame(table: pa.Table) -> "pd.DataFrame":
    """A table as pandas sees it, numbers and truths kept as such beside nulls."""
    import pandas as pd

    numbers = {
        kind: dtype
        for dtype in (
            *(pd.Int8Dtype(), pd.Int16Dtype(), pd.Int32Dtype(), pd.Int64Dtype()),
            *(pd.UInt8Dtype(), pd.UInt16Dtype(), pd.UInt32Dtype(), pd.UInt64Dtype()),
            *(pd.Float32Dtype(), pd.Float64Dtype(), pd.BooleanDtype()),
        )
        for kind in [pa.from_numpy_dtype(dtype.type)]
    }
    found: pd.DataFrame = table.to_pandas(types_mapper=numbers.get)
    return found


def run(name: str, checks: Iterable[Check]) -> list[Outcome]:
    """Validate tables; nothing is sent anywhere, and nothing is written.

    One part of a table is in memory at a time; what is found in all parts is told as of one table.

    Args:
        name: of the whole, e.g. the suite's.
        checks: tables and expectations; the tables' names differ.

    Returns:
        One outcome per table, in their order.
    """
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    return [_outcome(name, check) for check in checks]


def _outcome(name: str, check: Check) -> Outcome:
    gx = _load("great_expectations")
    identifier = _load("great_expectations.core.run_identifier").RunIdentifier
    told = {
        "result_format": "SUMMARY",
        "partial_unexpected_count": _SHOWN,
        "unexpected_index_column_names": list(check.key),
    }
    whole, rows, count = None, 0, 0
    shown: list[dict[str, Any]] = []
    for part in check.parts:
        # a context of its own, since one keeps every batch that it has seen
        context = gx.get_context(mode="ephemeral")
        context.enable_analytics(False)
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas(check.table).add_dataframe_asset(check.table)
        wanted = [copy.copy(expectation) for expectation in check.expectations]  # it owns its own
        suite = gx.ExpectationSuite(name=check.table, expectations=wanted)
        definition = gx.ValidationDefinition(
            name=check.table,
            data=asset.add_batch_definition_whole_dataframe("rows"),
            suite=context.suites.add(suite),
        )
        result = context.validation_definitions.add(definition).run(
            batch_parameters={"dataframe": frame(part.rows)},
            result_format=told if check.key else {**told, "unexpected_index_column_names": None},
            run_id=identifier(run_name=name, run_time=_NO_TIME),
        )
        whole = whole or merging.Merged(check.key)
        whole.add(result, part.name)
        rows, count = rows + part.rows.num_rows, count + 1
        shown += part.rows.to_pylist() if check.shown else []
        if part.name:  # a context refers to itself: its part would stay until Python looks for such
            del context, asset, definition, result
            gc.collect()
    if whole is None:
        raise ValueError(f"table {check.table} has no part")
    failures = [_failure(check, one, whole.where(one)) for one in whole.results if not one.success]
    page = _page(whole.result)
    evaluated = len(whole.results)
    return Outcome(check.table, rows, count, evaluated, failures, check.about, shown, page)


def _page(result: Any) -> str:
    """The result as HTML; values found are escaped first, which the renderer does not do."""
    renderer = _load("great_expectations.render.renderer").ValidationResultsPageRenderer()
    view = _load("great_expectations.render.view").DefaultJinjaPageView()
    for one in result.results:
        for kind in _VALUES:
            if kind in one.result:
                one.result[kind] = _escaped(one.result[kind])
    return str(view.render(renderer.render(result)))


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return html.escape(value, quote=False)
    if isinstance(value, list | tuple):
        return [_escaped(v) for v in value]
    if isinstance(value, dict):
        return {k: _escaped(v) for k, v in value.items()}
    return value


def _failure(check: Check, result: Any, where: str) -> Failure:
    config = result.expectation_config
    kwargs = {k: v for k, v in config.kwargs.items() if k != "batch_id"}
    said = (
        config.description or f"{config.type}({', '.join(f'{k}={v!r}' for k, v in kwargs.items())})"
    )
    column = kwargs.get("column")
    words = f"{column}: {said}" if column and config.description else said
    values = result.result.get("partial_unexpected_list")
    if values is None:
        raised = result.exception_info.get("exception_message")
        values = [raised or result.result.get("observed_value")]
    words_of = ("null" if v is None else _short(v) for v in values)
    found = ", ".join(list(dict.fromkeys(words_of))[:_FOUND])
    count = result.result.get("unexpected_count")
    advice = (config.meta or {}).get(ADVICE, check.advice)
    return Failure(check.table, words, count, found, where, advice)


def _short(value: Any) -> str:
    said = repr(value) if isinstance(value, str) else f"{value}"
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}..."


def _load(name: str) -> Any:
    """A module of great_expectations, whose types say too little to be checked against."""
    return importlib.import_module(name)
