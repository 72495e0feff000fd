import io
import json
import tarfile

import pytest

from align.ontologies import PART_OF, Fact, territories
from curate.dataset.wordnet import WordNet
from tests._wordnet import Entry, write_database


@pytest.fixture
def graph(packages, tmp_path):
    entries = [
        Entry("country", "n", "country", 15),
        Entry("american", "n", "American_state", 15, above="country"),
        Entry("state", "n", "Georgia", 15, above="american"),
        Entry("republic", "n", "Georgia", 15, above="country"),
        Entry("fowl", "n", "turkey", 5),
        Entry("turkey", "n", "Turkey", 15, above="country"),
    ]
    database = WordNet(write_database(tmp_path / "words", entries, {}))
    within = {
        "142": {"_contains": ["145"]},
        "145": {"_contains": ["GE", "TR"]},
        "145-status-grouping": {"_contains": ["XX"]},
        "EU": {"_contains": ["GE"], "_grouping": "true"},
    }
    flags = {
        "🇬🇪": "flag: Georgia", "🇹🇷": "flag: Türkiye", "🇲🇲": "flag: Myanmar (Burma)",
        "🇱🇨": "flag: St. Lucia", "🏁": "chequered flag",
    }  # fmt: skip
    tables = {
        "cldr-core": (
            "supplemental/territoryContainment.json",
            {"supplemental": {"territoryContainment": within}},
        ),
        "cldr-annotations-derived-full": (
            "annotationsDerived/en/annotations.json",
            {"annotationsDerived": {"annotations": {k: {"tts": [v]} for k, v in flags.items()}}},
        ),
    }
    for package, (name, value) in tables.items():
        data = json.dumps(value).encode()
        with tarfile.open(packages / f"{package}.tgz", "w:gz") as tar:
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return territories.load("countries", territories.Params(), packages, database), database


def test_countries_lie_in_regions_and_these_in_continents(graph):
    found, _ = graph
    assert set(found.facts) == {
        Fact("countries:GE", PART_OF, "countries:145"),
        Fact("countries:TR", PART_OF, "countries:145"),
        Fact("countries:145", PART_OF, "countries:142"),
    }
    assert found.concepts["countries:145"].name == "Western Asia"


def test_a_country_is_the_sense_of_its_name_that_is_a_country(graph):
    found, database = graph
    assert found.concepts["countries:GE"].synset == database.senses("Georgia", "n")[1]
    assert found.concepts["countries:TR"].synset == database.senses("Turkey", "n")[1]
    assert found.concepts["countries:LC"].synset is None


def test_countries_are_found_by_what_else_they_are_called(graph):
    found, _ = graph
    assert found.concepts["countries:MM"].names == ("Myanmar", "Burma")
    assert found.concepts["countries:LC"].names == ("St. Lucia", "Saint Lucia")
    assert "Turkey" in found.concepts["countries:TR"].names
