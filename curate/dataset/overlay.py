"""Pairs and a set in; the same pairs, with the set's pictures in place of those of its own, out.

The set's pairs bear the uids of those whose pictures they change: a pair stays the pair that was
scored, kept and captioned, and its picture is named by its new bytes. Tables that were made before
(scores, splits, groups) name the original, which the recipe tells.
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import sets, tables

FOLDERS = ("blurred", "blurred_made")  # of the pipeline, that hold such sets
_OF_PICTURE = ("set", "image", "width", "height", "shard", "offset", "size", "recipe")
_ORIGINAL = r'"blurred":\{[^{}]*"image":"(?P<image>[^"]+)"'  # no text in JSON has a bare quote
_NAMES = ["image", "original"]


def overlay(rows: pa.Table, root: Path | None) -> pa.Table:
    """Rows, of which those that a set holds too have its picture.

    Args:
        rows: schema `sets.LOCATED` or `record.MANIFEST`.
        root: folder of the set; None: there is none.

    Raises:
        DataError: there is no set in the folder.
    """
    if root is None:
        return rows
    other = sets.located([root]).combine_chunks()
    place = pc.index_in(rows.column("uid"), value_set=other.column("uid").combine_chunks())
    there = pc.is_valid(place)
    for name in _OF_PICTURE:
        index = rows.schema.get_field_index(name)
        column = pc.if_else(there, other.column(name).take(place), rows.column(name))
        rows = rows.set_column(index, rows.schema.field(index), column)
    return rows


def with_originals(rows: pa.Table) -> pa.Table:
    """Rows, whose blurred pictures are named as they were before.

    Args:
        rows: with columns `image` and `recipe`, as a manifest has them.

    Returns:
        The rows, without `recipe`.
    """
    images, recipes = rows.column("image"), rows.column("recipe")
    if recipes.null_count < len(recipes):
        told = pc.struct_field(pc.extract_regex(recipes, _ORIGINAL), "image")
        index = rows.schema.get_field_index("image")
        column = pc.coalesce(told, images)
        rows = rows.set_column(index, rows.schema.field(index), column)
    return rows.drop_columns("recipe")


def originals(data: Path) -> pa.Table:
    """Names of pictures that stand for others (`image`) and of these (`original`), once each.

    Args:
        data: folder of the pipeline's tables; where it has no such set, there are no rows.
    """
    schema = pa.schema([(name, pa.string()) for name in _NAMES])
    parts = [schema.empty_table()]
    for file in (data / folder / sets.PAIRS_FILE for folder in FOLDERS):
        if file.is_file():
            pairs = tables.read(file, ["image", "recipe"])
            columns = [pairs.column("image"), with_originals(pairs).column("image")]
            parts.append(pa.table(columns, schema=schema))
    return pa.concat_tables(parts).group_by(_NAMES, use_threads=False).aggregate([])
