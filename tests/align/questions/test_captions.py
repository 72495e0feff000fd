import pytest

from align.labelers.scene import parse_all
from align.negatives import words as lexicon
from align.questions import captions
from align.questions.captions import Said

WORDS = lexicon.of("en")
SEEN = {"dog", "hat"}.__contains__  # nouns of things to see


@pytest.fixture
def said(database_folder):
    """A caption as the parser reads it."""

    def read(caption, uid="u"):
        (graph,) = parse_all([caption], database_folder)
        nodes = [{"node": at, **n._asdict()} for at, n in enumerate(graph.nodes)]
        edges = [{"edge": at, **e._asdict()} for at, e in enumerate(graph.edges)]
        return Said(uid, "i", caption, nodes, edges)

    return read


@pytest.fixture
def asked(said):
    def run(caption):
        return {q.text: q.answer for q in captions.of_caption(said(caption), WORDS, SEEN)}

    return run


@pytest.mark.parametrize(
    ("caption", "found"),
    [
        ("a red hat", {"What colour is the hat?": "red"}),
        ("two black dogs", {"What colour are the dogs?": "black",
                            "How many dogs are there?": "two"}),
        ("a man riding a dog", {"What is the man riding?": "dog"}),
        ("a cat sitting on a table", {"What is the cat sitting on?": "table"}),
    ],
)  # fmt: skip
def test_what_a_caption_says_is_asked(asked, caption, found):
    assert asked(caption) == found


@pytest.mark.parametrize(
    "caption",
    [
        "a big hat",  # no colour
        "a red hat and a blue hat",  # which of them
        "a red and white hat",  # two colours
        "some dogs",  # how many
        "a man with a hat",  # with what else
        "two tones",  # nothing to see
        "2 dog",  # a name
        "dogs 3 hat",  # a number of something else
        "a black red",  # of the colour itself
    ],
)
def test_what_is_not_said_or_said_of_two_is_not_asked(asked, caption):
    assert asked(caption) == {}


def test_a_tone_of_skin_is_asked_for_where_there_is_one(asked):
    assert asked("woman: medium-dark skin tone") == {"What skin tone is shown?": "medium-dark"}
    assert asked("people: light skin tone, dark skin tone") == {}


def negative(number=0, **more):
    row = {"negative": number, "kind": "attribute", "how": "colour", "was": "red hat"}
    return {**row, "becomes": "blue hat", **more}


def test_of_a_fact_and_what_excludes_it_either_is_asked_with_its_answer(said):
    seen = []
    for number in range(400):
        told = said("a red hat", f"u{number}")
        (one,) = captions.of_negative(told, negative(), WORDS, SEEN)
        seen.append((one.text, one.answer))
    assert set(seen) == {("Is the hat red?", "yes"), ("Is the hat blue?", "no")}
    assert abs(seen.count(("Is the hat red?", "yes")) - 200) < 3 * 10


@pytest.mark.parametrize(
    ("caption", "row", "texts"),
    [
        ("two dogs", {"kind": "count", "how": "count", "was": "2 x dog", "becomes": "3 x dog"},
         {"Are there two dogs?", "Are there three dogs?"}),
        ("woman: dark skin tone", {"how": "tone", "was": "dark skin tone",
                                   "becomes": "light skin tone"},
         {"Is the skin tone dark?", "Is the skin tone light?"}),
    ],
)  # fmt: skip
def test_counts_and_tones_are_asked_too(said, caption, row, texts):
    found = {
        question.text
        for number in range(20)
        for question in captions.of_negative(said(caption), negative(number, **row), WORDS, SEEN)
    }
    assert found == texts


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "object", "how": "noun", "was": "hat", "becomes": "box"},
        {"how": "attributes"},
        {"how": "size", "was": "small hat", "becomes": "large hat"},
        {"was": "red box", "becomes": "blue box"},  # that the caption has not
        {"how": "tone", "was": "dark skin tone", "becomes": "medium-dark skin tone"},  # too alike
    ],
)
def test_what_a_negative_does_not_prove_of_one_thing_is_not_asked(said, row):
    assert not list(captions.of_negative(said("a red hat"), negative(**row), WORDS, SEEN))
