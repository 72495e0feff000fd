"""A section of params.yaml becomes a frozen dataclass, strictly: no unknown key, no wrong type."""

import dataclasses
import difflib
from pathlib import Path
from typing import Any, TypeVar, cast, dataclass_transform

import pydantic
import yaml
from pydantic.dataclasses import dataclass as _dataclass

from curate.dataset.errors import ParamsError

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def parameters(cls: type[T]) -> type[T]:
    """Make a class of annotated fields into a frozen, keyword-only, strictly read dataclass.

    Each field says its unit in a comment beside it.
    """
    config = pydantic.ConfigDict(extra="forbid")
    return cast(type[T], _dataclass(frozen=True, kw_only=True, config=config)(cls))


def load(file: Path, section: str) -> Any:
    """One section of a params file, by its dotted path (`score.clip`).

    Raises:
        ParamsError: the file cannot be read, or has no such section; says which there are.
    """
    try:
        value = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        where = file.resolve()
        raise ParamsError(f"no params file at {where}; run in the project's folder") from error
    except Exception as error:  # of a value that is none, such as 2001-13-45, yaml raises anything
        raise ParamsError(f"{file} is no YAML: {error}") from error
    walked: list[str] = []
    for name in section.split("."):
        if not isinstance(value, dict) or name not in value:
            known = sorted(map(str, value)) if isinstance(value, dict) else []
            place = ".".join(walked) or "the top level"
            raise ParamsError(f"{file}: {place} has no section {name!r}{_hint(name, known)}")
        value = value[name]
        walked.append(name)
    return value if value is not None else {}


def build(cls: type[T], values: Any, where: str) -> T:
    """Fill a parameter class from a mapping.

    Args:
        cls: a class made by `parameters`.
        values: what the params file says.
        where: dotted path of the section, for messages.

    Raises:
        ParamsError: every unknown key with the known ones, every missing or mistyped value.
    """
    if not isinstance(values, dict):
        raise ParamsError(f"{where} is {values!r}, not a mapping of parameters")
    try:
        return pydantic.TypeAdapter(cls).validate_python(values)
    except pydantic.ValidationError as error:
        raise ParamsError("\n".join(_explain(cls, where, e) for e in error.errors())) from None


def as_dict(params: Any) -> dict[str, Any]:
    """The values of a parameter object, nested ones included, fit for JSON."""
    return dataclasses.asdict(params)


def _explain(cls: type, where: str, error: Any) -> str:
    place = ".".join([where, *map(str, error["loc"])])
    if error["type"] == "unexpected_keyword_argument":
        known = [field.name for field in dataclasses.fields(_owner(cls, error["loc"]))]
        return f"unknown parameter {place}{_hint(str(error['loc'][-1]), known)}"
    if error["type"] in ("missing", "missing_argument", "missing_keyword_only_argument"):
        return f"parameter {place} is missing"
    found = error["input"]
    if error["type"] in ("list_type", "tuple_type") and isinstance(found, str | int | float):
        listed = yaml.safe_dump([found], default_flow_style=True, allow_unicode=True).strip()
        return f"parameter {place} is {found!r}, not a list; write {listed}"
    told = error["ctx"]["error"] if error["type"] == "value_error" else error["msg"].lower()
    return f"parameter {place} is {found!r}: {told}"


def _owner(cls: Any, path: tuple[Any, ...]) -> Any:
    """The dataclass that should have held the last name of an error's path."""
    for name in path[:-1]:
        inner = cls.__annotations__.get(name) if dataclasses.is_dataclass(cls) else None
        arguments = getattr(inner, "__args__", (inner,))
        cls = next((a for a in arguments if dataclasses.is_dataclass(a)), cls)
    return cls


def _hint(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    guess = f"; did you mean {close[0]!r}?" if close else ""
    return f"{guess} (known: {', '.join(known) or 'none'})"
