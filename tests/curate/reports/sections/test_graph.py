import json
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

from align.graphs import layout
from curate.dataset import tables
from curate.reports.inputs import Inputs, NotRun, Paths
from curate.reports.sections import graph as section
from curate.reports.thumbnails import Thumbnails

GRAPH = Path("data/graph")
CONCEPTS = {  # name -> field, pictures
    **{"dog.n.01": ("noun.animal", 20), "leash.n.01": ("noun.artifact", 10)},
    **{"ice_cream.n.01": ("noun.food", 8), "cone.n.01": ("noun.food", 8)},
    "tone.n.01": ("noun.attribute", 90),
}
TOGETHER = [  # of 100 pictures
    ("dog.n.01", "leash.n.01", 9),
    ("cone.n.01", "ice_cream.n.01", 7),
    ("dog.n.01", "tone.n.01", 18),  # as often as by chance
    ("ice_cream.n.01", "leash.n.01", 1),  # a single picture
]


@pytest.fixture
def look(drawn_project):
    """The section of a graph of five concepts; the red circle is a dog."""
    drawn_project.freeze()
    rows = [
        {
            **dict.fromkeys(("phrases", "captions", "pictures", "pictures_below"), pictures),
            **{"concept": name, "name": name, "gloss": f"a {name}", "field": field, "words": []},
        }
        for name, (field, pictures) in CONCEPTS.items()
    ]
    table = pa.Table.from_pylist(rows, layout.CONCEPTS)
    tables.write(table, GRAPH / "concepts.parquet", "concept", layout.CONCEPTS)
    pairs = [
        dict(zip(layout.TOGETHER.names, [*sorted(p[:2]), p[2]], strict=True)) for p in TOGETHER
    ]
    table = pa.Table.from_pylist(pairs, layout.TOGETHER)
    tables.write(table, GRAPH / "together.parquet", ("concept", "other"))
    red = drawn_project.circles["red"]
    mention = {"concept": "dog.n.01", "phrase": f"{red['uid']}/0", "caption": red["uid"]}
    mentions = [{**mention, "image": red["image"], "role": "object"}]
    table = pa.Table.from_pylist(mentions, layout.MENTIONS)
    tables.write(table, GRAPH / "parts/00/mentions.parquet", ("concept", "phrase"))
    kinds = ("image", "caption", "phrase", "region", "concept")
    figures = {"nodes": dict.fromkeys(kinds, 100), "edges": {"describes": 100}}
    Path("metrics").mkdir()
    Path("metrics/graph.json").write_text(json.dumps(figures))

    def shown(concepts=36):
        paths = Paths(
            Path("data/pool"),
            Path("data/decisions"),
            snapshot=Path("data/snapshot"),
            figures=Path("metrics"),
            graph=GRAPH,
        )
        params = SimpleNamespace(concepts=concepts)
        with Thumbnails(96, 65) as thumbnails:
            return section.section(Inputs(paths, Path("reports/index.html")), thumbnails, params)

    return shown


def test_the_map_joins_what_goes_together_more_often_than_by_chance(look):
    found = look()
    assert found["spoken"] == "dog with leash in 9; cone with ice cream in 7"
    assert "tone" not in found["map"]
    assert [field for field, _ in found["legend"]] == ["food", "animal", "artifact"]


def test_the_map_holds_so_many_concepts_as_were_asked_for(look):
    assert look(concepts=3)["spoken"] == "dog with leash in 9"


def test_the_commonest_concept_of_each_field_is_told_with_pictures_and_company(look):
    told = look()["told"]
    assert [c["name"] for c in told] == ["tone.n.01", "dog.n.01", "leash.n.01", "cone.n.01"]
    assert told[1]["beside"] == [("leash", 9)]
    assert [card["caption"] for card in told[1]["shown"]] == ["a red circle"]
    assert told[1]["shown"][0]["src"].startswith("data:image/webp")


def test_without_a_graph_or_its_figures_it_says_what_to_run(look):
    Path("metrics/graph.json").unlink()
    with pytest.raises(NotRun, match="the stage graph writes it"):
        look()
    (GRAPH / "concepts.parquet").unlink()
    with pytest.raises(NotRun, match="the stage graph writes it"):
        look()
