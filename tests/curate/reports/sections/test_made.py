import json
import re
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

from curate.dataset import parents, record, sets, tables, truth
from curate.reports.inputs import Inputs, Paths
from curate.reports.page import render
from curate.reports.sections import funnel, made
from curate.reports.thumbnails import Thumbnails

ROOT = Path("data/made/geometric")
HOSTILE = "<script>x</script><ins>y"


@pytest.fixture
def project(drawn_project):
    """A square made from two circles, the same in another colour, and a new French caption."""
    red, green = (drawn_project.circles[name]["uid"] for name in ("red", "green"))
    french = next(row for row in drawn_project.pairs if row["lang"] == "fr")["uid"]
    shapes = [
        ("square", "red", "a red square", red),
        ("square", "navy", f"a navy square {HOSTILE}", red),
        ("circle", "red", "a round red thing", red),
    ]
    rows = {row["caption"]: row for row in drawn_project.write_made(shapes)}
    first, second, told = (rows[caption] for _, _, caption, _ in shapes)
    lines = [
        {"uid": first["uid"], "parent": uid, "position": number}
        for number, uid in enumerate((red, green, french))
    ]
    lines += [{"uid": row["uid"], "parent": red, "position": 0} for row in (second, told)]
    write("parents", (record.PARENTS, parents.KEY), lines)
    box = {"visible": 1.0, "parent": red, "x1": 0.25, "y1": 0.5, "x2": 0.75, "y2": 1.0}
    objects = [
        {"image": first["image"], "object": 0, "name": "square", **box},
        {"image": first["image"], "object": 1, "name": "<dot>", **box, "x2": 0.3},
    ]
    write("objects", truth.OBJECTS, objects)
    near = {"image": first["image"], "source": 0, "relation": "left of", "target": 1}
    write("relations", truth.RELATIONS, [near])
    fact = {"kind": "attribute", "was": "navy square", "becomes": "red square"}
    swapped = {"kind": "attribute", "was": "red square", "becomes": "navy square"}
    uids = (first["uid"], second["uid"])
    pairs = [
        {"uid": uids[0], "other": uids[1], **fact},
        {"uid": uids[1], "other": uids[0], **swapped},
    ]
    write("counterfactuals", truth.COUNTERFACTUALS, pairs)
    drawn_project.decide("made", rows.values(), dropped=[told["uid"]])
    return SimpleNamespace(drawn=drawn_project, first=first, second=second, told=told)


def write(name, form, rows):
    tables.write(pa.Table.from_pylist(rows, form[0]), ROOT / f"{name}.parquet", form[1], form[0])


def look(per_gallery=24, **paths):
    given = {"made": Path("data/made"), **paths}
    inputs = Inputs(Paths(Path("data/pool"), Path("data/decisions"), **given), Path("index.html"))
    with Thumbnails(64, 50) as thumbnails:
        return made.section(inputs, thumbnails, SimpleNamespace(per_gallery=per_gallery))


def couples(found):
    (method,) = found["methods"]
    return {couple["child"]["caption"]: couple for couple in method["couples"]}


def shown(found):
    """The section's part of the page."""
    about = {"name": "made", "title": "t", "lead": "l", "lacks": None, "content": found}
    empty = {"title": "t", "headline": [], "warnings": [], "strip": []}
    return render("report.html", sections=[about], **empty)


def test_a_made_picture_stands_beside_all_its_parents(project):
    write("counterfactuals", truth.COUNTERFACTUALS, [])
    parents = couples(look())["a red square"]["parents"]
    red = project.drawn.circles["red"]["caption"]
    assert parents[0]["card"]["caption"] == red
    assert {p["card"]["caption"] for p in parents} == {red, "a green circle", "un cercle rouge"}


def test_of_two_pairs_that_differ_in_a_fact_one_figure_shows_both_and_names_it(project):
    (figure,) = (couple for couple in couples(look()).values() if couple["twins"])
    (twin,) = figure["twins"]
    assert {figure["child"]["uid"], twin["card"]["uid"]} == {
        project.first["uid"],
        project.second["uid"],
    }
    here = "red" if figure["child"]["uid"] == project.first["uid"] else "navy"
    assert twin["becomes"] == f"{here} square"
    assert (here, True) in figure["words"]
    assert f"<b>{here} square</b> here" in shown(look())


def test_a_kept_pair_whose_twin_was_dropped_says_so(project):
    rows = [project.first, project.second, project.told]
    assert "taught by none" not in shown(look())
    project.drawn.decide("made", rows, dropped=[project.second["uid"]])
    figures = [couple for couple in couples(look()).values() if couple["twins"]]
    (twin,) = next(f["twins"] for f in figures if f["child"]["uid"] == project.first["uid"])
    assert (twin["kept"], twin["reason"]) == (False, "clip")
    assert "That pair was dropped by clip: the fact is taught by none." in shown(look())


def test_a_parent_that_its_child_differs_from_in_a_fact_is_shown_once_as_the_twin(project):
    made, parent = project.second, project.drawn.circles["red"]
    fact = {"kind": "attribute", "was": "red circle", "becomes": "navy square"}
    write(
        "counterfactuals",
        truth.COUNTERFACTUALS,
        [{"uid": made["uid"], "other": parent["uid"], **fact}],
    )
    figure = couples(look())[made["caption"]]
    (twin,) = figure["twins"]
    assert twin["card"]["uid"] == parent["uid"]
    assert (figure["parents"], figure["more"]) == ([], 0)
    assert (twin["was"], twin["becomes"]) == ("red circle", "navy square")


def test_boxes_and_relations_of_a_composed_picture_are_drawn_in_percent(project):
    write("counterfactuals", truth.COUNTERFACTUALS, [])
    square = couples(look())["a red square"]
    assert square["boxes"][0] == (1, "square", 25, 50, 50, 50)
    assert square["relations"] == ["square 1 left of <dot> 2"]
    text = shown(look())
    assert '<rect x="25.0" y="50.0" width="50.0" height="50.0"/>' in text
    assert "2 &lt;dot&gt;; square 1 left of &lt;dot&gt; 2" in text


def test_edited_words_are_marked_and_the_picture_of_a_new_caption_is_shown_once(project):
    thing = couples(look())["a round red thing"]
    assert thing["told"]
    assert [text for text, edited in thing["words"] if edited] == [" round", "thing"]
    assert [text for text, edited in thing["parents"][0]["words"] if edited] == ["circle"]
    text = shown(look())
    assert "a<ins> round</ins> red <ins>thing</ins>" in text
    assert "a red <del>circle</del>" in text
    assert 'alt="made: a round red thing"' in text
    assert text.count('alt="parent: a red circle"') == 1  # beside the square


def test_captions_inject_nothing(project):
    text = shown(look())
    assert "<script" not in text
    assert "<ins>y" not in text
    assert "&lt;script&gt;" in text


def test_without_tables_the_first_parent_is_shown_and_nothing_is_drawn(project):
    for name in ("parents", "objects", "relations", "counterfactuals"):
        (ROOT / f"{name}.parquet").unlink()
    found = couples(look())
    assert len(found) == 3
    square = found["a red square"]
    assert [p["card"]["uid"] for p in square["parents"]] == [project.first["parent"]]
    assert (square["boxes"], square["relations"], square["twins"]) == ([], [], [])
    assert re.search(r"a red <del>circle</del>", shown(look()))


def test_a_parent_that_is_gone_is_left_out(project):
    pool = tables.read(Path("data/pool/pairs.parquet"))
    rows = [row for row in pool.to_pylist() if row["caption"] != "a green circle"]
    table = pa.Table.from_pylist(rows, record.PAIRS)
    tables.write(table, Path("data/pool") / sets.PAIRS_FILE, "uid", record.PAIRS)
    write("counterfactuals", truth.COUNTERFACTUALS, [])
    square = couples(look())["a red square"]
    assert (len(square["parents"]), square["more"]) == (2, 1)


def test_survival_says_what_was_kept_dropped_refused_left_out_and_held(project):
    project.drawn.freeze(max_made=0.2)
    figures = Path("metrics/make")
    figures.mkdir(parents=True)
    (figures / "geometric.json").write_text(json.dumps({"rejected": {"no partner": 7}}))
    given = {"snapshot": Path("data/snapshot"), "figures": Path("metrics")}
    (method,) = look(**given)["methods"]
    assert (method["pairs"], method["pictures"], method["kept"]) == (3, 3, 2)
    assert method["reasons"] == [("clip", 1)]
    assert method["refused"] == [("no partner", 7)]
    assert (method["held"], method["left_out"]) == (
        0,
        2,
    )  # both are of one parent, with room for one
    (method,) = look()["methods"]
    assert (method["refused"], method["held"], method["left_out"]) == ([], None, None)


def test_a_method_that_made_nothing_is_told_of_with_why(project):
    figures = Path("metrics/make")
    figures.mkdir(parents=True)
    (figures / "captioning.json").write_text(json.dumps({"made": 0, "rejected": {"copy": 2}}))
    found = look(figures=Path("metrics"))
    captioned, geometric = found["methods"]
    assert (captioned["name"], captioned["pairs"], captioned["share"]) == ("captioning", 0, None)
    assert captioned["refused"] == [("copy", 2)]
    assert captioned["couples"] == []
    assert geometric["pairs"] == 3
    assert "0 pairs made." in shown(found)


def test_a_method_without_a_model_says_what_it_waits_for(project):
    figures = Path("metrics/make")
    figures.mkdir(parents=True)
    told = {"made": 0, "rejected": {}, "pictures": {"chosen": 1413}}
    (figures / "captioning.json").write_text(json.dumps(told))
    text = shown(look(figures=Path("metrics")))
    assert "1,413 pictures were chosen. A method that works by a model makes nothing while" in text
    assert "<code>make.captioning</code> names none." in text


def test_a_few_figures_of_a_method_are_seen_at_once_and_the_others_unfold(project):
    red = project.drawn.circles["red"]["uid"]
    colours = ("red", "navy", "green", "black", "gold", "pink", "teal", "gray", "cyan")
    shapes = [("square", colour, f"a {colour} square", red) for colour in colours]
    rows = project.drawn.write_made(shapes)
    write("counterfactuals", truth.COUNTERFACTUALS, [])
    project.drawn.decide("made", rows, dropped=[row["uid"] for row in rows[:4]])
    found = look(per_gallery=12)
    (method,) = found["methods"]
    seen = [couple["kept"] for couple in method["couples"]]
    assert seen == [True, True, True, False]
    assert [couple["kept"] for couple in method["further"]] == [True, True, False]
    assert "<summary>3 more</summary>" in shown(found)


def test_the_funnel_counts_methods(project):
    paths = Paths(Path("data/pool"), Path("data/decisions"), made=Path("data/made"))
    (method,) = funnel.section(Inputs(paths, Path("index.html")), None, None)["by_method"]
    assert (method["name"], method["pairs"], method["kept"]) == ("geometric", 3, 2)
    bare = Paths(Path("data/pool"), Path("data/decisions"))
    assert funnel.section(Inputs(bare, Path("index.html")), None, None)["by_method"] == []
