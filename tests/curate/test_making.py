import json
from pathlib import Path

import mlcroissant
import pytest

from curate import making
from curate.story import Project, tell
from curate.why import lines as told

SHAPES = (("square", "green"), ("triangle", "blue"), ("square", "teal"))


@pytest.fixture
def frozen(drawn_project):
    """Three made pictures, the third of a made one, and a new caption of a crawled picture."""
    red = drawn_project.circles["red"]["uid"]
    made = [(shape, colour, f"a {colour} {shape}", red) for shape, colour in SHAPES]
    first = drawn_project.write_made(made)
    by_caption = {row["caption"]: row["uid"] for row in first}
    made[2] = (*made[2][:3], by_caption["a green square"])
    drawn_project.write_made([*made, ("circle", "red", "a round red thing", red)])
    return drawn_project


def test_figures_say_share_methods_generations_and_what_pictures_say_of_themselves(frozen):
    facts = frozen.freeze(max_made=1.0)["making"]
    assert facts == {
        "share": 0.5,
        "generations": 2,
        "methods": {
            "geometric": {
                "pairs": 4,
                "images": 3,
                "left_out": 0,
                "source_types": {"algorithmicallyEnhanced": 3},
            }
        },
    }


def test_pictures_that_do_not_say_so_are_counted(drawn_project):
    drawn_project.made = drawn_project.draw
    drawn_project.write_made([("square", "red", "red", drawn_project.circles["red"]["uid"])])
    methods = drawn_project.freeze()["making"]["methods"]
    assert methods["geometric"]["source_types"] == {"unmarked": 1}


def test_above_the_share_made_pairs_are_left_out_and_counted_and_stop_nothing(frozen):
    facts = frozen.freeze(max_made=0.43, max_rejected=0.0)  # room for the three of one parent
    assert facts["splits"]["train"]["pairs"] == 7
    assert facts["made"] == 3
    assert facts["rejected"] == facts["making"]["methods"]["geometric"]["left_out"] == 1
    assert {row["reason"] for row in frozen.refused()} == {"above max_made"}


def test_why_tells_of_a_pair_that_it_was_left_out(frozen):
    frozen.freeze(max_made=0.0)
    gone = frozen.refused()[0]["item"]
    said = list(told(tell(gone, Project(Path("data"), Path("params.yaml")))))
    detail = "50.0% of 8 training pairs were made; max_made = 0"
    assert said[-1] == f"Left out of data/snapshot: above max_made ({detail})"


def test_datasheet_and_card_say_share_methods_and_source_types(frozen):
    frozen.freeze(max_made=1.0)
    said = [
        "50.0% of the training pairs were made by programs, some from other made ones, 2 times in "
        "a row at most; a made pair is never in validation or test.",
        "By geometric: 4 pairs; pictures: 3 altered by an algorithm (`algorithmicallyEnhanced`).",
    ]
    sheet = json.loads(Path("data/snapshot/croissant.json").read_text())
    card = Path("data/snapshot/README.md").read_text()
    for sentence in said:
        assert sentence in sheet["rai:dataPreprocessingProtocol"]
        assert sentence in card
    assert mlcroissant.Dataset("data/snapshot/croissant.json").metadata.name == "drawn-shapes"


def test_of_a_snapshot_without_made_pairs_nothing_is_said(drawn_project):
    drawn_project.write_made([])
    facts = drawn_project.freeze()
    assert facts["making"] == {"share": 0.0, "generations": 0, "methods": {}}
    assert making.sentences(facts) == []
    assert "made by programs" not in Path("data/snapshot/README.md").read_text()


def test_a_snapshot_of_before_says_nothing_of_methods():
    assert making.sentences({"made": 3}) == []
