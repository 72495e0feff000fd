from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

from curate.dataset import tables
from curate.reports.inputs import Inputs, NotRun, Paths
from curate.reports.sections import duplicates as section
from curate.reports.thumbnails import Thumbnails
from curate.scorers import duplicates

CLUSTERS = [("red", "green", "black"), ("blue", "gold"), ("navy",), ("teal",)]  # keeper first


@pytest.fixture
def look(drawn_project):
    """The section of a project whose circles stand in clusters. The black circle was dropped."""
    rows = []
    for colours in CLUSTERS:
        images = [drawn_project.circles[colour]["image"] for colour in colours]
        for place, image in enumerate(images):
            link, bits = ("perceptual", 2 * place) if place else (None, None)
            rows.append(
                {
                    **dict.fromkeys(duplicates.SCHEMA.names),
                    **{"image": image, "cluster": min(images), "size": len(images)},
                    **{"keeper": not place, "kept": images[0], "link": link, "keeper_bits": bits},
                }
            )
    table = pa.Table.from_pylist(rows, duplicates.SCHEMA)
    tables.write(table, Path("data/scores/duplicates.parquet"), "image", duplicates.SCHEMA)
    paths = Paths(Path("data/pool"), Path("data/decisions"), scores=Path("data/scores"))

    def run(clusters=9):
        inputs = Inputs(paths, Path("reports/index.html"))
        with Thumbnails(64, 50) as thumbnails:
            return section.section(inputs, thumbnails, SimpleNamespace(clusters=clusters))

    return run


def test_clusters_are_those_of_the_scorer_and_add_up(look):
    found = look()
    assert (found["images"], found["clusters"], found["largest"]) == (5, 2, 3)
    assert found["links"] == [("near in perceptual hash", 3)]
    assert sorted(shown["images"] for shown in found["shown"]) == [2, 3]


def test_the_largest_cluster_is_shown_before_all_others(look):
    (only,) = look(clusters=1)["shown"]
    assert only["images"] == 3


def test_the_picture_that_stands_for_its_cluster_comes_first(look):
    largest = max(look()["shown"], key=lambda shown: shown["images"])
    first, *others = largest["cards"]
    assert "red" in first["caption"] or "rouge" in first["caption"]
    assert first["facts"] == [("stands", "for all")]
    assert {dict(card["facts"])["bits from the first"] for card in others} == {"2 of 64", "4 of 64"}
    assert (largest["kept"], [card["kept"] for card in largest["cards"]].count(False)) == (2, 1)


def test_without_the_scorer_it_says_what_to_run(look):
    Path("data/scores/duplicates.parquet").unlink()
    with pytest.raises(NotRun, match="score_pool@duplicates"):
        look()
