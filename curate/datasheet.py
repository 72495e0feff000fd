"""A snapshot's facts become its datasheet: Croissant 1.1 JSON-LD with responsible-AI fields.

Croissant (MLCommons, https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html) says in
one machine-readable file which files a data set has, what their columns mean, and under which
terms. The document is built and checked with `mlcroissant`, which can also read the manifest
through it:

    mlcroissant.Dataset("data/snapshot/croissant.json").records("pairs")
"""

import os
from dataclasses import field
from pathlib import Path
from typing import Any

from curate.dataset import record
from curate.dataset.errors import DataError
from curate.stage.params import parameters
from curate.stage.run import write_json

VERSION = "http://mlcommons.org/croissant/1.1"
COLUMNS = {
    "uid": "Name of the pair: a hash of image, language and caption.",
    "set": "Folder of the set that holds the image, relative to the project folder.",
    "image": "Name of the image: SHA-256 of its encoded bytes, shortened to 32 hex digits.",
    "caption": "Text that belongs to the image.",
    "lang": "Language of the caption (BCP-47), `und` where unknown.",
    "source": "Source the pair was crawled from, or the method that made it.",
    "url": "Where the image's bytes came from.",
    "page": "Page or file that showed the image.",
    "licence": "Terms under which the source gives the pair.",
    "width": "Width of the image in pixels.",
    "height": "Height of the image in pixels.",
    "shard": "Path, inside the set, of the tar that holds the image.",
    "offset": "Bytes from the start of the tar to those of the image.",
    "size": "Bytes of the encoded image.",
    "parent": "uid of the pair that this one was made from; empty for crawled pairs.",
    "recipe": "How the pair was made (JSON); empty for crawled pairs.",
    "split": "train, validation or test; no near-duplicate is in two of them.",
}


@parameters
class DatasheetParams:
    """What a datasheet says that no table knows, in sentences; what is left out is unknown."""

    description: str  # what the data set is
    creator: str  # organisation that made it
    url: str  # its home page
    cite_as: str  # BibTeX
    date_published: str  # ISO 8601 day of this version of the recipe
    keywords: tuple[str, ...] = ()
    licence_urls: dict[str, str] = field(default_factory=dict)  # licence in the tables -> its text
    collection: str | None = None  # how the pairs were collected
    collection_types: tuple[str, ...] = ()  # terms of the RAI vocabulary, e.g. Web Scraping
    preprocessing: tuple[str, ...] = ()  # what was done to what was collected
    annotation: tuple[str, ...] = ()  # how labels were made
    use_cases: tuple[str, ...] = ()  # what it is good for
    limitations: tuple[str, ...] = ()  # what it is not good for
    biases: tuple[str, ...] = ()  # what it over- and under-represents
    personal_information: tuple[str, ...] = ()  # what is known about people in it
    social_impact: str | None = None  # what its use may do
    maintenance: str | None = None  # who changes it, and how


def write(path: Path, facts: dict[str, Any], params: DatasheetParams) -> None:
    """Write the datasheet of a snapshot beside its manifest.

    Args:
        path: the JSON file, in the snapshot's folder.
        facts: what snapshot.json says: name, version, counts, manifest, shards and labels.
        params: section `snapshot.datasheet`.

    Raises:
        DataError: the document is not valid Croissant; says what mlcroissant found.
    """
    import mlcroissant as mlc

    try:
        write_json(_metadata(facts, params, path.parent).to_json(), path)
        mlc.Dataset(str(path))
    except mlc.ValidationError as error:
        raise DataError(f"{path} is no valid Croissant datasheet: {error}") from error


def _metadata(facts: dict[str, Any], params: DatasheetParams, folder: Path) -> Any:
    import mlcroissant as mlc

    labelers = sorted({Path(label["path"]).parent.name for label in facts["labels"]})
    return mlc.Metadata(
        ctx=mlc.Context(conforms_to=VERSION),
        conforms_to=[VERSION],
        name=facts["name"],
        version=facts["version"],
        description=f"{params.description}\n\n{_summary(facts)}",
        creators=[mlc.Organization(name=params.creator, url=params.url)],
        url=params.url,
        cite_as=params.cite_as,
        date_published=params.date_published,
        keywords=list(params.keywords),
        in_language=sorted(facts["languages"]),
        license=_licences(facts["licences"], params.licence_urls),
        distribution=_files(facts, folder),
        record_sets=[_pairs(facts["manifest"]["path"]), _splits(facts["splits"])],
        data_collection=params.collection,
        data_collection_type=list(params.collection_types),
        data_preprocessing_protocol=list(params.preprocessing),
        data_annotation_protocol=list(params.annotation),
        machine_annotation_tools=[f"Pairwright labeler {name}" for name in labelers],
        data_use_cases=list(params.use_cases),
        data_limitations=list(params.limitations),
        data_biases=list(params.biases),
        personal_sensitive_information=list(params.personal_information),
        data_social_impact=params.social_impact,
        data_release_maintenance_plan=params.maintenance,
    )


def _summary(facts: dict[str, Any]) -> str:
    splits = ", ".join(f"{n['pairs']:,} {name}" for name, n in facts["splits"].items())
    return (
        f"{facts['pairs']:,} pairs of {facts['images']:,} images ({splits}), "
        f"{facts['made']:,} of them made. Content id {facts['id']}."
    )


def _licences(counts: dict[str, Any], urls: dict[str, str]) -> list[Any]:
    import mlcroissant as mlc

    return [
        mlc.CreativeWork(
            name=name,
            description=f"{n['pairs']:,} pairs of {n['images']:,} images",
            url=urls.get(name),
        )
        for name, n in counts.items()
    ]


def _files(facts: dict[str, Any], folder: Path) -> list[Any]:
    """Manifest, label tables and image tars; URLs are relative to the snapshot's folder."""
    import mlcroissant as mlc

    def file(path: str, url: str, kind: str, about: dict[str, Any], description: str) -> Any:
        return mlc.FileObject(
            id=path,
            name=Path(path).name,
            description=description,
            content_url=url,
            content_size=f"{about['bytes']} B",
            encoding_formats=[kind],
            sha256=about["sha256"],
        )

    def beside(path: str) -> str:
        return Path(os.path.relpath(path, folder)).as_posix()

    manifest = facts["manifest"]
    files = [
        file(
            manifest["path"],
            manifest["path"],
            "application/x-parquet",
            manifest,
            "The pairs of the snapshot, where the bytes of their images lie, and their split.",
        )
    ]
    for label in facts["labels"]:
        about = f"Labels by {Path(label['path']).parent.name}, {label['rows']:,} rows."
        path = label["path"]
        files.append(file(path, beside(path), "application/x-parquet", label, about))
    for shard in facts["shards"]:
        path = f"{shard['set']}/{shard['shard']}"
        about = f"Images of {shard['set']}, as <image>.<extension>."
        files.append(file(path, beside(path), "application/x-tar", shard, about))
    tars = [f"{shard['set']}/{shard['shard']}" for shard in facts["shards"]]
    images = mlc.FileSet(
        id="images",
        description="The encoded images; the file name without its extension is `pairs/image`.",
        contained_in=tars,
        encoding_formats=["image/*"],
        includes=["*"],
    )
    return [*files, images]


def _pairs(manifest: str) -> Any:
    """The record set of the manifest's rows."""
    import mlcroissant as mlc

    fields = [
        mlc.Field(
            id=f"pairs/{column.name}",
            name=column.name,
            description=COLUMNS[column.name],
            data_types=[mlc.DataType.TEXT if column.type == "string" else mlc.DataType.INTEGER],
            source=mlc.Source(file_object=manifest, extract=mlc.Extract(column=column.name)),
        )
        for column in record.MANIFEST
    ]
    return mlc.RecordSet(
        id="pairs",
        name="pairs",
        description="One record for each pair of an image and a caption.",
        key=["pairs/uid"],
        fields=fields,
    )


def _splits(counts: dict[str, Any]) -> Any:
    """The record set of the splits, its rows inside the document."""
    import mlcroissant as mlc

    rows = [{"splits/name": name, "splits/pairs": n["pairs"]} for name, n in counts.items()]
    kinds = {"name": mlc.DataType.TEXT, "pairs": mlc.DataType.INTEGER}
    return mlc.RecordSet(
        id="splits",
        name="splits",
        description="The splits and their size; no near-duplicate is in two of them.",
        data_types=[mlc.DataType.SPLIT],
        key=["splits/name"],
        fields=[
            mlc.Field(id=f"splits/{name}", name=name, data_types=[kind])
            for name, kind in kinds.items()
        ],
        data=rows,
    )
