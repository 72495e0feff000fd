"""Expectations of a crawled pool: every pair is named by its content and points to real bytes."""

import functools
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import files, parts, record, sets, tables
from curate.dataset.checks import Check, from_schema
from curate.dataset.parts import Part
from curate.stage.params import parameters
from curate.suites import Data, _common

LANGUAGE = r"^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$"  # the form of BCP-47 tags (RFC 5646)
NAME = r"^[0-9a-f]{32}$"
_PLACE = ["uid", "set", "image", "shard", "offset", "width", "height"]
_AGAIN = "crawl again (dvc repro --force crawl)"
_MORE = "crawl more sources (crawl.sources in params.yaml)"
_ABOUT = {
    "pairs": "A row is a crawled pair: an image, a caption, where they are from.",
    "images": "A row is an image: in how many places it is stored, which sizes it has.",
    "sets": "How many pairs there are.",
    "rejected": "A row is something that the crawl did not take, with the reason.",
}


@parameters
class Params:
    """What a pool may hold."""

    min_licensed: float = 1.0  # share of pairs that must name a licence
    min_pairs: int = 1  # fewest pairs of a usable pool


def checks(data: Data, params: Params) -> list[Check]:
    """Checks of the pairs, the images and the rejects of every set at `data.reads`."""
    import great_expectations.expectations as gxe

    of_pairs = [
        *from_schema(sets.LOCATED, None),
        _common.in_order("uid"),
        gxe.ExpectColumnValuesToMatchRegex(column="image", regex=NAME),
        gxe.ExpectColumnValuesToMatchRegex(column="lang", regex=LANGUAGE),
        gxe.ExpectColumnValueLengthsToBeBetween(column="caption", min_value=1),
        *_common.licensed(params.min_licensed),
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
        gxe.ExpectColumnValuesToBeBetween(
            column="repeated", max_value=0, description="no two pairs share a uid"
        ),
    ]
    of_sets = [
        gxe.ExpectColumnValuesToBeBetween(
            column="above_least",
            min_value=0,
            description="there are the pairs that validate.pool.min_pairs asks for",
        )
    ]
    pairs = [folder / sets.PAIRS_FILE for folder in sets.folders(data.reads)]
    total = sum(map(tables.count, pairs))
    all_sets = {"sets": [str(data.reads)], "pairs": [total]}
    all_sets["above_least"] = [total - params.min_pairs]
    refused = _rejected([folder / sets.REJECTED_FILE for folder in sets.folders(data.reads)])
    images = _images(data.reads, total)
    return [
        Check("pairs", _pairs(data.reads), of_pairs, ["uid"], _AGAIN, _ABOUT["pairs"]),
        Check("images", images, of_images, ["image"], _AGAIN, _ABOUT["images"]),
        Check(
            "sets",
            parts.whole(pa.table(all_sets)),
            of_sets,
            ["sets"],
            _MORE,
            _ABOUT["sets"],
            shown=True,
        ),
        Check(
            "rejected", refused, from_schema(record.REJECTED, None), [], _AGAIN, _ABOUT["rejected"]
        ),
    ]


def _pairs(root: Path) -> Iterator[Part]:
    size_of = functools.cache(lambda file: Path(file).stat().st_size if Path(file).is_file() else 0)
    for folder in sets.folders(root):
        for part in parts.ordered(_common.located(folder), "uid"):
            rows = part.rows.append_column("named_by_content", _named_by_content(part.rows))
            tars = (rows.column(name).to_pylist() for name in ("set", "shard", "offset", "size"))
            inside = [
                offset >= 0 and offset + size <= size_of(f"{place}/{shard}")
                for place, shard, offset, size in zip(*tars, strict=True)
            ]
            yield part._replace(
                rows=rows.append_column("inside_its_tar", pa.array(inside, pa.bool_()))
            )


def _named_by_content(pairs: pa.Table) -> pa.Array:
    columns = (pairs.column(name).to_pylist() for name in ("uid", "image", "lang", "caption"))
    rows = zip(*columns, strict=True)
    return pa.array([uid == record.pair_uid(*content) for uid, *content in rows], pa.bool_())


def _images(root: Path, total: int) -> Iterator[Part]:
    """One row per image: in how many places of one set it lies, how many sizes it has."""
    pieces = (part.rows for part in _common.located(root, _PLACE))
    for part in parts.by_key(pieces, "image", parts.count(total)):
        yield part._replace(rows=_of_images(part.rows))


def _of_images(pairs: pa.Table) -> pa.Table:
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
    named = keyed.group_by("image").aggregate([("uid", "count"), ("uid", "count_distinct")])
    repeated = pc.subtract(named.column("uid_count"), named.column("uid_count_distinct"))
    rows = worst.join(named.select(["image"]).append_column("repeated", repeated), "image")
    names = ["image", "places", "sizes", "repeated"]
    return rows.rename_columns(names).sort_by("image")


def _rejected(places: list[files.Place]) -> Iterator[Part]:
    there = [file for file in places if file.is_file()]
    if not there:
        yield Part("", record.REJECTED.empty_table())
    for file in there:
        yield from parts.stream(file)
