import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.columns import Rows
from curate.dataset.errors import DataError
from curate.rules.asking import judge
from curate.rules.balance import entries, matches, plain
from curate.rules.rule import Balance, Rule

WORDS = ("ball", "blue", "blue ball", "cat", "red", "猫")


def found(captions, names=WORDS, whole_words=True):
    caption, entry = matches(np.array(captions, object), names, whole_words)
    return [[names[e] for e in entry[caption == index]] for index in range(len(captions))]


def test_entries_are_found_as_whole_words_in_any_case_and_beside_punctuation():
    said = ["A Blue_Ball!", "a category", "red,red;BALLS", "", "猫と犬"]
    assert found(said) == [["ball", "blue", "blue ball"], [], ["red"], [], []]
    assert found(said, whole_words=False)[4] == ["猫"]
    assert found(said, whole_words=False)[1] == ["cat"]


@given(st.lists(st.text("ab c", max_size=12), max_size=8), st.sets(st.text("ab c"), max_size=6))
def test_what_is_found_is_what_looking_for_each_entry_finds(captions, names):
    listed = tuple(sorted({plain(name) for name in names} - {""}))
    slow = [[n for n in listed if f" {n} " in f" {plain(text)} "] for text in captions]
    assert found(captions, listed) == slow


@pytest.fixture
def listed(project, pairs_of):
    """3000 pairs with a cat, 50 with a dog, 3 with both and a bird, 2 with nothing known."""
    Path("entries.txt").write_text("Cat\ndog\n\ncat\nbird\nhorse\n", encoding="utf-8")
    said = ["a cat"] * 3000 + ["the dog."] * 50 + ["cat, dog and bird"] * 3 + ["a stone"] * 2
    pairs = [(f"{n:032x}", f"{n}", caption, "web") for n, caption in enumerate(said)]
    return Rows(pairs_of(pairs), Path("scores"))


def kept(rows, **changes):
    rule = Rule(balance=Balance(entries="entries.txt", at_most=100), **changes)
    verdict = judge(rule, rows, "here")
    assert verdict.judged.all()
    assert ((verdict.margin >= 0) == verdict.keep).all()
    return verdict.keep


def test_an_entry_of_many_captions_keeps_about_the_cap_and_a_rare_one_all(listed):
    keep = kept(listed)
    assert keep[:3000].sum() == pytest.approx(100, abs=40)  # four standard deviations
    assert keep[3000:3053].all()  # rare, or beside something rare
    assert not keep[3053:].any()  # names nothing
    assert (kept(listed, seed=1)[:3000] != keep[:3000]).any()


def test_who_stays_among_many_captions_stays_among_half_of_them(listed):
    half = listed.take(np.arange(0, 3000, 2))
    few, many = kept(listed)[:3000:2], kept(half)
    assert (many | ~few).all()  # whoever stays at the lower chance stays at the higher
    assert many.sum() == pytest.approx(100, abs=40)


def test_wordnet_gives_its_lemmas(project):
    folder = Path("wordnet/dict")
    folder.mkdir(parents=True)
    licence = "  1 This software and database is being provided to you\n"
    (folder / "index.noun").write_text(f"{licence}ice_cream n 1 0\n'hood n 1 2\n")
    (folder / "index.verb").write_text(f"{licence}run v 1 0\n")
    (folder / "index.sense").write_text("run%2:38:00:: 01926311 1 106\n")
    assert entries(Path("wordnet")) == ("hood", "ice cream", "run")


def test_entries_that_are_not_there_or_empty_are_an_error_that_names_the_file(project):
    with pytest.raises(DataError, match=r"entries none.txt cannot be read"):
        entries(Path("none.txt"))
    Path("empty.txt").write_text("\n - \n")
    with pytest.raises(DataError, match=re.escape("empty.txt holds no entry")):
        entries(Path("empty.txt"))
