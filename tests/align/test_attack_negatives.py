import random

import pyarrow as pa
import pytest

from align.attack_negatives import Contest, accuracy, main
from curate.dataset import record, tables
from curate.dataset.errors import DataError

COLOURS = ["red", "blue", "green", "black"]
THINGS = ["ball", "car", "hat", "cup", "kite", "boat"]


def contests(form, count=240):
    """Captions of as many pictures, and negatives of a form with {one}, {other} and {thing}."""
    draw = random.Random(3)
    found = []
    for number in range(count):
        one, other = draw.sample(COLOURS, 2)
        thing = draw.choice(THINGS)
        said = {"one": one, "other": other, "thing": thing}
        found.append(Contest(f"i{number}", f"a {one} {thing}", form.format(**said)))
    return found


def test_words_that_come_as_often_as_they_go_tell_nothing():
    blind = contests("a {other} {thing}", count=1200)
    assert accuracy(blind, "en") == pytest.approx(0.5, abs=0.05)


def test_what_is_exchanged_as_often_both_ways_is_not_found_out():
    found = []
    for number in range(300):
        one, other = ("red", "blue") if number % 2 else ("blue", "red")
        thing = THINGS[number // 2 % len(THINGS)]
        found.append(Contest(f"i{number}", f"a {one} {thing}", f"a {other} {thing}"))
    assert accuracy(found, "en") < 0.55


def test_a_word_that_only_negatives_bring_is_found_out():
    leaking = contests("a crimson {thing}")
    assert accuracy(leaking, "en") > 0.95


def test_an_order_of_words_that_no_caption_has_is_found_out():
    assert accuracy(contests("a {thing} {one}"), "en") > 0.95


def test_characters_give_away_what_is_written_without_spaces():
    first = ord("一")  # each caption has a sign of its own, so that no run of signs comes twice
    found = [
        Contest(f"i{n}", f"{chr(first + n)}い車", f"{chr(first + 500 + n)}の車") for n in range(200)
    ]
    assert accuracy(found, "ja") > 0.95


def test_a_picture_s_own_negatives_are_not_learnt_from():
    alike = [Contest("i0", "a red ball", "a tin ball")] * 300
    assert accuracy(alike, "en") is None
    # every picture has a pair of words of its own: what is learnt of the others says nothing
    own = [Contest(f"i{n}", f"aa{n}", f"bb{n}") for n in range(100) for _ in range(3)]
    assert accuracy(own, "en") == pytest.approx(0.5)


def test_the_order_of_the_negatives_changes_nothing():
    found = contests("a {other} {thing}s")
    assert accuracy(found, "en") == accuracy(found[::-1], "en")


@pytest.fixture
def written(tmp_path):
    """A pool, and negatives of its pairs, in a folder."""

    def write(count, uid="u{}"):
        empty = {f.name: "" if pa.types.is_string(f.type) else 0 for f in record.PAIRS}
        found = contests("a crimson {thing}", count)
        pairs = [
            empty | {"uid": f"u{n}", "image": one.image, "lang": "en", "caption": one.true}
            for n, one in enumerate(found)
        ]
        tables.write(
            pa.Table.from_pylist(pairs, record.PAIRS), tmp_path / "pool/pairs.parquet", "uid"
        )
        rows = [
            {
                "uid": uid.format(n),
                "lang": "en",
                "kind": "attribute",
                "caption": one.false,
                "twin": f"image: {one.true}",
                "twin_negative": f"image: {one.false}",
            }
            for n, one in enumerate(found)
        ]
        tables.write(pa.Table.from_pylist(rows), tmp_path / "negatives/negatives.parquet", "uid")
        return tmp_path / "negatives", tmp_path / "pool"

    return write


def test_each_set_is_attacked_in_the_words_of_captions_and_of_twins(written):
    first, second = main(*written(150))["sets"]
    assert (first["said"], second["said"]) == ("caption", "twin")
    assert first["count"] == second["count"] == 150
    assert min(first["accuracy"], second["accuracy"]) > 0.95


def test_a_set_too_small_to_judge_is_told_without_an_accuracy(written):
    assert [row["accuracy"] for row in main(*written(60))["sets"]] == [None, None]


def test_negatives_of_other_pairs_are_an_error_that_says_which(written):
    with pytest.raises(DataError, match=r"150 pairs of negatives are not in .*first x0"):
        main(*written(150, uid="x{}"))
