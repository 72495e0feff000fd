import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align import lexicon
from align.parser import parse
from align.scenegraph import OBJECT

# Captions of the corpora or of their kinds, with what they say; all words are in both databases.
CAPTIONS = {
    "grinning face with big eyes": {
        "face", "face: grinning", "eye", "eye: big", "face with eye",
    },
    "flag: France": {"flag", "france", "flag of france"},
    "keycap: #": {"keycap", "#", "keycap of #"},
    "woman: dark skin tone": {
        "woman", "skin tone", "skin tone: dark", "woman with skin tone",
    },
    "woman: dark skin tone, red hair": {
        "woman", "skin tone", "skin tone: dark", "hair", "hair: red", "woman with skin tone",
        "woman with hair",
    },
    "man: bald": {"man", "man: bald"},
    "man standing: facing right": {"man", "man: stand", "man: face right"},
    "kiss: woman, man": {"kiss", "woman", "man", "kiss of woman", "kiss of man"},
    "woman and man holding hands: dark skin tone, red skin tone": {
        "woman", "man", "hand", "woman hold hand", "man hold hand", "skin tone",
        "skin tone: dark", "skin tone: red", "woman with skin tone", "man with skin tone",
    },
    "A paw print.": {"paw print"},
    "A red and white striped candy cane": {
        "candy cane", "candy cane: red", "candy cane: white", "candy cane: striped",
    },
    "The letter K.": {"letter", "letter: k"},
    "A pair of hats.": {"pair hat"},
    "two dogs and a cat": {"2 dog", "cat"},
    "the dog is big and brown": {"dog", "dog: big", "dog: brown"},
    "a man wearing a red hat and holding a cat": {
        "man", "hat", "hat: red", "cat", "man wear hat", "man hold cat",
    },
    "a boy riding a big dog": {"boy", "dog", "dog: big", "boy ride dog"},
    "tree in front of a window": {"tree", "window", "tree in front of window"},
    "a cat on the left side of the table": {"cat", "table", "cat on left side of table"},
    "a cat sitting next to a man": {"cat", "man", "cat sit next to man"},
    "tree surrounded by grass": {"tree", "grass", "grass surround tree"},
    "the girl's umbrella": {"girl", "umbrella", "girl have umbrella"},
    "hat that the cat is sitting on": {"hat", "cat", "cat sit on hat"},
    "man in a hat": {"man", "hat", "man wear hat"},
    "cat in a hat": {"cat", "hat", "cat wear hat"},
    "ball in a hat": {"ball", "hat", "ball in hat"},
    "man in a hat with an umbrella": {
        "man", "hat", "umbrella", "man wear hat", "man with umbrella",
    },
    "square with a dot": {"square", "dot", "square with dot"},
    "A “kite” stamp": {"stamp", "stamp: kite"},
    "no dogs": {"no dog"},
    "two hats on a table": {"2 hat", "table", "hat on table"},
    "dark red ball": {"ball", "ball: dark red"},
    "Left: cat. Right: dog.": {"cat", "dog"},
}  # fmt: skip
NOTHING = ["", "   ", "...", "???", "One.", "12", "= 0.5", "the", "with", "of the and", "😀", "_"]


@pytest.fixture(scope="module", params=["small", "fetched"])
def any_words(request, database_folder):
    """The lexicon over the small WordNet and, where there is one, over the fetched."""
    if request.param == "small":
        return lexicon.of_folder(database_folder)
    return lexicon.of_folder(request.getfixturevalue("fetched_folder"))


@pytest.mark.parametrize("caption", CAPTIONS)
def test_a_caption_gives_the_graph_that_a_reader_would_draw(caption, any_words, said):
    graph = parse(caption, any_words)
    assert said(graph) == CAPTIONS[caption]
    check_spans(caption, graph)


@pytest.mark.parametrize("caption", NOTHING)
def test_what_is_not_understood_makes_no_node(caption, words):
    assert parse(caption, words) == ([], [])


def test_a_caption_mostly_of_unknown_words_makes_no_node(words):
    assert parse("Foglio e mondo con dog", words).nodes == []


def test_a_single_unknown_word_is_a_name(words, said):
    assert said(parse("Axolotl", words)) == {"axolotl"}


def test_names_of_several_words_are_found_in_the_fetched_database(fetched_folder, said):
    words = lexicon.of_folder(fetched_folder)
    assert said(parse("Sri Lanka", words)) == {"sri lanka"}
    assert said(parse("horizontal traffic light", words)) == {
        "traffic light", "traffic light: horizontal",
    }  # fmt: skip
    assert said(parse("blue sky", words)) == {"sky", "sky: blue"}


def check_spans(caption, graph):
    for node in graph.nodes:
        assert 0 <= node.start < node.end <= len(caption)
        assert caption[node.start : node.end] == node.text
        assert (node.parent is None) == (node.kind == OBJECT)
        assert node.parent is None or graph.nodes[node.parent].kind == OBJECT
        assert node.lemma == node.lemma.strip() != ""
    for edge in graph.edges:
        assert caption[edge.start : edge.end] == edge.relation != ""
        assert edge.lemma
        assert edge.source != edge.target
        assert {graph.nodes[edge.source].kind, graph.nodes[edge.target].kind} == {OBJECT}
    assert list(graph.nodes) == sorted(graph.nodes, key=lambda n: (n.start, n.end))


WORDS = """a the two no dog cats man's women hat hats skin tone grinning held holding is are covered
with by in on front of next to and or , ; : . ( ) “ ” ' " big red dark very that who his it letter
K 12 0.5 pair group up left flag: there _ - color"""
PIECES = st.sampled_from(WORDS.split())


@settings(max_examples=400)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=18).map(" ".join)))
def test_spans_hold_for_any_text(words, caption):
    graph = parse(caption, words)
    check_spans(caption, graph)
    assert parse(caption, words) == graph
