"""Facts of a data set in; a card that people read, with the head that the hub reads, out.

Its questions are those of Gebru et al., "Datasheets for Datasets" (2021). Numbers are counted, and
sentences are those of `snapshot.datasheet` in params.yaml.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from curate import contents, croissant, making
from curate.contents import Contents
from curate.stage import markdown

_SIZES = (  # of the hub: fewer pairs than -> its name for so many
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
    (10_000_000_000, "1B<n<10B"),
)
_ORDER = ("train", "validation", "test")
_LISTED = 40  # languages


def text(
    facts: Mapping[str, Any],
    params: Any,
    found: Contents,
    *,
    read: str,
    verify: str,
    files: Mapping[str, str] | None = None,
    columns: Iterable[str] = tuple(croissant.COLUMNS),
) -> str:
    """The card, as Markdown.

    Args:
        facts: as snapshot.json has them, of what is there.
        params: `datasheet.DatasheetParams`.
        found: what was counted of the pairs.
        read: how to read the files.
        verify: how to find out that they are whole, and to mend them.
        files: split -> pattern of its files, where `datasets.load_dataset` can read them.
        columns: of the pairs, that are there.
    """
    title = f"{facts['name']} {facts['version']}"
    lines = [
        "---",
        _head(facts, params, files),
        "---",
        "",
        f"# {title}",
        "",
        params.description,
        "",
    ]
    lines += _glance(facts, found)
    lines += ["## What is in it", "", *_splits(facts), *_origins(found), *_languages(facts)]
    lines += ["## Licences", "", *_licences(facts, params), ""]
    lines += _said("Where it comes from", [params.collection], contents.missing(found))
    lines += _said("What was done to it", params.preprocessing)
    if found.made:
        lines += _said("What was made by programs", making.sentences(facts))
    lines += _said("How it was labelled", params.annotation)
    lines += _said("Recommended uses", params.use_cases)
    lines += _said("Known gaps", params.limitations, params.biases)
    lines += _said("People in it", params.personal_information, contents.personal(found))
    lines += _said("What its use may do", [params.social_impact])
    lines += ["## Read it", "", read.strip(), "", "| column | meaning |", "|---|---|"]
    lines += [f"| `{name}` | {croissant.COLUMNS[name]} |" for name in columns]
    lines += ["", "## Verify and repair it", "", verify.strip(), ""]
    lines += _said("Who keeps it", [params.maintenance, f"Home: {params.url}"])
    lines += ["## Cite it", "", "```bibtex", params.cite_as.strip(), "```", ""]
    return "\n".join(lines)


def _head(facts: Mapping[str, Any], params: Any, files: Mapping[str, str] | None) -> str:
    size = next((name for limit, name in _SIZES if facts["pairs"] < limit), "n>10B")
    languages = [name for name in sorted(facts["languages"]) if name not in ("und", "unknown")]
    names = sorted(facts["licences"])
    head = {
        "pretty_name": f"{facts['name']} {facts['version']}",
        "language": languages,
        "license": "other",
        "license_name": names[0] if len(names) == 1 else "several",
        "license_details": ", ".join(names),
        "size_categories": [size],
        "task_categories": ["image-to-text", "text-to-image"],
        "tags": ["image-text pairs", *(k for k in params.keywords if k != "image-text pairs")],
    }
    if files:
        listed = [{"split": split, "path": pattern} for split, pattern in files.items()]
        head["configs"] = [{"config_name": "default", "data_files": listed}]
    dumped: str = yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=1000)
    return dumped.strip()


def _glance(facts: Mapping[str, Any], found: Contents) -> list[str]:
    made = f"; {facts['made']:,} pairs were made from others" if facts["made"] else ""
    return [
        f"**{facts['pairs']:,} pairs** of {facts['images']:,} images and {found.captions:,} "
        f"different captions in {len(facts['languages']):,} languages{made}. Content id "
        f"`{facts['id']}`. For machines, the same is in `croissant.json`.",
        "",
    ]


def _splits(facts: Mapping[str, Any]) -> list[str]:
    known = sorted(facts["splits"], key=lambda s: _ORDER.index(s) if s in _ORDER else len(_ORDER))
    rows = [(s, facts["splits"][s]["pairs"], facts["splits"][s]["images"]) for s in known]
    return _table(("split", "pairs", "images"), rows)


def _origins(found: Contents) -> list[str]:
    rows = [(r["source"], r["licence"], r["pairs"], r["images"]) for r in found.origins]
    return _table(("source, or method", "licence", "pairs", "images"), rows)


def _languages(facts: Mapping[str, Any]) -> list[str]:
    ranked = sorted(facts["languages"].items(), key=lambda item: (-item[1]["pairs"], item[0]))
    rows = [(name, n["pairs"], n["images"]) for name, n in ranked[:_LISTED]]
    lines = _table(("language", "pairs", "images"), rows)
    if len(ranked) > _LISTED:
        lines += [f"and {len(ranked) - _LISTED} more languages.", ""]
    return lines


def _licences(facts: Mapping[str, Any], params: Any) -> list[str]:
    ranked = sorted(facts["licences"].items(), key=lambda item: (-item[1]["pairs"], item[0]))
    lines = []
    for name, n in ranked:
        url = params.licence_urls.get(name)
        shown = f"[{name}]({url})" if url else name
        lines.append(f"- {shown}: {n['pairs']:,} pairs of {n['images']:,} images")
    return [
        *lines,
        "",
        "Each pair names its own in the column `licence`; heed the strictest of those you use.",
    ]


def _said(title: str, *groups: Sequence[str | None]) -> list[str]:
    """A section of sentences; none where nothing is known."""
    sentences = [" ".join(said.split()) for group in groups for said in group if said]
    if not sentences:
        return []
    if len(sentences) > 1:
        sentences = [f"- {said}" for said in sentences]
    return [f"## {title}", "", *sentences, ""]


def _table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    return [*markdown.table(names, rows), ""]
