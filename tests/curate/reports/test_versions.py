import json
import subprocess
from pathlib import Path

import pytest

from curate.reports import versions


def git(*words):
    named = ("-c", "user.name=t", "-c", "user.email=t@t.invalid")
    subprocess.run(["git", *named, *words], check=True, capture_output=True)


def measure(snapshot, recall):
    """Write the figures of a version."""
    Path("metrics/evaluate").mkdir(parents=True, exist_ok=True)
    about = {"id": snapshot * 64, "pairs": 10}
    Path("metrics/snapshot.json").write_text(json.dumps(about))
    figures = {"recall_at_1": 0.1, "recall_at_10": recall, "times_chance_at_10": 2.0}
    Path("metrics/evaluate/imagebert.json").write_text(json.dumps({"image_retrieval": figures}))


@pytest.fixture
def kept(project):
    """A project whose git has two versions."""
    git("init", "-q")
    for snapshot, recall in (("a", 0.2), ("b", 0.3)):
        measure(snapshot, recall)
        git("add", ".")
        git("commit", "-qm", snapshot)
    return project


def told():
    found = versions.of(Path("metrics"), 5)
    return [(v.id[0], v.best["imagebert image retrieval"].value) for v in found]


def test_results_of_earlier_versions_come_after_those_of_this_one(kept):
    measure("c", 0.4)
    assert told() == [("c", 0.4), ("b", 0.3), ("a", 0.2)]
    first, second, _ = versions.of(Path("metrics"), 5)
    assert first.where == "this one"
    assert second.where[8:12] == " of "


def test_a_commit_of_this_version_changes_nothing(kept):
    measure("c", 0.4)
    before = versions.of(Path("metrics"), 5)
    git("commit", "-qam", "c")
    assert versions.of(Path("metrics"), 5) == before


def test_no_more_versions_are_told_than_were_asked_for(kept):
    assert len(versions.of(Path("metrics"), 1)) == 1


def test_without_git_there_is_this_version_alone(project):
    measure("a", 0.2)
    assert told() == [("a", 0.2)]


def test_without_figures_there_is_no_version(project):
    assert versions.of(Path("metrics"), 5) == []
