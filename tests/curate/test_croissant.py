import json
from pathlib import Path

import pytest

from curate import croissant
from curate.dataset import record
from curate.dataset.errors import DataError


@pytest.fixture
def sheet(drawn_project):
    drawn_project.freeze()
    return json.loads(Path("data/snapshot/croissant.json").read_text())


def test_the_context_is_that_of_croissant_1_1_so_that_what_lies_in_tars_is_found(sheet):
    import mlcroissant

    assert sheet["@context"]["containedIn"] == "cr:containedIn"
    assert "@base" not in sheet["@context"]
    read = mlcroissant.Dataset("data/snapshot/croissant.json").metadata
    (images,) = [file for file in read.distribution if file.id == "images"]
    assert images.contained_in
    assert all(name.endswith(".tar") for name in images.contained_in)


def test_origins_are_records_that_mlcroissant_reads(sheet):
    import mlcroissant

    read = mlcroissant.Dataset("data/snapshot/croissant.json").records("origins")
    found = [{k.removeprefix("origins/"): v for k, v in row.items()} for row in read]
    assert found == [
        {"source": "drawn", "licence": "CC0-1.0", "pairs": 7, "images": 6},
        {"source": "geometric", "licence": "CC0-1.0", "pairs": 1, "images": 1},
    ]


def test_provenance_is_told_by_prov_o_of_the_whole_of_labels_and_of_each_pair(sheet):
    import mlcroissant

    read = mlcroissant.Dataset("data/snapshot/croissant.json").metadata
    (source,) = sheet["prov:wasDerivedFrom"]
    assert source["prov:label"] == "drawn: 7 pairs under CC0-1.0"  # not the one that was made
    assert "provenance.json" in read.extra_properties["prov:wasGeneratedBy"]["prov:label"]
    labels = [file for file in read.distribution if file.id.startswith("data/labels/")]
    agents = {file.extra_properties["prov:wasAttributedTo"]["prov:label"] for file in labels}
    assert agents == {"Pairwright labeler scene"}
    fields = {f["name"]: f for r in sheet["recordSet"] if r["name"] == "pairs" for f in r["field"]}
    assert fields["parent"]["equivalentProperty"] == "prov:wasDerivedFrom"
    assert fields["url"]["equivalentProperty"] == "prov:hadPrimarySource"


def test_responsible_ai_fields_hold_what_was_counted(sheet):
    assert "8 of 8 pairs do not name a page" in sheet["rai:dataCollectionMissingData"]
    assert "1 of 8 pairs were made by a program" in str(sheet["rai:dataPreprocessingProtocol"])
    assert "none with an e-mail address" in str(sheet["rai:personalSensitiveInformation"])


def test_every_column_of_a_manifest_is_explained():
    assert list(croissant.COLUMNS) == record.MANIFEST.names


def test_what_is_no_valid_croissant_is_an_error_that_says_why(drawn_project):
    from tests.curate.conftest import SNAPSHOT

    broken = {**SNAPSHOT["datasheet"], "date_published": "yesterday"}
    with pytest.raises(DataError, match=r"(?s)no valid Croissant: .*ISO 8601"):
        drawn_project.freeze(datasheet=broken)


def test_a_snapshot_has_a_card_for_people(drawn_project):
    drawn_project.freeze()
    text = Path("data/snapshot", record.CARD_FILE).read_text()
    assert "# drawn-shapes 0.1.0" in text
    assert "**8 pairs** of 7 images" in text
    assert "dvc checkout" in text
