"""What great_expectations found in each part of a table in; what holds of the whole table out.

Expectations about rows are counted, so the counts of the parts add up, and `mostly` is asked about
their sum. Those about the table (has it the column, of which type) hold where they hold of each
part. Expectations that need all rows at once (the number of rows, a mean) are not for parts.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

_SHOWN = 20  # values, and rows, that are kept as examples
_NAMED = 3  # rows of a part, and parts, that a message names
_COUNTS = ("element_count", "unexpected_count", "missing_count")


class Merged:
    """The result of a table that grows part by part.

    Args:
        key: columns that name a row.
    """

    def __init__(self, key: Sequence[str]) -> None:
        self._key = list(key)
        self._results: dict[str, Any] = {}
        self._rows: dict[str, list[tuple[str, list[str]]]] = {}  # part, and rows by their key
        self.result: Any = None  # of great_expectations, of the whole table

    @property
    def results(self) -> list[Any]:
        """Of each expectation, in the order of the first part."""
        return list(self._results.values())

    def add(self, result: Any, part: str) -> None:
        """Take what was found in a part.

        Args:
            result: of great_expectations, with `result_format` SUMMARY.
            part: where the part is.
        """
        for one in result.results:
            one.result = _plain(one.result)
            name = _name(one)
            if not one.success or one.result.get("unexpected_count"):
                self._rows.setdefault(name, []).append((part, self._keys(one)))
            if name in self._results:
                _merge(self._results[name], one)
            else:
                self._results[name] = one
        self.result = self.result or result
        self.result.results = self.results
        self.result.success = all(one.success for one in self.results)
        self.result.statistics = _statistics(self.results)

    def where(self, one: Any) -> str:
        """In which parts, and in which rows of these, an expectation is not met."""
        found = self._rows.get(_name(one), [])
        told = []
        for part, rows in found[:_NAMED]:
            named = ", ".join(rows[:_NAMED]) + (" and others" if len(rows) > _NAMED else "")
            told.append(" in ".join(text for text in (named, part) if text))
        if len(found) > _NAMED:
            told.append(f"and in {len(found) - _NAMED} more parts")
        return "; ".join(text for text in told if text)

    def _keys(self, one: Any) -> list[str]:
        rows = one.result.get("partial_unexpected_index_list") or []
        named = [" ".join(f"{name} {row[name]}" for name in self._key) for row in rows]
        return list(dict.fromkeys(named))


def _plain(value: Any) -> Any:
    """Values of Python: null of pandas cannot be rendered, and numbers of numpy name their type."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value))
    if isinstance(value, np.generic):
        value = value.item()
    return None if value is pd.NA or (isinstance(value, float) and math.isnan(value)) else value


def _name(one: Any) -> str:
    config = one.expectation_config
    kwargs = sorted((k, repr(v)) for k, v in config.kwargs.items() if k != "batch_id")
    return f"{config.type} {kwargs}"


def _merge(into: Any, one: Any) -> None:
    """Add what was found of an expectation in one more part."""
    ours, theirs = into.result, one.result
    if "element_count" not in ours or "element_count" not in theirs:
        if into.success and not one.success:
            into.success, into.result = False, theirs
            into.exception_info = one.exception_info
        return
    for name in _COUNTS:
        if name in ours:
            ours[name] += theirs[name]
    for name in ("partial_unexpected_list", "partial_unexpected_index_list"):
        if name in theirs:
            ours[name] = [*ours.get(name, []), *theirs[name]][:_SHOWN]
    ours["partial_unexpected_counts"] = _counted(ours, theirs)
    rows, missing = ours["element_count"], ours.get("missing_count", 0)
    wrong, known = ours["unexpected_count"], ours["element_count"] - missing
    ours["unexpected_percent"] = _percent(wrong, known)
    if "missing_count" in ours:
        ours["missing_percent"] = _percent(missing, rows)
        ours["unexpected_percent_total"] = _percent(wrong, rows)
        ours["unexpected_percent_nonmissing"] = _percent(wrong, known)
    mostly = into.expectation_config.kwargs.get("mostly", 1.0)
    into.success = known == 0 or (known - wrong) / known >= mostly


def _counted(ours: dict[str, Any], theirs: dict[str, Any]) -> list[dict[str, Any]]:
    """The commonest values of those that either part told, lists aside."""
    counts = Counter[Any]()
    for told in (ours, theirs):
        for row in told.get("partial_unexpected_counts", []):
            if "value" in row and not isinstance(row["value"], list | dict):
                counts[row["value"]] += row["count"]
    return [{"value": value, "count": n} for value, n in counts.most_common(_SHOWN)]


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def _statistics(results: Sequence[Any]) -> dict[str, Any]:
    met = sum(one.success for one in results)
    return {
        "evaluated_expectations": len(results),
        "successful_expectations": met,
        "unsuccessful_expectations": len(results) - met,
        "success_percent": _percent(met, len(results)),
    }
