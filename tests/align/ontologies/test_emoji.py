import io
import json
import tarfile

import pytest

from align.ontologies import MEMBER_OF, PART_OF, Fact, emoji
from curate.dataset import wordnet
from curate.dataset.errors import SourceError


def packed(folder, package, files):
    """A package as the fetch stage leaves it."""
    with tarfile.open(folder / f"{package}.tgz", "w:gz") as tar:
        for name, value in files.items():
            data = json.dumps(value).encode()
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def test_emoji_are_known_by_their_files_and_lie_in_groups(packages, database_folder):
    rows = [
        {"codes": "1F41D", "name": "bee", "group": "Animals & Nature", "subgroup": "animal-bug"},
        {"codes": "2639 FE0F", "name": "frowning face", "group": "Smileys", "subgroup": "face"},
    ]  # fmt: skip
    packed(packages, "emoji-json", {"emoji.json": rows})
    graph = emoji.load("emoji", emoji.Params(), packages, wordnet.open_folder(database_folder))
    assert graph.pictured == {"1f41d": "emoji:1f41d", "2639": "emoji:2639"}
    assert Fact("emoji:1f41d", MEMBER_OF, "emoji:animal-bug") in graph.facts
    assert Fact("emoji:animal-bug", PART_OF, "emoji:Animals & Nature") in graph.facts
    assert graph.concepts["emoji:animal-bug"].name == "animal bug"
    assert not graph.named


def test_a_package_that_was_not_fetched_is_an_error_that_says_what_to_do(packages, database_folder):
    database = wordnet.open_folder(database_folder)
    with pytest.raises(SourceError, match="dvc repro --force fetch"):
        emoji.load("emoji", emoji.Params(), packages, database)
