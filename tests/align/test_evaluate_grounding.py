import numpy as np

from align.evaluate_grounding import elsewhere, judged
from align.grounding.matching import Rule
from align.grounding.phrases import Phrase
from align.grounding.scenes import Mention, Scene

RULE = Rule(least=0.5, temperature=0.05)
AXES = dict(zip(("dog", "cat", "cow"), np.eye(3), strict=True))
BOXES = np.array([[0.0, 0.0, 0.2, 0.2], [0.6, 0.0, 0.8, 0.2], [0.3, 0.6, 0.5, 0.9]])


def scene(image: str, first: str, second: str) -> Scene:
    """`first` left of `second`, which is true: they are the first two boxes."""
    caption = f"{first} left of {second}"
    spans = [(0, 3), (12, 15)]
    return Scene(
        image,
        image,
        caption,
        [Mention(*span, BOXES[[i]], np.ones(1)) for i, span in enumerate(spans)],
        [Phrase(i, *span, caption[slice(*span)], 1) for i, span in enumerate(spans)],
        [{"edge": 0, "source": 0, "target": 1, "lemma": "left of"}],
    )


def test_regions_that_look_like_what_is_said_are_right_by_every_measure() -> None:
    regions = {"a": (BOXES, np.stack([AXES["dog"], AXES["cat"], AXES["cow"]]))}
    found = judged([scene("a", "dog", "cat")], regions, AXES, RULE, 0.1)
    assert (found["all"]["pointing"], found["all"]["alignment_error"]) == (1, 0)
    assert found["singular"]["phrases"] == 2
    assert found["plural"]["phrases"] == 0
    assert found["relations"] == {"held": 1, "contradicted": 0, "untold": 0}


def test_things_taken_for_each_other_are_wrong_and_contradict_the_caption() -> None:
    regions = {"a": (BOXES, np.stack([AXES["cat"], AXES["dog"], AXES["cow"]]))}
    found = judged([scene("a", "dog", "cat")], regions, AXES, RULE, 0.1)
    assert (found["all"]["pointing"], found["all"]["alignment_error"]) == (0, 1)
    assert found["relations"] == {"held": 0, "contradicted": 1, "untold": 0}


def test_a_picture_without_regions_counts_as_missed() -> None:
    found = judged([scene("a", "dog", "cat")], {}, AXES, RULE, 0.1)
    assert (found["all"]["phrases"], found["all"]["recall_any"]) == (2, 0)


def test_what_a_picture_does_not_show_is_asked_of_it_too() -> None:
    known = [scene("a", "dog", "cat"), scene("b", "cow", "cat")]
    shown = {"a": ("dog", "cat"), "b": ("cow", "cat")}
    true = {i: (BOXES[:2], np.stack([AXES[w] for w in shown[i]])) for i in shown}
    assert elsewhere(known, true, AXES, RULE) == 0
    fooled = {i: (BOXES[:2], np.stack([AXES["dog"], AXES["cow"]])) for i in shown}
    assert elsewhere(known, fooled, AXES, RULE) == 1
    assert elsewhere(known[:1], true, AXES, RULE) is None
