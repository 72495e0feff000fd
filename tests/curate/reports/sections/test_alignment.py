import json
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

from align.labelers import grounding, knowledge, negatives, scene
from curate.dataset import tables
from curate.reports.inputs import Inputs, NotRun, Paths
from curate.reports.page import render
from curate.reports.sections import alignment as section
from curate.reports.thumbnails import Thumbnails
from tests import _aligned, _report


@pytest.fixture
def look(drawn_project):
    """The section of the drawn project's labels, as values and as HTML."""
    _report.label(drawn_project)

    def shown(**params):
        paths = {"labels": Path("data/labels"), "figures": Path("metrics")}
        inputs = Inputs(
            Paths(Path("data/pool"), Path("data/decisions"), **paths), Path("reports/index.html")
        )
        asked = SimpleNamespace(**{"grounded": 4, "false_captions": 1, "meanings": 4, **params})
        with Thumbnails(96, 65) as thumbnails:
            found = section.section(inputs, thumbnails, asked)
        return found, render("sections/alignment.html", s=found)

    shown.project = drawn_project
    return shown


def relate(uid, holds, offset=0.4):
    """The red circle's caption also says that its circle is left of its circle."""
    edge = {"uid": uid, "edge": 0, "source": 1, "target": 1, "relation": "left of"}
    edge |= {"lemma": "left of", "start": 0, "end": 1, "confidence": 1.0}
    table = pa.Table.from_pylist([edge], scene.EDGES)
    tables.write(table, Path("data/labels/scene/edges.parquet"), ("uid", "edge"), scene.EDGES)
    told = {"uid": uid, "edge": 0, "place": "left of", "holds": holds, "offset": offset}
    _aligned.write("grounding", grounding, "relations", [told])


def test_a_phrase_and_the_box_that_it_names_have_one_number(look):
    found, text = look()
    red = next(g for g in found["grounded"]["shown"] if g["card"]["caption"] == "a red circle")
    assert red["words"] == [("a ", ""), ("red circle", "1")]
    assert [tuple(box) for box in red["boxes"]] == [("1", "", 0.0, 25.0, 50.0, 50.0)]
    assert '<mark class="object">red circle</mark><sup>1</sup>' in text
    assert "<b>1 region</b>, 75% sure" in text


def test_a_phrase_that_names_nothing_is_said_to_be_unsure(look):
    found, text = look()
    blue = next(g for g in found["grounded"]["shown"] if g["card"]["caption"] == "a blue circle")
    assert blue["boxes"] == []
    assert '<mark class="unsure">blue circle</mark><sup>1?</sup>' in text
    assert '<span class="bad">unsure</span>, 30% at best' in text
    assert "1 of 2 phrases name a region" in text


@pytest.mark.parametrize(
    ("holds", "offset", "words"),
    [
        (True, 0.4, "the boxes agree"),
        (False, 0.4, "the boxes contradict</span>, by 40% of the picture"),
        (None, 0.02, "not told, nearly level"),
        (None, None, "not told, a phrase is unsure"),
    ],
)
def test_what_the_boxes_tell_of_a_relation_is_said(look, holds, offset, words):
    relate(look.project.circles["red"]["uid"], holds, offset)
    found, text = look()
    assert "“circle left of circle”" in text
    assert words in text
    assert len(found["grounded"]["wrong"]) == (holds is False)


def test_a_caption_that_was_dropped_is_not_shown(look):
    red = look.project.circles["red"]
    relate(red["uid"], False)
    look.project.decide("pool", look.project.pairs, dropped=[red["uid"]])
    found, _ = look()
    assert found["grounded"]["wrong"] == []
    assert [g["card"]["caption"] for g in found["grounded"]["shown"]] == ["a blue circle"]
    assert found["false_captions"]["kinds"][0]["shown"] == []
    assert found["meanings"]["nouns"] == []


def test_a_negative_is_marked_where_it_was_edited_and_has_proof_and_twins(look):
    _, text = look()
    for words in (
        "a <del>red</del> circle",
        "a <ins>navy</ins> circle",
        "<b>red circle</b> became <b>navy circle</b>: of colour, one excludes the other",
        "a <del>red</del> disc",
        "a <ins>navy</ins> disc",
    ):
        assert words in text, words


def test_every_kind_and_language_has_its_example(look):
    uid = look.project.circles["red"]["uid"]
    rows = [
        {**_aligned.negative(uid), "negative": number, "lang": lang, "kind": kind}
        for number, (lang, kind) in enumerate(
            [("en", "attribute"), ("en", "attribute"), ("fr", "attribute"), ("en", "count")]
        )
    ]
    _aligned.write("negatives", negatives, "negatives", rows)
    found, _ = look()
    kinds = {kind["name"]: kind for kind in found["false_captions"]["kinds"]}
    assert {name: len(kind["shown"]) for name, kind in kinds.items()} == {
        "attribute": 2,
        "count": 1,
    }
    assert kinds["attribute"]["counts"] == [2, 1]  # en, fr
    more, _ = look(false_captions=2)
    assert [len(kind["shown"]) for kind in more["false_captions"]["kinds"]] == [3, 1]


def test_attackers_are_shown_where_they_are_farthest_from_half(look):
    row = {"lang": "en", "kind": "attribute", "attacker": "length", "found": 9, "kept": 1}
    scores = [
        {**row, "said": "caption", "before": 0.625, "after": 0.5},
        {**row, "said": "twin", "before": 0.125, "after": 0.53125},
        {**row, "kind": "count", "said": "twin", "kept": 0, "before": 1.0, "after": 0.5},
    ]
    _aligned.write("negatives", negatives, "attackers", scores)
    found, text = look()
    assert found["false_captions"]["worst"] == [("length", 0.125, 0.53125)]
    assert [one["scores"] for one in found["false_captions"]["sets"]] == [
        [(0.125, 0.53125)],
        [(1.0, 0.5)],
    ]
    assert "12% → 53%" in text


def test_a_noun_of_a_rarer_sense_says_which_and_why(look):
    _, text = look()
    assert '<mark class="object">circle</mark>' in text
    assert "Sense 3 of the word; for it speaks: picture, 1.5 ahead of the next" in text
    assert "Told of it: is a shape." in text
    assert "<code>mine:round</code> round thing" in text
    assert "1 picture is known by what the file is of" in text


def test_labels_that_hold_nothing_are_shown_as_nothing(look):
    for name in ("links", "entities", "depicted", "concepts", "branches"):
        _aligned.write("knowledge", knowledge, name, [])
    for name in ("negatives", "attackers"):
        _aligned.write("negatives", negatives, name, [])
    for name in ("phrases", "alignments", "relations"):
        _aligned.write("grounding", grounding, name, [])
    found, text = look()
    assert found["lacks"] == {}
    assert "0 nouns are linked to 0 senses" in text
    assert "<figure" not in text


def test_what_is_known_of_composed_pictures_is_told_for_each_maker(look):
    every = {"phrases": 40, "pointing": 0.975, "recall_any": 0.5, "alignment_error": 0.25}
    figures = {"all": {**every, "named": 0.9}, "relations": {"held": 7, "contradicted": 1}}
    Path("metrics/evaluate_grounding").mkdir(parents=True)
    file = Path("metrics/evaluate_grounding/compose.json")
    file.write_text(json.dumps({"captions": 20, "makers": {"proposals": figures}}))
    _, text = look()
    assert "<code>proposals</code>" in text
    assert "97.5%" in text
    assert "1 of 8" in text


def test_a_part_whose_labeler_did_not_run_says_so_beside_the_others(look):
    Path("data/labels/negatives/negatives.parquet").unlink()
    found, text = look()
    assert found["false_captions"] is None
    assert "negatives.parquet is missing; the stage label@negatives writes it" in text
    assert "What nouns mean" in text
    for name in ("grounding/phrases", "knowledge/links"):
        Path(f"data/labels/{name}.parquet").unlink()
    with pytest.raises(NotRun, match="label@grounding"):
        look()
