import io
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from PIL import Image, ImageDraw

from curate import filter as stage
from curate import together
from curate.dataset import record, sets, tables
from curate.dataset.errors import ParamsError
from curate.scorers import phash

ROOT = Path(__file__).resolve().parents[2]
CLIP = {"column": "clip.similarity", "at_least": 0.2}
WORDS = {"column": "caption.words", "at_least": 2}
ALIKE = {"near_duplicates": 3, "colours": 8.0}


def blot(side):
    """A shape without symmetry, whose hash does not hang on rounding."""
    image = Image.new("RGB", (side, side), "white")
    corners = [(0.1, 0.2), (0.7, 0.1), (0.9, 0.5), (0.4, 0.5), (0.3, 0.9)]
    ImageDraw.Draw(image).polygon([(x * side, y * side) for x, y in corners], fill="red")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def pool(project, drawn, write_set):
    """Five pairs of four pictures with scores; the second is a larger copy of the first."""
    rows = [
        (blot(96), "en", "a red blot", "web"),
        (blot(128), "en", "a larger red blot", "web"),
        (drawn("circle", "green"), "en", "a green circle", "web"),
        (drawn("circle", "green"), "de", "Kreis", "web"),
        (drawn("square", "blue"), "en", "square", "books"),
    ]
    pairs = write_set(Path("pool"), rows)
    uids = {row["caption"]: row["uid"] for row in pairs.to_pylist()}
    similarity = {
        uids["a red blot"]: 0.5,
        uids["a larger red blot"]: 0.3,
        uids["a green circle"]: 0.21,
        uids["Kreis"]: 0.1,
    }
    listed = {"uid": list(similarity), "similarity": list(similarity.values())}
    tables.write(pa.table(listed), Path("scores/clip.parquet"), "uid")
    words = {"uid": list(uids.values()), "words": [len(caption.split()) for caption in uids]}
    tables.write(pa.table(words), Path("scores/caption.parquet"), "uid")
    hashes = together.measure(
        sets.distinct_images(sets.located([Path("pool")])), [(phash, phash.Params())]
    )[0]
    tables.write(hashes, Path("scores/phash.parquet"), "image", phash.SCHEMA)
    return uids


def decide(uids, rules, **paths):
    figures = stage.main(
        Path("pool"), Path("scores"), Path("out.parquet"), stage.FilterParams(rules=rules), **paths
    )
    table = tables.conform(tables.read(Path("out.parquet")), record.DECISIONS, "out")
    captions = {uid: caption for caption, uid in uids.items()}
    return {captions[row.pop("uid")]: row for row in table.to_pylist()}, figures


def test_a_dropped_pair_names_the_first_rule_it_fails_and_all_of_them(pool):
    found, _ = decide(pool, {"clip": CLIP, "words": WORDS})
    dropped = found["Kreis"]
    assert (dropped["kept"], dropped["reason"]) == (False, "clip")
    assert dropped["failed"] == ["clip", "words"]
    assert dropped["margin"] == pytest.approx(-0.1)
    found, _ = decide(pool, {"words": WORDS, "clip": CLIP})
    assert (found["Kreis"]["reason"], found["Kreis"]["margin"]) == ("words", -1)


def test_a_pair_has_its_margin_to_every_rule_that_was_asked_about_it(pool):
    rules = {"clip": CLIP, "alike": ALIKE, "words": {**WORDS, "except_sources": ["books"]}}
    found, _ = decide(pool, rules)
    assert found["a green circle"]["margins"] == [
        ("clip", pytest.approx(0.01)),
        ("alike", None),  # nothing better looks like it
        ("words", 1),
    ]
    assert found["a red blot"]["margins"] == [("clip", 0.3), ("alike", -4), ("words", 1)]
    assert found["square"]["margins"] == [("clip", None), ("alike", None)]
    assert [name for name, _ in found["Kreis"]["margins"]] == ["clip", "words"]  # dropped before


def test_a_dropped_pair_has_its_margin_to_every_threshold_behind_the_rule_that_dropped_it(pool):
    none = {"column": "pairs.lang", "is_in": ["xx"]}
    share = {"column": "clip.similarity", "top_share": 0.5}
    found, _ = decide(pool, {"none": none, "clip": CLIP, "words": WORDS, "share": share})
    alone, _ = decide(pool, {"clip": CLIP, "words": WORDS})
    for caption, row in found.items():
        assert row["reason"] == "none"
        assert row["margins"] == [("none", None), *alone[caption]["margins"]]  # none of the share


def test_a_kept_pair_names_the_rule_it_came_closest_to_failing(pool):
    found, _ = decide(pool, {"words": WORDS, "clip": CLIP})
    assert found["a green circle"]["reason"] == "clip"  # the least similar, one of two with 3 words
    assert found["a green circle"]["margin"] == pytest.approx(0.01)
    assert found["a red blot"]["reason"] == "words"  # the most similar
    assert all(row["margin"] >= 0 for row in found.values() if row["kept"])


def test_a_rule_by_which_all_kept_pairs_are_alike_is_close_to_none_of_them(pool):
    words = dict.fromkeys(pool.values(), 3)
    table = pa.table({"uid": list(words), "words": list(words.values())})
    tables.write(table, Path("scores/caption.parquet"), "uid")
    even = {"column": "caption.words", "at_least": 3}  # a margin of 0 for all
    found, _ = decide(pool, {"even": even, "clip": {"column": "clip.similarity", "at_least": 0}})
    reasons = {caption: row["reason"] for caption, row in found.items()}
    assert reasons.pop("square") == "even"  # it has no other margin
    assert reasons.pop("a red blot") == "even"  # no pair has a greater one by the other rule
    assert set(reasons.values()) == {"clip"}


def test_a_pair_that_a_rule_cannot_judge_is_kept_unless_told_otherwise(pool):
    found, _ = decide(pool, {"clip": CLIP})
    assert found["square"] == {
        "kept": True,
        "reason": "no_rule",
        "margin": None,
        "failed": [],
        "margins": [("clip", None)],
    }
    found, _ = decide(pool, {"clip": {**CLIP, "missing": "drop"}})
    assert (found["square"]["kept"], found["square"]["reason"]) == (False, "clip")


def test_a_rule_is_asked_of_its_sources_only(pool):
    _, figures = decide(pool, {"words": {**WORDS, "sources": ["books"]}})
    assert figures["rules"]["words"] == {"asked": 1, "failed": 1, "reason": 1, "alone": 1}
    _, figures = decide(pool, {"words": {**WORDS, "except_sources": ["books"]}})
    assert figures["rules"]["words"]["asked"] == 4


def test_a_source_that_no_pair_has_is_said(pool, capsys):
    decide(pool, {"words": {**WORDS, "except_sources": ["boks"]}, "clip": CLIP})
    assert capsys.readouterr().err == (
        "rules.words: no pair is of source 'boks'; did you mean 'books'? (there are: books, web)\n"
    )


def test_a_pool_without_pairs_passes_through_every_rule(pool):
    pairs = tables.read(Path("pool/pairs.parquet"))
    tables.write(pairs.slice(0, 0), Path("pool/pairs.parquet"), "uid", record.PAIRS)
    best = {"column": "clip.similarity", "top_share": 0.3}
    cap = {"cap": {"by": "pairs.source", "at_most": 2, "order": ["clip.similarity"]}}
    rules = {"clip": CLIP, "best": best, "cap": cap, "some": {"sample": 5}, "alike": ALIKE}
    found, figures = decide(pool, {**rules, "shared": {"shared_by": 3}})
    assert (found, figures["pairs"], figures["kept_share"]) == ({}, 0, None)


def test_the_copy_of_a_dropped_picture_is_kept(pool):
    found, _ = decide(pool, {"alike": ALIKE})
    assert found["a larger red blot"]["kept"]
    assert found["a red blot"]["reason"] == "alike"
    found, _ = decide(pool, {"clip": {**CLIP, "at_least": 0.4}, "alike": ALIKE})
    assert found["a larger red blot"]["reason"] == "clip"
    assert found["a red blot"]["kept"]


def test_a_rule_set_to_null_is_off(pool):
    found, figures = decide(pool, {"clip": None, "words": WORDS})
    assert list(figures["rules"]) == ["words"]
    assert found["a green circle"]["kept"]


def test_figures_count_what_was_kept_by_source_and_rule(pool):
    _, figures = decide(pool, {"clip": CLIP, "words": WORDS})
    assert (figures["pairs"], figures["kept"]) == (5, 3)
    assert figures["sources"]["web"] == {
        "pairs": 4,
        "kept": 3,
        "kept_share": 0.75,
        "images": 3,
        "images_kept": 3,
        "reasons": {"clip": 1},
    }
    assert figures["sources"]["books"]["kept_share"] == 0
    assert figures["rules"]["clip"] == {"asked": 5, "failed": 1, "reason": 1, "alone": 0}
    assert figures["rules"]["words"] == {"asked": 5, "failed": 2, "reason": 1, "alone": 1}


def test_the_same_rules_give_the_same_bytes(pool):
    decide(pool, {"clip": CLIP, "alike": ALIKE})
    first = Path("out.parquet").read_bytes()
    decide(pool, {"clip": CLIP, "alike": ALIKE})
    assert Path("out.parquet").read_bytes() == first


def test_a_typo_in_a_rule_names_the_field_that_was_meant(pool):
    with pytest.raises(ParamsError, match=r"rules\.clip\.at_lest; did you mean 'at_least'"):
        decide(pool, {"clip": {"column": "clip.similarity", "at_lest": 0.2}})


def test_made_pairs_have_rules_of_their_own_section(pool):
    rules = {"clip": CLIP, "words": WORDS}
    sections = {"filter": {"rules": rules}, "filter_made": {"rules": {"words": WORDS}}}
    Path("params.yaml").write_text(yaml.safe_dump(sections, sort_keys=False))
    flags = ["--sets", "pool", "--scores", "scores", "--out", "out.parquet", "--metrics", "m.json"]
    command = [sys.executable, "-m", "curate.filter", *flags]
    for more, expected in (([], ["clip", "words"]), (["--section", "filter_made"], ["words"])):
        done = subprocess.run(
            [*command, *more],
            capture_output=True,
            text=True,
            check=False,
            env={"PYTHONPATH": str(ROOT), "PATH": ""},
        )
        assert done.returncode == 0, done.stderr
        assert list(json.loads(Path("m.json").read_text())["rules"]) == expected
