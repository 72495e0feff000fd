import pytest

from align import relations
from align.tagger import tag


def between(caption, words):
    """Tokens between the two nouns of a caption."""
    tokens = tag(caption, words)
    first, second = [i for i, t in enumerate(tokens) if t.tag == "N"]
    return [t for t in tokens[first + 1 : second] if t.tag not in "DAQ"]


@pytest.mark.parametrize(
    ("caption", "lemma", "reversed_"),
    [
        ("dog on a table", "on", False),
        ("dog is on a table", "on", False),
        ("dog underneath a table", "under", False),
        ("dog is sitting on a table", "sit on", False),
        ("dog sitting down on a table", "sit on", False),
        ("dog held by a man", "hold", True),
        ("dog sitting by a man", "sit by", False),
        ("table covered with grass", "cover", True),
        ("man holds a dog", "hold", False),
        ("man holding a dog", "hold", False),
    ],
)
def test_a_relation_is_named_by_its_base_form_and_direction(caption, lemma, reversed_, words):
    relation = relations.of_tokens(between(caption, words))
    assert (relation.lemma, relation.reversed) == (lemma, reversed_)


def test_a_form_of_be_relates_nothing(words):
    assert relations.of_tokens(between("dog is a cat", words)) is None
    assert relations.of_tokens([]) is None


def test_only_a_verb_that_says_something_is_a_state(words):
    assert relations.state(tag("man standing", words)[1:]).text == "standing"
    assert relations.state([t for t in tag("man has", words) if t.tag == "V"]) is None
    assert relations.state([]) is None
