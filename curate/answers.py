"""What a batch of a crawl gave, as two files: a table with a row for each item, and a blob.

Both appear whole or not at all, the table last. A table is taken for true only if the bytes of
every picture, audio file and clip that it names are where it says, by their hash: what a killed
run or a full disk left is found out and gathered anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.dataset import files, record, tables
from curate.dataset.errors import DataError

BESIDE = ("audio", "video")  # columns of what lies beside a picture
EXTRA = "extra."  # what names of further columns start with
CAPTION = pa.struct(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("lang", pa.string(), nullable=False),
        pa.field("caption", pa.string(), nullable=False),
        pa.field("page", pa.string()),
        pa.field("origin", pa.string()),
    ]
)
AUDIO = pa.struct(
    [
        pa.field("audio", pa.string()),  # name of the stored file; null where it was refused
        pa.field("kind", pa.string()),  # as of `curate.sources.Audio`
        pa.field("lang", pa.string()),
        pa.field("uid", pa.string()),  # of the caption that it speaks
        pa.field("extension", pa.string()),
        pa.field("seconds", pa.float64()),
        pa.field("rate", pa.int32()),  # Hz
        pa.field("channels", pa.int32()),
        pa.field("url", pa.string()),
        pa.field("blob", pa.string()),  # file with the stored bytes
        pa.field("offset", pa.int64()),  # bytes
        pa.field("size", pa.int64()),  # bytes
        pa.field("reason", pa.string()),  # why it was refused; null where it was not
        pa.field("detail", pa.string()),
    ]
)
VIDEO = pa.struct(
    [
        pa.field("video", pa.string()),  # name of the stored file; null where it was refused
        pa.field("extension", pa.string()),
        pa.field("frames", pa.int32()),
        pa.field("seconds", pa.float64()),
        pa.field("width", pa.int32()),  # pixels
        pa.field("height", pa.int32()),  # pixels
        pa.field("url", pa.string()),
        pa.field("blob", pa.string()),  # file with the stored bytes
        pa.field("offset", pa.int64()),  # bytes
        pa.field("size", pa.int64()),  # bytes
        pa.field("reason", pa.string()),  # why it was refused; null where it was not
        pa.field("detail", pa.string()),
    ]
)
SCHEMA = pa.schema(
    [
        pa.field("item", pa.string(), nullable=False),
        pa.field("reason", pa.string()),  # why it was refused; null where it was not
        pa.field("detail", pa.string()),
        pa.field("url", pa.string()),
        pa.field("licence", pa.string()),
        pa.field("final_url", pa.string()),  # that answered, after redirects
        pa.field("status", pa.int32()),  # of HTTP
        pa.field("started", pa.float64()),  # seconds since 1970
        pa.field("seconds", pa.float64()),  # that fetching took
        pa.field("sha256", pa.string()),  # of the bytes as they were found
        pa.field("bytes", pa.int64()),  # as they were found
        pa.field("content", pa.string()),  # what the guard says of them
        pa.field("image", pa.string()),  # name of the stored picture
        pa.field("extension", pa.string()),
        pa.field("width", pa.int32()),  # pixels, after EXIF rotation
        pa.field("height", pa.int32()),  # pixels, after EXIF rotation
        pa.field("blob", pa.string()),  # file with the stored bytes
        pa.field("offset", pa.int64()),  # bytes
        pa.field("size", pa.int64()),  # bytes
        pa.field("captions", pa.list_(CAPTION)),
        pa.field("audio", pa.list_(AUDIO)),  # beside the picture
        pa.field("video", pa.list_(VIDEO)),
    ]
)
"""An item's answer. Further columns of its source follow, named `extra.<name>`."""


class Blob:
    """A file that takes pictures, audio and clips, one by one, and appears when it is whole."""

    def __init__(self, path: files.Place) -> None:
        self._path = path
        self._partial = files.partial(path)
        self._file: BinaryIO | None = None

    def add(self, data: bytes) -> dict[str, Any]:
        """Append bytes; gives the columns that say where they are."""
        if self._file is None:
            self._file = self._partial.open("wb")
        place = self._file.tell()
        return {"blob": str(self._path), "offset": place, "size": self._file.write(data)}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            if kind is None:
                files.settle(self._partial, self._path)
            else:
                self._partial.unlink(missing_ok=True)


def write(rows: Sequence[Mapping[str, Any]], path: files.Place) -> None:
    """Write answers, in the order of their items.

    Args:
        rows: columns of `SCHEMA`, those that are null left out, and further ones.
        path: of the table.
    """
    names = sorted({name for row in rows for name in row if name.startswith(EXTRA)})
    columns = [pa.array([row.get(field.name) for row in rows], field.type) for field in SCHEMA] + [
        column([row.get(name) for row in rows]) for name in names
    ]
    write_table(pa.table(columns, names=[*SCHEMA.names, *names]), path)


def filled(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `SCHEMA` as `write` takes it: without the columns that are null."""
    return {name: value for name, value in row.items() if value is not None}


def write_table(table: pa.Table, path: files.Place) -> None:
    """Write a table of answers, whole or not at all."""
    partial = files.partial(path)
    pq.write_table(table, partial, compression="zstd", **tables.CHECKED)
    files.settle(partial, path)


def column(values: list[Any]) -> pa.Array:
    """Scalars as a column of one type; as text where they are of several types."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {bool} or kinds <= {int, float} or kinds <= {str}:
        try:
            return pa.array(values)
        except (pa.ArrowInvalid, OverflowError):  # an integer of more than 64 bits
            pass
    return pa.array([None if value is None else _text(value) for value in values], pa.string())


def _text(value: Any) -> str:
    """A value as text, as `concat` would put it: no batch's borders show."""
    try:
        return str(pa.array([value]).cast(pa.string())[0])
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OverflowError):
        return str(value)


def whole(path: files.Place) -> pa.Table | None:
    """The answers of a batch if its table and all that it names are there and undamaged."""
    try:
        table = tables.read(path)
        beside_it = ((beside(table, name), name) for name in BESIDE)
        for rows, name in ((table, "image"), *beside_it):
            taken = rows.filter(rows.column("blob").is_valid())
            if any(record.image_name(data) != known for known, data in stored(taken, name)):
                return None
        return table
    except (DataError, OSError):
        return None


def beside(rows: pa.Table, name: str) -> pa.Table:
    """All that lies beside pictures in some answers: a row for each file.

    Args:
        rows: answers.
        name: of the column, one of `BESIDE`.

    Returns:
        The columns of its struct, and row, the number of its answer.
    """
    listed = rows.column(name).combine_chunks()
    table = pa.Table.from_struct_array(pc.list_flatten(listed))
    return table.append_column("row", pc.list_parent_indices(listed))


def stored(rows: pa.Table, name: str) -> Iterator[tuple[str, bytes]]:
    """Name and stored bytes of each picture, or file beside one, in the order of the rows.

    Args:
        rows: columns blob, offset and size, without nulls.
        name: the column that holds the names.
    """
    with files.Pieces() as pieces:
        for part in rows.select([name, "blob", "offset", "size"]).to_batches(1024):
            names, *places = (column.to_pylist() for column in part.columns)
            found = pieces.read([files.Piece(*place) for place in zip(*places, strict=True)])
            yield from zip(names, found, strict=True)


def concat(parts: Sequence[pa.Table]) -> pa.Table:
    """Stack tables of answers; a further column is text where the tables disagree on its type."""
    kinds: dict[str, set[pa.DataType]] = {}
    for part in parts:
        for field in part.schema:
            kinds.setdefault(field.name, set()).add(field.type)
    types = {name: _common(found) for name, found in kinds.items()}
    return pa.concat_tables([_cast(part, types) for part in parts], promote_options="default")


def _cast(table: pa.Table, types: Mapping[str, pa.DataType]) -> pa.Table:
    for index, field in enumerate(table.schema):
        if field.type != types[field.name]:
            column = table.column(index).cast(types[field.name])
            table = table.set_column(index, field.name, column)
    return table


def _common(types: set[pa.DataType]) -> pa.DataType:
    known = {one for one in types if not pa.types.is_null(one)}
    if len(known) == 1:
        return known.pop()
    if known == {pa.int64(), pa.float64()}:
        return pa.float64()
    return pa.string()
