"""Expectations of a crawled pool: every pair is named by its content and points to real bytes."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import files, record, sets, tables
from curate.dataset.checks import Check, from_schema
from curate.stage.params import parameters

LANGUAGE = r"^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$"  # the form of BCP-47 tags (RFC 5646)
NAME = r"^[0-9a-f]{32}$"


@parameters
class Params:
    """What a pool may hold."""

    max_caption: int = 2000  # characters
    min_licensed: float = 1.0  # share of pairs that must name a licence
    min_pairs: int = 1  # fewest pairs of a usable pool


def checks(reads: Path, pool: Path, split: Path, params: Params) -> list[Check]:  # noqa: ARG001
    """Checks of the pairs, the images and the rejects of every set at `reads`."""
    import great_expectations.expectations as gxe

    pairs = sets.located([reads])
    pairs = pairs.append_column("named_by_content", _named_by_content(pairs))
    pairs = pairs.append_column("inside_its_tar", _inside_its_tar(pairs))
    of_pairs = [
        *from_schema(sets.LOCATED, "uid"),
        gxe.ExpectTableRowCountToBeBetween(min_value=params.min_pairs),
        gxe.ExpectColumnValuesToMatchRegex(column="image", regex=NAME),
        gxe.ExpectColumnValuesToMatchRegex(column="lang", regex=LANGUAGE),
        gxe.ExpectColumnValueLengthsToBeBetween(
            column="caption", min_value=1, max_value=params.max_caption
        ),
        gxe.ExpectColumnValuesToNotBeNull(column="licence", mostly=params.min_licensed),
        *(
            gxe.ExpectColumnValuesToBeBetween(column=name, min_value=1)
            for name in ("width", "height", "size")
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="named_by_content",
            value_set=[True],
            description="uid is the hash of image, language and caption",
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="inside_its_tar",
            value_set=[True],
            description="the image's bytes lie inside a tar that is there",
        ),
    ]
    of_images = [
        gxe.ExpectColumnValuesToBeUnique(column="image"),
        gxe.ExpectColumnValuesToBeBetween(
            column="places", max_value=1, description="an image is stored once in its set"
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="sizes", max_value=1, description="an image has one width and height"
        ),
    ]
    rejected = [_rejected(folder) for folder in sets.folders(reads)]
    of_rejected = from_schema(record.REJECTED, None)
    return [
        Check("pairs", pairs, of_pairs),
        Check("images", _images(pairs), of_images),
        Check("rejected", tables.concat(rejected, record.REJECTED), of_rejected),
    ]


def _named_by_content(pairs: pa.Table) -> pa.Array:
    columns = (pairs.column(name).to_pylist() for name in ("uid", "image", "lang", "caption"))
    rows = zip(*columns, strict=True)
    return pa.array([uid == record.pair_uid(*content) for uid, *content in rows], pa.bool_())


def _inside_its_tar(pairs: pa.Table) -> pa.Array:
    tars = pairs.group_by(["set", "shard"]).aggregate([]).to_pylist()
    paths = {(t["set"], t["shard"]): Path(t["set"]) / t["shard"] for t in tars}
    ends = {key: file.stat().st_size if file.is_file() else 0 for key, file in paths.items()}
    columns = (pairs.column(name).to_pylist() for name in ("set", "shard", "offset", "size"))
    inside = [
        offset >= 0 and offset + size <= ends[folder, shard]
        for folder, shard, offset, size in zip(*columns, strict=True)
    ]
    return pa.array(inside, pa.bool_())


def _images(pairs: pa.Table) -> pa.Table:
    """One row per image: in how many places of one set it lies, how many sizes it has."""
    text = {name: pairs.column(name).cast("string") for name in ("offset", "width", "height")}
    place = pc.binary_join_element_wise(pairs.column("shard"), text["offset"], "@")
    area = pc.binary_join_element_wise(text["width"], text["height"], "x")
    keyed = pairs.append_column("place", place).append_column("area", area)
    placed = keyed.group_by(["set", "image"]).aggregate(
        [("place", "count_distinct"), ("area", "count_distinct")]
    )
    worst = placed.group_by("image").aggregate(
        [("place_count_distinct", "max"), ("area_count_distinct", "max")]
    )
    return worst.select([0, 1, 2]).rename_columns(["image", "places", "sizes"]).sort_by("image")


def _rejected(folder: files.Place) -> pa.Table:
    file = folder / sets.REJECTED_FILE
    return tables.read(file) if file.is_file() else record.REJECTED.empty_table()
