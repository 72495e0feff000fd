"""A list of emoji in; each emoji in its subgroup and group, out.

The groups are those of the Unicode Consortium (emoji-test.txt, UTS #51; CLDR's order of emoji),
as the npm package `emoji.json` lists them: `codes` (hexadecimal, parted by spaces), `name`,
`group`, `subgroup`. A picture is that of an emoji if its file is named by the code points, as
emoji sets name theirs (`1f44d-1f3fd.webp`; variation selectors may be left out); a `dog` in a
caption is none.
"""

import json
from pathlib import Path

from align.ontologies import MEMBER_OF, PART_OF, Concept, Fact, Ontology
from curate.dataset import packages as fetched
from curate.dataset.errors import SourceError
from curate.dataset.wordnet import WordNet
from curate.stage.params import parameters

_SELECTOR = "fe0f"


@parameters
class Params:
    """A fetched package."""

    package: str = "emoji-json"
    file: str = "emoji.json"


def load(name: str, params: Params, packages: Path, database: WordNet) -> Ontology:  # noqa: ARG001
    """The graph of emoji.

    Raises:
        SourceError: the package was not fetched, or lacks its file.
    """
    folder = fetched.unpack(packages, params.package)
    found = sorted(folder.rglob(params.file))
    if not found:
        raise SourceError(f"package {params.package} at {folder} holds no {params.file}")
    concepts: dict[str, Concept] = {}
    facts: dict[Fact, None] = {}
    pictured: dict[str, str] = {}
    for row in json.loads(found[0].read_text(encoding="utf-8")):
        codes = [code for code in row["codes"].lower().split() if code != _SELECTOR]
        stem = "-".join(codes)
        id_, subgroup, group = (f"{name}:{own}" for own in (stem, row["subgroup"], row["group"]))
        concepts[id_] = Concept(id_, row["name"])
        concepts[subgroup] = Concept(subgroup, row["subgroup"].replace("-", " "))
        concepts[group] = Concept(group, row["group"])
        facts[Fact(id_, MEMBER_OF, subgroup)] = None
        facts[Fact(subgroup, PART_OF, group)] = None
        pictured[stem] = id_
    return Ontology(concepts, tuple(facts), pictured, named=False)
