import yaml

from curate import card, datasheet
from curate.contents import Contents

FACTS = {
    "name": "shapes",
    "version": "0.1.0",
    "id": "ab" * 32,
    "pairs": 12_345,
    "images": 9_000,
    "made": 45,
    "splits": {
        "test": {"pairs": 345, "images": 300},
        "train": {"pairs": 12_000, "images": 8_700},
    },
    "languages": {"en": {"pairs": 12_000, "images": 9_000}, "und": {"pairs": 345, "images": 9}},
    "licences": {
        "CC0-1.0": {"pairs": 345, "images": 300},
        "MIT|X": {"pairs": 12_000, "images": 8_700},
    },
}
FOUND = Contents(
    pairs=12_345,
    captions=8_000,
    made=45,
    without={"url": 0, "page": 5, "licence": 0},
    personal={"with an e-mail address": 3},
    blurred=0,
    origins=[{"source": "web", "licence": "MIT|X", "pairs": 12_345, "images": 9_000}],
)
PARAMS = datasheet.DatasheetParams(
    description="Shapes.",
    creator="Pairwright",
    url="https://example.org/shapes",
    cite_as="@misc{shapes}",
    date_published="2026-01-01",
    licence_urls={"CC0-1.0": "https://spdx.org/licenses/CC0-1.0.html"},
    limitations=("Only shapes.",),
)


def written(**changes):
    given = {"read": "Open it.", "verify": "Hash it.", "files": {"train": "*.tar"}, **changes}
    return card.text(FACTS, PARAMS, FOUND, **given)


def test_the_head_is_yaml_that_follows_from_the_facts():
    text = written()
    assert text.startswith("---\n")
    assert yaml.safe_load(text.split("---\n")[1]) == {
        "pretty_name": "shapes 0.1.0",
        "language": ["en"],
        "license": "other",
        "license_name": "several",
        "license_details": "CC0-1.0, MIT|X",
        "size_categories": ["10K<n<100K"],
        "task_categories": ["image-to-text", "text-to-image"],
        "tags": ["image-text pairs"],
        "configs": [
            {"config_name": "default", "data_files": [{"split": "train", "path": "*.tar"}]}
        ],
    }


def test_it_counts_what_is_there_and_says_how_to_read_and_to_mend_it():
    text = written()
    assert "**12,345 pairs** of 9,000 images and 8,000 different captions" in text
    assert text.index("| train | 12,000 | 8,700 |") < text.index("| test | 345 | 300 |")
    assert "[CC0-1.0](https://spdx.org/licenses/CC0-1.0.html): 345 pairs" in text
    assert "5 of 12,345 pairs do not name a page" in text
    assert "3 with an e-mail address" in text
    assert "Open it." in text
    assert "Hash it." in text


def test_a_bar_in_a_name_does_not_tear_a_table():
    assert "| web | MIT\\|X | 12,345 | 9,000 |" in written()


def test_a_section_that_nothing_is_known_of_is_left_out():
    text = written()
    assert "## Known gaps\n\nOnly shapes.\n" in text
    assert "Recommended uses" not in text
    assert "None" not in text


def test_only_columns_that_are_there_are_explained():
    assert "| `shard` |" in written()
    assert "| `shard` |" not in written(columns=["uid", "caption"])
