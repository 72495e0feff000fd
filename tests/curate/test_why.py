import io

import pyarrow as pa
import pytest
from PIL import Image

from curate import score, why
from curate.dataset import sets, tables, truth
from curate.dataset.errors import DataError
from curate.story import Project, tell


@pytest.fixture
def told(scored_project):
    """A project that is scored and decided; gives what `why` prints of a pair."""
    project = Project(scored_project.root / "data", scored_project.root / "params.yaml")
    scored_project.tell = lambda uid: "\n".join(why.lines(tell(uid, project)))
    return scored_project


def test_a_kept_pair_tells_where_it_is_from_what_was_made_of_it_and_what_holds_it(told):
    red = told.circles["red"]
    said = told.tell(red["uid"])
    assert f"uid      {red['uid']}" in said
    assert "caption  a red circle" in said
    assert "split    train (group group-red)" in said
    assert "Kept; closest to failing words, margin +0\n" in said
    assert "  caption  words 3, characters 12" in said
    assert "Other pairs of this picture (1)" in said
    assert "un cercle rouge" in said
    assert "Made from it (1)" in said
    assert "a red square  kept" in said
    assert "drawn-shapes 0.1.0" in said.splitlines()[-1]
    assert said.splitlines()[-1].endswith(": train")


def test_a_pair_names_its_cluster_of_duplicates_its_size_and_its_keeper(told):
    root = told.root
    folder, out = root / "data/scores", root / "data/scores/duplicates.parquet"
    score.main(
        "duplicates", root / "data/pool", out, {"distance": 15, "colours": None}, None, folder
    )
    names = sorted(circle["image"] for circle in told.circles.values())
    for circle in told.circles.values():
        keeper = "this picture" if circle["image"] == names[0] else names[0]
        line = f"cluster  {names[0]}, 7 pictures, joined as perceptual; keeper: {keeper}\n"
        assert line in told.tell(circle["uid"])
    score.main("duplicates", root / "data/pool", out, {"colours": 0.0}, None, folder)
    red = told.circles["red"]
    assert f"cluster  {red['image']}, of this picture alone\n" in told.tell(red["uid"])


def test_a_pair_that_an_evaluation_set_holds_tells_how_and_what(told):
    root, red = told.root, told.circles["red"]
    (root / "eval").mkdir()
    whole = Image.open(io.BytesIO(told.draw("circle", "red"))).convert("RGB")
    side = whole.width
    cut = whole.crop((0, 0, round(0.8 * side), round(0.75 * side)))
    cut.save(root / "eval/cut.png")
    score.main(
        "leakage",
        root / "data/pool",
        root / "data/scores/leakage.parquet",
        {"sets": {"drawings": str(root / "eval")}},
    )
    assert "leak     was cropped to cut.png of drawings\n" in told.tell(red["uid"])


def test_a_dropped_pair_tells_the_rule_all_others_that_fail_and_each_margin(told):
    french = next(row for row in told.pairs if row["lang"] == "fr")
    said = told.tell(french["uid"])
    assert "Dropped by shown\n" in said
    assert "  shown   FAILED         fr  pairs.lang is en" in said
    assert "  words   passed     +0  3   caption.words ≥ 3" in said
    assert "  manual  not asked      3   caption.words ≤ 9; for manual" in said
    assert said.endswith("In no snapshot")


def test_a_made_pair_names_its_parent_and_recipe(told):
    (made,) = sets.located([told.root / "data/made"]).to_pylist()
    said = told.tell(made["uid"])
    assert "made by  geometric\n" in said
    assert "recipe   method: geometric\n" in said
    assert f"Made from (1)\n  {told.circles['red']['uid']}" in said


def test_a_made_pair_tells_all_its_parents_what_it_states_and_what_differs_from_it(told):
    red, green = told.circles["red"], told.circles["green"]
    shapes = [
        ("square", "red", "a red square on a green one", red["uid"], green["uid"]),
        ("square", "green", "a green square on a red one", green["uid"], red["uid"]),
    ]
    one, two = (row["uid"] for row in told.write_made(shapes))
    if told.tell(one).splitlines()[1].endswith("on a red one"):
        one, two = two, one
    rows = [
        (one, 0, "attribute", "square", "red", None),
        (one, 1, "relation", "square", "on", "one"),
    ]
    facts = [dict(zip(truth.FACTS.schema.names, row, strict=True)) for row in rows]
    differs = {"uid": two, "other": one, "kind": "attribute", "was": "red", "becomes": "green"}
    back = {**differs, "uid": one, "other": two, "was": "green", "becomes": "red"}
    folder = told.root / "data/made/geometric"
    for name, (schema, key), rows in (
        ("facts", truth.FACTS, facts),
        ("counterfactuals", truth.COUNTERFACTUALS, [differs, back]),
    ):
        tables.write(pa.Table.from_pylist(rows, schema), folder / f"{name}.parquet", key, schema)
    said = told.tell(one)
    assert "states   red square, square on one\n" in said
    made_from = said.split("Made from (2)\n")[1].split("\n\n")[0].splitlines()
    assert [line.split()[0] for line in made_from] == [red["uid"], green["uid"]]
    assert "a green circle" in made_from[1]
    assert f"Differs in one fact from (1)\n  {two}" in said
    assert "red; there: green" in said
    assert "green; there: red" in told.tell(two)
    assert "Made from it (2)" in told.tell(green["uid"])


def test_a_pair_of_the_pool_tells_of_the_made_pair_that_differs_from_it(told):
    red = told.circles["red"]
    shapes = [("square", "green", "a green circle, painted", red["uid"])]
    (made,) = told.write_made(shapes)
    schema, key = truth.COUNTERFACTUALS
    facts = {"kind": "attribute", "was": "red circle", "becomes": "green circle"}
    table = pa.Table.from_pylist([{"uid": made["uid"], "other": red["uid"], **facts}], schema)
    file = told.root / "data/made/geometric/counterfactuals.parquet"
    tables.write(table, file, key, schema)
    assert f"Differs in one fact from (1)\n  {made['uid']}" in told.tell(red["uid"])
    assert "red circle; there: green circle" in told.tell(red["uid"])
    assert "green circle; there: red circle" in told.tell(made["uid"])


def test_pictures_that_look_alike_are_listed_nearest_first(told):
    said = told.tell(told.circles["red"]["uid"])
    alike = said.split("Pictures that look alike")[1].split("\n\n")[0]
    bits = [int(line.split()[0]) for line in alike.splitlines()[1:]]
    assert bits == sorted(bits)
    assert len(bits) == 6  # circles of all other colours: a hash sees no colour


def test_the_beginning_of_a_uid_will_do_where_it_names_one_pair(told):
    uid = told.circles["red"]["uid"]
    assert told.tell(uid[:10]) == told.tell(uid)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("zz", r"no pair has a uid that begins with 'zz' \(there are 8 in pool and 1 in made\)"),
        ("", r"9 pairs begin with '': [0-9a-f]{32}, .*, …; give more of it"),
    ],
)
def test_a_uid_that_names_no_pair_or_several_is_an_error(told, name, message):
    with pytest.raises(DataError, match=message):
        told.tell(name)


def test_the_name_of_a_picture_leads_to_its_pairs(told):
    red = told.circles["red"]
    with pytest.raises(DataError, match=rf"is a picture of pool.*{red['uid']}"):
        told.tell(red["image"])


def test_what_was_not_run_is_left_out(project, drawn, write_set):
    (pair,) = write_set(
        project / "data/pool", [(drawn("circle", "red"), "en", "a red circle")]
    ).to_pylist()
    said = "\n".join(why.lines(tell(pair["uid"], Project(project / "data", project / "none.yaml"))))
    assert "Not decided: the filter has not seen it (dvc repro)" in said
    assert "Scores" not in said


def test_a_pair_tells_which_models_saw_it_in_training_and_how_hard_it_was(told):
    red, other = told.circles["red"], told.circles["blue"]
    rows = [
        {"uid": red["uid"], "seen": 3, "first": 7, "last": 40, "mlm": 2.5, "mlm_losses": [2.5]},
        {"uid": other["uid"], "seen": 1, "first": 9, "last": 9, "mlm": 1.5, "mlm_losses": [1.5]},
    ]
    file = told.root / "models/uniter/ledger.parquet"
    tables.write(pa.Table.from_pylist(rows), file, "uid")
    project = Project(told.root / "data", told.root / "params.yaml", told.root / "models")
    said = list(why.lines(tell(red["uid"], project)))[-1]
    assert said == (
        f"{told.root}/models/uniter saw it 3 times, in steps 7 to 40; mean losses: "
        "mlm 2.5 (more than 50% of the pairs)"
    )
