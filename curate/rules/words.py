"""A rule in; what it asks, in words for a reader, out."""

from collections.abc import Callable
from typing import Any

from curate.reports.page import number, plural, share
from curate.rules.asking import members
from curate.rules.rule import Rule


def describe(rule: Rule) -> str:
    """What a rule keeps, and which sources it is for."""
    words = _asked(rule)
    if rule.sources:
        words += f"; for {', '.join(rule.sources)}"
    return f"{words}; not for {', '.join(rule.except_sources)}" if rule.except_sources else words


def word(value: Any) -> str:
    """A value of a score for reading; nothing where there is none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value)
    return value if isinstance(value, str) else ""


def _asked(rule: Rule) -> str:
    column = rule.column or "pairs"
    group = f" of each {rule.per}" if rule.per else ""
    said: dict[str, Callable[[Any], str]] = {
        "at_least": lambda least: f"{column} ≥ {word(least)}",
        "at_most": lambda most: f"{column} ≤ {word(most)}",
        "between": lambda ends: f"{word(ends[0])} ≤ {column} ≤ {word(ends[1])}",
        "equals": lambda value: f"{column} is {word(value)}",
        "is_in": lambda values: f"{column} is {' or '.join(map(word, values))}",
        "of_parent": lambda ratio: f"{column} ≥ {word(ratio)} × its parent's",
        "exclude_leaks": lambda ways: f"in no evaluation set ({', '.join(ways)})",
        "top_share": lambda part: f"{column} is in the highest {share(part)}{group}",
        "sample": lambda some: f"a sample of {_amount(some)}{group}",
        "cap": lambda cap: f"at most {plural(cap.at_most, 'pair')} of each {cap.by}",
        "balance": lambda b: f"about {plural(b.at_most, 'caption')} for each entry of {b.entries}",
        "shared_by": lambda n: f"the caption stands beside at most {n} images of its source",
        "near_duplicates": lambda bits: f"no better image within {bits} of 64 bits",
        "all_of": lambda _: f"all of: {_members(rule)}",
        "any_of": lambda _: f"any of: {_members(rule)}",
    }
    for kind, words in said.items():
        if (value := getattr(rule, kind)) is not None:
            return words(value)
    return ""


def _amount(amount: float) -> str:
    return share(amount) if amount <= 1 else plural(int(amount), "pair")


def _members(rule: Rule) -> str:
    return ", ".join(f"{name} ({describe(member)})" for name, member in members(rule).items())
