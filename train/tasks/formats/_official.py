"""Official files in, each entry of the form that it is to have; what is wrong, and where, else.

Every format reads its files through here, so that all of them say alike what to get where a file is
missing, and which entry has not the fields that it should have.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pydantic

from curate.dataset.errors import DataError, SourceError
from train.tasks.formats import Box

T = TypeVar("T")
_SHOWN = 80  # characters of what was found


class Entry(pydantic.BaseModel):
    """Something in an official file, with the fields that we read; further ones are fine."""

    model_config = pydantic.ConfigDict(strict=True, frozen=True, extra="ignore")


class Official(NamedTuple):
    """An official set: what it is called, and where people get it."""

    name: str
    page: str  # of the project that distributes it

    def file(self, root: Path, name: str, archive: str) -> Path:
        """A file of the set, or a folder.

        Args:
            root: folder that the set's archives were unpacked to.
            name: relative to it, as the archive has it.
            archive: which one has it.

        Raises:
            SourceError: it is not there; says what to get.
        """
        if not (found := root / name).exists():
            raise SourceError(
                f"{self.name}: no {found}; get {archive} from {self.page} and unpack it to {root}"
            )
        return found


def whole(file: Path, form: type[T]) -> T:
    """A JSON file that has a form.

    Args:
        file: UTF-8.
        form: an `Entry`, or a container of some.

    Raises:
        DataError: it is no JSON, or of another form; says where, what was found and expected.
    """
    return checked(_json(file.read_bytes(), str(file)), form, str(file))


def lines(file: Path, form: type[T]) -> Iterator[tuple[str, T]]:
    """Each line of a file of JSON lines, with where it is; an empty line is none.

    Raises:
        DataError: a line is no JSON, or of another form; says which.
    """
    adapter = pydantic.TypeAdapter(form)
    with file.open("rb") as opened:
        for number, line in enumerate(opened, 1):
            if line.strip():
                where = f"{file} line {number}"
                yield where, _checked(_json(line, where), adapter, where)


def checked(content: Any, form: type[T], where: str) -> T:
    """What was read, if it has a form.

    Raises:
        DataError: it has another; says where, what was found and what was expected.
    """
    return _checked(content, pydantic.TypeAdapter(form), where)


def _checked(content: Any, adapter: pydantic.TypeAdapter[T], where: str) -> T:
    try:
        return adapter.validate_python(content, strict=True)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        place = "".join(f"[{part!r}]" for part in first["loc"])
        found = repr(first["input"])
        shown = found if len(found) <= _SHOWN else f"{found[:_SHOWN]}..."
        more = f" ({error.error_count()} such faults)" if error.error_count() > 1 else ""
        message = first["msg"][0].lower() + first["msg"][1:]
        raise DataError(f"{where}: {place or 'it'}: {message}; found {shown}{more}") from error


def _json(data: bytes, where: str) -> Any:
    try:
        return json.loads(data)
    except ValueError as error:
        raise DataError(f"{where} is no JSON: {error}") from error


def relative(box: Box, size: tuple[int, int]) -> Box | None:
    """A box in pixels as shares of its picture, which it may stick out of; None: it is nowhere."""
    width, height = size
    x1, x2 = (min(max(x / width, 0.0), 1.0) for x in (box[0], box[2]))
    y1, y2 = (min(max(y / height, 0.0), 1.0) for y in (box[1], box[3]))
    return (x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None
