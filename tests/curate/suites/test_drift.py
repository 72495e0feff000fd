import json
from pathlib import Path

import pytest

from curate.dataset.errors import DataError
from tests._validated import validated

READS = Path("data/distributions.json")


def check(**params):
    return validated("drift", {"reads": str(READS), "beside": "data/snapshot", **params})


@pytest.fixture
def write(project):
    def run(compared_with="f" * 64, **distances):
        columns = {
            name.replace("__", "."): {} if value is None else {"distance": value}
            for name, value in distances.items()
        }
        told = {"compared_with": compared_with, "gone": ["old.score"]}
        READS.parent.mkdir(exist_ok=True)
        READS.write_text(json.dumps({"id": "0" * 64, "columns": columns, **told}))

    return run


def test_what_moved_little_passes_and_what_is_new_is_not_compared(write):
    write(lang=0.1, clip__similarity=0.02, fresh__score=None)
    assert check()["tables"] == {"distances": {"rows": 3, "evaluated": 2}}
    assert "It had more: old.score." in Path("docs/distances.html").read_text()


def test_without_an_accepted_version_all_passes_and_the_docs_say_so(write):
    write(compared_with=None, lang=None, clip__similarity=None)
    assert check()["success"]
    assert "No version was accepted yet" in Path("docs/distances.html").read_text()


def test_what_moved_far_is_named_with_its_distance_and_what_to_do(write):
    write(lang=0.05, clip__similarity=0.31)
    with pytest.raises(DataError) as caught:
        check()
    said = str(caught.value)
    assert "at most the limit -- not met by 1 row: 0.21" in said
    assert "where: column clip.similarity" in said
    assert "cp data/distributions.json baseline.json" in said
    assert "Jensen-Shannon distance" in Path("docs/distances.html").read_text()


def test_a_limit_may_be_another_for_groups_and_for_a_column(write):
    write(lang=0.15, clip__similarity=0.31)
    assert check(groups=0.2, columns={"clip.similarity": 0.4})["success"]
    with pytest.raises(DataError, match="column lang"):
        check(columns={"clip.similarity": 0.4})


def test_what_is_no_file_of_distributions_is_refused(write):
    READS.parent.mkdir(exist_ok=True)
    READS.write_text("{}")
    with pytest.raises(DataError, match="holds no distributions"):
        check()
