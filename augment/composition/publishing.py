"""A drawn scene in, a made picture with its captions and all that is known of it out.

The tables are those of `curate.dataset.truth`: objects with their boxes, the relations that are
plain in the boxes, which objects each phrase of a caption names, and the facts that English
captions state.
"""

from collections.abc import Sequence
from typing import Any

from augment import facts
from augment.composition import saying
from augment.composition.composing import Composed, relations
from augment.composition.scenes import CONVERSE, NAMED, OPPOSITE, Scene, Telling
from augment.made import Batch, Made, MadeCaption
from curate.dataset import record, truth

TABLES = {
    "objects": truth.OBJECTS,
    "relations": truth.RELATIONS,
    "mentions": truth.MENTIONS,
    "facts": truth.FACTS,
}


def publish(
    scene: Scene,
    recipe: dict[str, Any],
    composed: Composed,
    data: bytes,
    batch: Batch,
    behind: Sequence[str] = (),
) -> dict[str, Telling]:
    """Add a drawn scene to a batch.

    Args:
        scene: what is drawn; its English caption is sure.
        recipe: that made the picture, of the parts' pictures in their order.
        composed: the picture as it was drawn.
        data: the picture, encoded.
        batch: of the method.
        behind: uids of pairs whose pictures the scene is drawn before, and that no caption tells.

    Returns:
        uid of each made pair -> how it tells the scene.
    """
    canvas = composed.picture
    captions: list[MadeCaption] = []
    made = Made(data, "jpg", canvas.width, canvas.height, captions)
    image = made.image
    told = {record.pair_uid(image, one.lang, one.text): one for one in scene.tellings()}
    captions += [
        MadeCaption(
            one.uids[0],
            one.text,
            one.lang,
            {**recipe, "told": saying.told(scene, one)},
            (*one.uids[1:], *behind),
        )
        for one in told.values()
    ]
    batch.made.append(made)
    known = {
        "objects": _objects(scene, composed, image),
        "relations": [
            {"image": image, "source": source, "relation": relation, "target": target}
            for source, relation, target in [
                *relations(composed.boxes, max(canvas.size)),
                *_depth(scene),
            ]
        ],
        "mentions": [
            {"uid": uid, "start": start, "end": end, "object": number}
            for uid, one in told.items()
            for number, owner in enumerate(scene.owners())
            for start, end in [one.spans[owner]]
        ],
        "facts": [
            row
            for uid, one in told.items()
            if one.lang == scene.parts[0].thing.pair["lang"]
            for row in facts.rows(uid, one.facts)
        ],
    }
    for name, found in known.items():
        batch.rows.setdefault(name, []).extend(found)
    return told


def _depth(scene: Scene) -> list[tuple[int, str, int]]:
    """(object, relation, object) of what boxes alone do not tell: before, behind and on."""
    if scene.relation is None or scene.relation in OPPOSITE:
        return []
    converse = CONVERSE.get(scene.relation)
    return [(0, NAMED[scene.relation], 1), *([(1, NAMED[converse], 0)] if converse else [])]


def _objects(scene: Scene, composed: Composed, image: str) -> list[dict[str, Any]]:
    width, height = composed.picture.size
    found = []
    for number, owner in enumerate(scene.owners()):
        left, top, right, bottom = composed.boxes[number]
        thing = scene.parts[owner].thing
        found.append(
            {
                "image": image,
                "object": number,
                "name": thing.lemma,
                "x1": left / width,
                "y1": top / height,
                "x2": right / width,
                "y2": bottom / height,
                "visible": composed.visible[number],
                "parent": thing.pair["uid"],
            }
        )
    return found
