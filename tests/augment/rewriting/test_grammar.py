import pytest

from align import lexicon, parser
from augment.methods import rewrite
from augment.rewriting import edits, grammar, reading
from augment.rewriting.forms import Words
from curate.dataset import wordnet
from tests.augment._captions import understood

# form, caption, what it becomes
SAID = [
    ("relative", "A red hat.", "A hat that is red."),
    ("relative", "An old red hat", "A red hat that is old"),
    ("relative", "A big old hat", "An old hat that is big"),
    ("relative", "a red and white hat", "a hat that is red and white"),
    ("relative", "a man wearing a red hat", "a man wearing a hat that is red"),
    ("relative", "An old man.", "A man who is old."),
    ("clause", "a man wearing a red hat", "a man who is wearing a red hat"),
    ("clause", "two dogs on a box", "two dogs that are on a box"),
    ("order", "A cat and a dog.", "A dog and a cat."),
    ("order", "dog and cat", "cat and dog"),
    ("order", "a box with a cat and a dog", "a box with a dog and a cat"),
    ("existential", "A red hat on a box.", "There is a red hat on a box."),
    ("existential", "Two dogs", "There are two dogs"),
    ("existential", "dog", "there is a dog"),
    ("existential", "old man holding hat", "there is an old man holding hat"),
    ("features", "woman: dark skin tone, red hair", "a woman with dark skin tone and red hair"),
    ("features", "man holding ball: dark skin tone", "a man with dark skin tone holding ball"),
    ("bearer", "flag: France", "flag of France"),
    ("symmetric", "A cat next to a dog.", "A dog next to a cat."),
    ("symmetric", "a cat beside two dogs", "two dogs beside a cat"),
    ("converse", "a red ball to the right of a box", "a box to the left of a red ball"),
    ("converse", "A ball to the left of a box.", "A box to the right of a ball."),
    ("converse", "a ball under a box", "a box above a ball"),
    ("converse", "a ball on top of a box", "a box under a ball"),
    ("converse", "a dog in front of a cat", "a cat behind a dog"),
]
# form, caption that it must leave alone
LEFT_ALONE = [
    ("relative", "red hat"),  # a name, as like as not
    ("relative", "The red hat"),
    ("relative", "Red Hat"),
    ("relative", "A red hat on a box"),  # which of the two is red?
    ("relative", "A grinning dog."),  # a state, not an act
    ("relative", "A great blue heron."),  # a kind of its own
    ("clause", "A man in a hat."),
    ("clause", "The hat of a man"),
    ("order", "red dog and cat"),  # is the cat red?
    ("order", "A cat with a hat and a dog."),  # who has the dog?
    ("order", "A dog and cat."),
    ("order", "A dog and a cat on a box"),
    ("order", "Dog and Cat"),
    ("existential", "The dog."),
    ("existential", "hat"),
    ("existential", "The dog is big."),
    ("existential", "A man holds a hat"),
    ("existential", "Turkey"),
    ("features", "kiss: woman, man"),
    ("features", "man: bald"),
    ("features", "men holding balls: dark skin tone"),
    ("bearer", "flag: Nowhere Land"),
    ("bearer", "keycap: 1"),
    ("symmetric", "a dog on a box"),
    ("symmetric", "a dog next to a box on a table"),
    ("converse", "A dog wearing a hat"),
    ("converse", "a flag on the left of a box"),  # a part of it, as like as not
    ("converse", "a ball on the right of a box"),
    ("converse", "Dog left of a box"),
]


def rewritten(form, caption, packages, folder):
    graph, links = understood(caption, packages, folder)
    words = Words(wordnet.open_folder(wordnet.folder_of(packages, "wordnet-base")), links)
    seen = reading.read(caption, graph) if graph else None
    return graph, list(grammar.FORMS[form](seen, words)) if seen else []


@pytest.mark.parametrize(("form", "caption", "expected"), SAID)
def test_a_form_says_the_same_and_its_facts_are_those_that_the_parser_reads(
    form, caption, expected, packages, database_folder, project
):
    graph, found = rewritten(form, caption, packages, project / "labels")
    assert [edits.apply(caption, one.edits) for one in found] == [expected]
    stated = {tuple(fact) for fact in rewrite.facts(graph, found[0].turned)}
    assert said(expected, database_folder) == stated


@pytest.mark.parametrize(("form", "caption"), LEFT_ALONE)
def test_a_form_leaves_alone_what_it_does_not_surely_understand(form, caption, packages, project):
    _, found = rewritten(form, caption, packages, project / "labels")
    assert found == []


def said(caption, folder):
    """The facts of a caption as the parser reads it."""
    graph = parser.parse(caption, lexicon.of_folder(folder))
    lemmas = [node.lemma for node in graph.nodes]
    facts = set()
    for node in graph.nodes:
        if node.parent is not None:
            facts.add(("attribute", lemmas[node.parent], node.lemma, None))
            continue
        facts.add(("object", node.lemma, None, None))
        if (node.quantifier or "").isdigit():
            facts.add(("count", node.lemma, node.quantifier, None))
    for edge in graph.edges:
        facts.add(("relation", lemmas[edge.source], edge.lemma, lemmas[edge.target]))
    return facts
