import functools

import pytest

from align import listed
from align.parser import parse


@pytest.fixture
def read(words):
    return functools.partial(listed.read, parse=functools.partial(parse, lexicon=words))


def test_a_name_is_taken_whole_whatever_its_words(read):
    caption = "flag: St. Dog & the Cat (Keeling) Islands"
    graph = read(caption)
    assert [n.text for n in graph.nodes] == ["flag", "St. Dog & the Cat (Keeling) Islands"]
    assert graph.nodes[1].lemma == "st. dog and the cat (keeling) islands"
    assert [caption[e.start : e.end] for e in graph.edges] == [":"]


def test_features_go_to_the_members_one_each_where_they_are_as_many(read, said):
    assert said(read("kiss: woman, man, dark skin tone, red skin tone")) >= {
        "woman with skin tone", "man with skin tone", "kiss of woman", "kiss of man",
    }  # fmt: skip
    graph = read("kiss: woman, man, dark skin tone, red skin tone")
    assert len([e for e in graph.edges if e.lemma == "with"]) == 2


def test_a_single_feature_goes_to_every_member(read):
    graph = read("kiss: woman, man, dark skin tone")
    assert len([e for e in graph.edges if e.lemma == "with"]) == 2


@pytest.mark.parametrize(
    "caption", ["a cat", "a cat: a dog in a box: hat", "cat: dog in a box", ""]
)
def test_other_forms_are_left_to_the_parser(caption, read):
    assert read(caption) is None
