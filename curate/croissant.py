"""Facts of a data set, its files and its records in; a Croissant 1.1 document that is valid out.

Croissant (MLCommons, https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html) says in
one machine-readable file which files a data set has, what their columns mean, and under which
terms. The document is built and checked with `mlcroissant`.
"""

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.types as kinds

from curate import contents, making
from curate.contents import Contents
from curate.dataset.errors import DataError

VERSION = "http://mlcommons.org/croissant/1.1"
_ADDED = {  # names of 1.1 that 1.0 has not
    "arrayShape": "cr:arrayShape",
    "containedIn": "cr:containedIn",
    "description": {"@container": "@language"},
    "isArray": "cr:isArray",
    "name": {"@container": "@language"},
    "prov": "http://www.w3.org/ns/prov#",
}
PARQUET = "application/x-parquet"
TAR = "application/x-tar"
# mlcroissant decodes what is of the first two kinds, by Pillow, whatever the bytes are
PICTURES = ["image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "image/tiff"]
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
_PROVENANCE = {  # columns that say of a pair what PROV-O's properties do
    "source": "prov:wasAttributedTo",
    "url": "prov:hadPrimarySource",
    "parent": "prov:wasDerivedFrom",
    "recipe": "prov:wasGeneratedBy",
}


def document(
    facts: Mapping[str, Any],
    params: Any,
    found: Contents,
    distribution: Sequence[Any],
    record_sets: Sequence[Any],
) -> dict[str, Any]:
    """A data set as Croissant has it.

    Args:
        facts: as snapshot.json has them, of what is in these files.
        params: `datasheet.DatasheetParams`.
        found: what was counted of the pairs.
        distribution: the files, of mlcroissant.
        record_sets: what is read of them, of mlcroissant.

    Returns:
        JSON-LD.

    Raises:
        DataError: the document is not valid Croissant; says what mlcroissant found.
    """
    import mlcroissant as mlc

    labelers = sorted({label["path"].split("/")[-2] for label in facts["labels"]})
    made = [
        f"{found.made:,} of {found.pairs:,} pairs were made by a program from others (`parent`).",
        *(making.sentences(facts) if found.made else ()),
    ]
    try:
        metadata = mlc.Metadata(
            ctx=_context(),
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
            distribution=list(distribution),
            record_sets=[*record_sets, _splits(facts["splits"]), _origins(found.origins)],
            data_collection=params.collection,
            data_collection_type=list(params.collection_types),
            data_collection_missing_data=" ".join(contents.missing(found)),
            data_preprocessing_protocol=[*params.preprocessing, *made],
            data_annotation_protocol=list(params.annotation),
            machine_annotation_tools=[f"Pairwright labeler {name}" for name in labelers],
            data_use_cases=list(params.use_cases),
            data_limitations=list(params.limitations),
            data_biases=list(params.biases),
            personal_sensitive_information=[
                *params.personal_information,
                *contents.personal(found),
            ],
            data_social_impact=params.social_impact,
            data_release_maintenance_plan=params.maintenance,
            extra_properties=_provenance(facts, found),
        )
        told: dict[str, Any] = metadata.to_json()
        mlc.Dataset(copy.deepcopy(told))  # which it changes
    except mlc.ValidationError as error:
        raise DataError(f"the datasheet is no valid Croissant: {error}") from error
    return told


def _context() -> Any:
    """That of version 1.1 in full: mlcroissant 1.1 writes that of 1.0, and cannot read it back."""
    import mlcroissant as mlc

    context = mlc.Context(conforms_to=VERSION)
    context.rdf.context |= _ADDED
    return context


def _provenance(facts: Mapping[str, Any], found: Contents) -> dict[str, Any]:
    """What the data set was derived from and by what, by PROV-O, as version 1.1 recommends."""
    methods = facts.get("making", {}).get("methods", {})
    sources = [
        _told("Entity", f"{row['source']}: {row['pairs']:,} pairs under {row['licence']}")
        for row in found.origins
        if row["source"] not in methods
    ]
    made_with = "provenance.json says with which revision, params, stages and library versions"
    return {
        "prov:wasDerivedFrom": sources,
        "prov:wasGeneratedBy": _told("Activity", f"Pairwright; {made_with}"),
    }


def _told(kind: str, label: str) -> dict[str, str]:
    return {"@type": f"prov:{kind}", "prov:label": label}


def labels(path: str, url: str, about: Mapping[str, Any]) -> Any:
    """A file of a labeler's, which is said to be its agent; as `file`."""
    name = path.split("/")[-2]
    found = file(path, url, PARQUET, about, f"Labels by {name}, {about['rows']:,} rows.")
    agent = _told("SoftwareAgent", f"Pairwright labeler {name}")
    found.extra_properties["prov:wasAttributedTo"] = agent
    return found


def file(name: str, url: str, kind: str, about: Mapping[str, Any], description: str) -> Any:
    """A file with its size (`bytes`) and `sha256`."""
    import mlcroissant as mlc

    return mlc.FileObject(
        id=name,
        name=name.rpartition("/")[2],
        description=description,
        content_url=url,
        content_size=f"{about['bytes']} B",
        encoding_formats=[kind],
        sha256=about["sha256"],
    )


def pairs(fields: Sequence[Any]) -> Any:
    """The record set of the pairs."""
    import mlcroissant as mlc

    return mlc.RecordSet(
        id="pairs",
        name="pairs",
        description="One record for each pair of an image and a caption.",
        key=["pairs/uid"],
        fields=list(fields),
    )


def fields(
    columns: Iterable[pa.Field], names: Mapping[str, str] | None = None, **source: str
) -> list[Any]:
    """A field of the pairs for each column of a table.

    Args:
        columns: of `record.MANIFEST`.
        names: of those columns that have another one in the files.
        source: `file_object` or `file_set`, and its id.
    """
    import mlcroissant as mlc

    renamed = names or {}
    return [
        mlc.Field(
            id=f"pairs/{column.name}",
            name=column.name,
            description=COLUMNS[column.name],
            data_types=[
                mlc.DataType.TEXT if kinds.is_string(column.type) else mlc.DataType.INTEGER
            ],
            equivalentProperty=_PROVENANCE.get(column.name),
            source=mlc.Source(
                **source, extract=mlc.Extract(column=renamed.get(column.name, column.name))
            ),
        )
        for column in columns
    ]


def picture(source: Any) -> Any:
    """The field of a pair's decoded picture."""
    import mlcroissant as mlc

    return mlc.Field(
        id="pairs/picture",
        name="picture",
        description="The picture, decoded.",
        data_types=[mlc.DataType.IMAGE_OBJECT],
        source=source,
    )


def _summary(facts: Mapping[str, Any]) -> str:
    splits = ", ".join(f"{n['pairs']:,} {name}" for name, n in facts["splits"].items())
    return (
        f"{facts['pairs']:,} pairs of {facts['images']:,} images ({splits}), "
        f"{facts['made']:,} of them made. Content id {facts['id']}."
    )


def _licences(counts: Mapping[str, Any], urls: Mapping[str, str]) -> list[Any]:
    import mlcroissant as mlc

    return [
        mlc.CreativeWork(
            name=name,
            description=f"{n['pairs']:,} pairs of {n['images']:,} images",
            url=urls.get(name),
        )
        for name, n in counts.items()
    ]


def _splits(counts: Mapping[str, Any]) -> Any:
    import mlcroissant as mlc

    rows = [{"name": name, "pairs": n["pairs"]} for name, n in counts.items()]
    about = "The splits and their size; no near-duplicate is in two of them."
    return _inline("splits", about, ["name"], rows, data_types=[mlc.DataType.SPLIT])


def _origins(rows: Sequence[Mapping[str, Any]]) -> Any:
    about = "How many pairs and images are from which source, under which licence."
    return _inline("origins", about, ["source", "licence"], rows)


def _inline(
    name: str, about: str, key: list[str], rows: Sequence[Mapping[str, Any]], **more: Any
) -> Any:
    """A record set whose rows are inside the document."""
    import mlcroissant as mlc

    kind = {str: mlc.DataType.TEXT, int: mlc.DataType.INTEGER}
    return mlc.RecordSet(
        id=name,
        name=name,
        description=about,
        key=[f"{name}/{column}" for column in key],
        fields=[
            mlc.Field(id=f"{name}/{column}", name=column, data_types=[kind[type(value)]])
            for column, value in rows[0].items()
        ],
        data=[{f"{name}/{column}": value for column, value in row.items()} for row in rows],
        **more,
    )
