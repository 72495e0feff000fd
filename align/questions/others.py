"""Pictures whose objects are known in, questions for what one shows and another does not, out.

The pictures stand in a ring, ordered by their names' hashes. What one of them shows is asked of it
(yes) and of the first of the next ones that surely does not show it (no): of every thing as often
the one as the other, so that its name tells nothing. One more picture changes the questions of its
neighbours alone.
"""

from collections.abc import Iterator, Mapping

from align.negatives.form import draw
from align.questions import asking
from align.questions.absence import Absence
from align.questions.asking import Question
from align.questions.scenes import Scene
from curate.dataset.questions import NO, YES
from curate.dataset.truth import OBJECT

_OTHERS = "others"
_AHEAD = 8  # pictures that are looked at


def ask(scenes: Mapping[str, Scene], absence: Absence) -> Iterator[Question]:
    """Whether pictures show a thing."""
    ring = sorted(scenes.values(), key=lambda scene: draw(scene.image, "ring"))
    for place, scene in enumerate(ring):
        names = sorted(set(scene.names))
        name = names[int(draw(scene.image, OBJECT) * len(names))]
        ahead = (ring[(place + step) % len(ring)] for step in range(1, _AHEAD + 1))
        other = next((one for one in ahead if absence.sure(name, one.names)), None)
        if other is not None:
            for one, answer in ((scene, YES), (other, NO)):
                yield one.question(asking.is_there(name), answer, OBJECT, _OTHERS)
