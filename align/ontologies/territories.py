"""CLDR's packages in; countries and the parts of the world that they lie in, out.

Containment is that of `territoryContainment.json` in cldr-core (UTS #35, part 6, and UN M49:
world, continents, regions, countries; groupings such as the EU aside). English names are those of
the flags in cldr-annotations-derived-full. A country that WordNet knows as one is meant where a
noun has that sense; the others are found by their name.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from align.ontologies import PART_OF, Concept, Fact, Ontology
from curate.dataset import packages as fetched
from curate.dataset.errors import SourceError
from curate.dataset.wordnet import NOUN, WordNet
from curate.stage.params import parameters

_FLAG = "flag: "
_INDICATOR = 0x1F1E6  # regional indicator A, two of which spell a country
# UN M49's names; CLDR's are in a package of 10 MB of all languages.
_REGIONS = {
    "001": "World", "002": "Africa", "019": "Americas", "142": "Asia", "150": "Europe",
    "009": "Oceania", "015": "Northern Africa", "011": "Western Africa", "017": "Middle Africa",
    "014": "Eastern Africa", "018": "Southern Africa", "021": "Northern America",
    "013": "Central America", "029": "Caribbean", "005": "South America", "143": "Central Asia",
    "030": "Eastern Asia", "034": "Southern Asia", "035": "South-eastern Asia",
    "145": "Western Asia", "039": "Southern Europe", "151": "Eastern Europe",
    "154": "Northern Europe", "155": "Western Europe", "053": "Australasia", "054": "Melanesia",
    "057": "Micronesia", "061": "Polynesia", "QO": "Outlying Oceania",
}  # fmt: skip
# What texts call them beside CLDR's names.
_ALSO = {
    "CZ": ("Czech Republic",), "GB": ("Great Britain", "UK"), "MK": ("Macedonia",),
    "SZ": ("Swaziland",), "TR": ("Turkey",), "US": ("USA", "United States of America"),
    "VA": ("Vatican",), "CV": ("Cape Verde Islands",), "TL": ("East Timor",),
}  # fmt: skip


@parameters
class Params:
    """Fetched packages."""

    containment: str = "cldr-core"
    names: str = "cldr-annotations-derived-full"


def load(name: str, params: Params, packages: Path, database: WordNet) -> Ontology:
    """The graph of countries.

    Raises:
        SourceError: a package was not fetched, or lacks its file.
    """
    contained = _json(packages, params.containment, "*/territoryContainment.json")
    within = contained["supplemental"]["territoryContainment"]
    facts = [
        Fact(f"{name}:{child}", PART_OF, f"{name}:{parent}")
        for parent, told in sorted(within.items())
        if "-" not in parent and parent in _REGIONS
        for child in told["_contains"]
    ]
    table = _json(packages, params.names, "*/annotationsDerived/en/annotations.json")
    countries = dict(_countries(table["annotationsDerived"]["annotations"]))
    sought = {id_ for word in ("country", "state") for id_ in database.senses(word, NOUN)}
    named = {code: _names(code, said) for code, said in countries.items()} | {
        code: (said,) for code, said in _REGIONS.items()
    }
    concepts = {
        f"{name}:{code}": Concept(
            f"{name}:{code}",
            names[0],
            names[1:],
            synset=_synset(names, sought, database) if code in countries else None,
        )
        for code, names in sorted(named.items())
    }
    known = [fact for fact in facts if fact.source in concepts and fact.target in concepts]
    return Ontology(concepts, tuple(known))


def _countries(annotations: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Code and name of every country that has a flag."""
    for characters, told in annotations.items():
        letters = [ord(character) - _INDICATOR for character in characters]
        said = told["tts"][0] if told.get("tts") else ""
        if len(letters) == 2 and all(0 <= n < 26 for n in letters) and said.startswith(_FLAG):
            yield "".join(chr(n + ord("A")) for n in letters), said.removeprefix(_FLAG)


def _names(code: str, said: str) -> tuple[str, ...]:
    """A country's name, and how else it is written: `Myanmar (Burma)`, `St. Lucia`."""
    whole, _, other = said.partition(" (")
    found = [whole, *_ALSO.get(code, ())]
    if other:
        found.append(other.rstrip(")"))
    found += [name.replace("St. ", "Saint ").replace(" & ", " and ") for name in found]
    return tuple(dict.fromkeys(found))


def _synset(names: tuple[str, ...], sought: set[str], database: WordNet) -> str | None:
    """WordNet's noun for a country: the first sense of a name that is a country or a state."""
    for name in names:
        for id_ in database.senses(name, NOUN):
            above = set(database.ancestors(id_))
            american = any(database.synset(up).name == "american_state.n.01" for up in above)
            if not above.isdisjoint(sought) and not american:
                return id_
    return None


def _json(packages: Path, package: str, pattern: str) -> Any:
    folder = fetched.unpack(packages, package)
    found = sorted(folder.rglob(pattern))
    if not found:
        raise SourceError(f"package {package} at {folder} holds no {pattern}")
    return json.loads(found[0].read_text(encoding="utf-8"))
