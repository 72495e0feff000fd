import pytest

from align.questions import scenes, twins
from align.questions.absence import Absence
from curate.dataset import wordnet
from tests.align._composed import beside, counted, write


@pytest.fixture
def ask(tmp_path, database_folder):
    """Asks two scenes that differ in a fact of a kind; gives image -> (text, answer)."""

    def run(one, other, kind, keep=(0, 1)):
        uids = [f"{scene['image']}-0" for scene in (one, other)]
        pairs = write(tmp_path, one, other, twins=[(*uids, kind)]).take(list(keep))
        absence = Absence(wordnet.open_folder(database_folder))
        found = list(twins.ask(scenes.read(tmp_path, pairs), absence))
        assert len({q.image for q in found}) == len(found)
        return {q.image: (q.text, q.answer) for q in found}

    return run


def differ(found):
    """The one question that both pictures are asked, which has another answer for each."""
    assert sorted(answer for _, answer in found.values()) == ["no", "yes"]
    ((text,),) = [{text for text, _ in found.values()}]
    return text


def test_the_side_is_asked_of_both_and_true_of_one(ask):
    one = beside("a", "dog", "left of", "tree")
    other = beside("b", "dog", "right of", "tree")
    found = ask(one, other, "relation")
    text = differ(found)
    yes = next(image for image, (_, answer) in found.items() if answer == "yes")
    side = {"a": "left", "b": "right"}[yes]
    assert text == f"Is the dog to the {side} of the tree?"


def test_a_caption_said_the_other_way_round_gives_the_same_question(ask):
    one = beside("a", "dog", "left of", "tree")
    other = beside("b", "dog", "right of", "tree")
    turned = ask(beside("a", "tree", "right of", "dog"), beside("b", "tree", "left of", "dog"),
                 "relation")  # fmt: skip
    assert turned == ask(one, other, "relation")


def test_a_colour_and_a_number_that_differ_are_asked_of_both(ask):
    one, other = beside("a", "dog", "above", "hat"), beside("b", "dog", "above", "hat")
    one["facts"] = [*one["facts"], ("attribute", "hat", "red")]
    other["facts"] = [*other["facts"], ("attribute", "hat", "blue")]
    assert differ(ask(one, other, "attribute")) in ("Is the hat red?", "Is the hat blue?")
    one, other = counted("a", 2, "two", "dog"), counted("b", 3, "three", "dog")
    found = ask(one, other, "count")
    text = differ(found)
    assert found["a" if "two" in text else "b"][1] == "yes"
    assert text in ("Are there two dogs?", "Are there three dogs?")


def test_a_tone_of_skin_is_asked_of_the_one_who_has_it(ask):
    one, other = beside("a", "man", "above", "person"), beside("b", "man", "above", "person")
    for scene, tone in ((one, "light"), (other, "dark")):
        worn = ("relation", "person", "with", "skin tone")
        scene["facts"] = [*scene["facts"], worn, ("attribute", "skin tone", tone)]
    text = differ(ask(one, other, "attribute"))
    assert text in {f"Is the skin tone of the person {tone}?" for tone in ("light", "dark")}


def test_an_object_is_asked_for_only_where_its_absence_is_sure(ask):
    one, other = beside("a", "man", "above", "hat"), beside("b", "dog", "above", "hat")
    assert ask(one, other, "object") == {}  # of no broad kind that the small WordNet knows
    one = beside("a", "dog", "above", "cat")
    other = beside("b", "person", "above", "cat")
    found = ask(one, other, "object")
    assert differ(found) == "Is there a person?"  # a cat is an animal, too, as a dog is
    assert found["b"][1] == "yes"


def test_a_twin_that_was_not_kept_is_still_one(ask):
    one = beside("a", "dog", "left of", "tree")
    other = beside("b", "dog", "right of", "tree")
    whole, half = ask(one, other, "relation"), ask(one, other, "relation", keep=[0])
    assert half == {"a": whole["a"]}
