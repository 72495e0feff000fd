"""Small files of tasks, written as the official ones are."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

COLOURS, SHAPES = ("red", "blue"), ("circle", "rectangle", "triangle")
QUARTERS = ("upper left", "upper right", "lower left", "lower right")
Drawn = Callable[..., bytes]
"""A picture of a shape, in a colour, of so many pixels a side."""


def write_easy_vqa(
    place: Path,
    drawn: Drawn,
    number: int,
    spoil: Callable[[int], bytes | None] = lambda _: None,
) -> Path:
    """A wheel like easy-VQA's: so many training pictures, an eighth as many to test, all distinct.

    Each is asked for its colour and whether it is a circle. What `spoil` gives of a training
    picture's number, if anything, is written in its place.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for split, first, count in (("train", 0, number), ("test", number, number // 8)):
            asked = []
            for at in range(count):
                colour, shape = COLOURS[at % 2], SHAPES[at // 2 % 3]
                name = "square" if shape == "rectangle" else shape
                shown = drawn(name, colour, 40 + first + at)
                shown = (spoil(at) if split == "train" else None) or shown
                file.writestr(f"easy_vqa/data/{split}/images/{at}.png", shown)
                asked.append(["what color is the shape?", colour, at])
                asked.append(["is there a circle?", "yes" if shape == "circle" else "no", at])
            file.writestr(f"easy_vqa/data/{split}/questions.json", json.dumps(asked))
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(packed.getvalue())
    return place


def write_nlvr2(root: Path, drawn: Drawn) -> Path:
    """NLVR2's files: of two coloured shapes it is said that the left one is red."""
    size = count(40)
    for name, number in (("train", 24), ("dev", 4), ("test1", 8)):
        lines = []
        for at in range(number):
            colours = COLOURS[at % 2], COLOURS[at // 2 % 2]
            for side, colour in enumerate(colours):
                place = root / name / f"{name}-{at}-0-img{side}.png"
                _draw(place, drawn("circle", colour, next(size)))
            label = "True" if colours[0] == "red" else "False"
            said = {"sentence": "The left one is red.", "label": label}
            lines.append({"identifier": f"{name}-{at}-0-0", **said})
        _write_lines(root / f"data/{name}.json", lines)
    return root


def write_vcr(root: Path, drawn: Drawn) -> Path:
    """VCR's files: of a coloured shape it is asked which colour it has, and why."""
    for name, first, number in (("train", 0, 24), ("val", 24, 4)):
        lines = []
        for at in range(first, first + number):
            place = root / f"vcr1images/a/{at}.png"
            _draw(place, drawn("circle", COLOURS[at % 2], 40 + at))
            line = {"annot_id": f"{name}-{at}", "img_fn": f"a/{at}.png", "objects": []}
            line["metadata_fn"] = f"a/{at}.json"
            line |= {"question": ["which", "colour", "?"], "answer_label": at % 2}
            line["answer_choices"] = [["it", "is", colour, "."] for colour in COLOURS]
            line["rationale_choices"] = [["I", "see", colour, "."] for colour in COLOURS]
            lines.append(line | {"rationale_label": at % 2})
        _write_lines(root / f"{name}.jsonl", lines)
    return root


def write_refcoco(root: Path, drawn: Drawn) -> Path:
    """RefCOCO's files: a quarter of a picture is referred to by where it is."""
    refs, images, things = [], [], []
    for at in range(24):
        side, place = 40 + at, at % 4
        name = f"COCO_train2014_{at:012}.png"
        file = root / "images/mscoco/images/train2014" / name
        _draw(file, drawn("circle", COLOURS[at % 2], side))
        images.append({"id": at, "file_name": name, "width": side, "height": side})
        half = side / 2
        box = [place % 2 * half, place // 2 * half, half, half]
        things.append({"id": at, "image_id": at, "bbox": box})
        ref = {"ref_id": at, "ann_id": at, "image_id": at}
        ref["split"] = "train" if at < 16 else ("val", "testA")[at // 4 % 2]
        refs.append(ref | {"sentences": [{"sent_id": at, "sent": QUARTERS[place]}]})
    (root / "refcoco").mkdir(parents=True)
    (root / "refcoco/refs(unc).p").write_bytes(pickle.dumps(refs, 2))
    _write(root / "refcoco/instances.json", {"images": images, "annotations": things})
    return root


def write_karpathy(root: Path, drawn: Drawn) -> Path:
    """The file of Karpathy's splits: of a coloured shape it is said what it is, in two ways."""
    images = []
    for at in range(32):
        colour, shape = COLOURS[at % 2], ("circle", "square")[at // 2 % 2]
        split = ("train", "train", "restval", "train", "train", "train", "val", "test")[at // 4]
        name, folder = f"COCO_{at:012}.png", "val2014" if at >= 24 else "train2014"
        file = root / folder / name
        _draw(file, drawn(shape, colour, 40 + at))
        told = [{"raw": text, "sentid": at} for text in (f"A {colour} {shape}.", f"a {shape}")]
        images.append({"filepath": folder, "filename": name, "split": split, "sentences": told})
    _write(root / "dataset_coco.json", {"images": images, "dataset": "coco"})
    return root


def write_vqa2(root: Path, drawn: Drawn) -> Path:
    """VQA v2's files: ten people say which colour a shape has, two of them in another way."""
    number = count(9)
    for subset, of in (("train2014", 24), ("val2014", 8)):
        asked, said = [], []
        for at, image in zip(range(of), number, strict=False):
            colour = COLOURS[at % 2]
            file = root / subset / f"COCO_{subset}_{image:012}.jpg"
            _draw(file, drawn("circle", colour, 40 + image, "JPEG"))
            own = {"question_id": image * 1000, "image_id": image}
            asked.append(own | {"question": "What color is it?"})
            people = [{"answer": colour}] * 8 + [{"answer": "purple"}] * 2
            more = {"question_type": "what color is", "answer_type": "other", "answers": people}
            said.append(own | more)
        _write(root / f"v2_OpenEnded_mscoco_{subset}_questions.json", {"questions": asked})
        _write(root / f"v2_mscoco_{subset}_annotations.json", {"annotations": said})
    return root


def write_gqa(root: Path, drawn: Drawn) -> Path:
    """GQA's files: of a coloured shape it is asked which colour it has."""
    number = count(2331963)
    for tier, of in (("train", 24), ("val", 4), ("testdev", 8)):
        asked = {}
        for at, image in zip(range(of), number, strict=False):
            shown = drawn("circle", COLOURS[at % 2], 40 + image % 97, "JPEG")
            _draw(root / f"images/{image}.jpg", shown)
            types = {"structural": "query", "semantic": "attr", "detailed": "color"}
            steps = [{"operation": "query", "argument": "color", "dependencies": []}]
            own = {"imageId": str(image), "question": "What color is it?", "isBalanced": True}
            own |= {"answer": COLOURS[at % 2], "entailed": [], "types": types, "semantic": steps}
            asked[str(image)] = own | {"groups": {"global": "color", "local": "10q-color"}}
        _write(root / f"{tier}_balanced_questions.json", asked)
    return root


def write_nlvr(root: Path, drawn: Drawn) -> Path:
    """NLVR's files: of a picture that comes in six orders it is said that its shape is red."""
    size = count(40)
    for name, of in (("train", 6), ("dev", 2), ("test", 2)):
        lines = []
        for at in range(of):
            for order in range(6):
                file = root / name / f"images/{at}/{name}-{at}-0-{order}.png"
                _draw(file, drawn("circle", COLOURS[at % 2], next(size)))
            line = {"identifier": f"{at}-0", "directory": str(at), "sentence": "It is red."}
            line |= {"label": ("true", "false")[at % 2], "structured_rep": [[], [], []]}
            lines.append(line)
        _write_lines(root / name / f"{name}.json", lines)
    return root


def write_snli_ve(root: Path, drawn: Drawn) -> Path:
    """SNLI-VE's files: a shape is said to be red, which it is or is not."""
    number = count(40)
    for name, of in (("train", 24), ("dev", 4), ("test", 8)):
        lines = []
        for at, image in zip(range(of), number, strict=False):
            shown = drawn("circle", COLOURS[at % 2], image, "JPEG")
            _draw(root / f"flickr30k-images/{image}.jpg", shown)
            label = ("entailment", "contradiction")[at % 2]
            line = {"Flickr30K_ID": str(image), "pairID": f"{image}.jpg#0r1", "gold_label": label}
            lines.append(line | {"sentence2": "The circle is red."})
        _write_lines(root / f"snli_ve_{name}.jsonl", lines)
    return root


def write_flickr30k_entities(root: Path, drawn: Drawn) -> Path:
    """Flickr30k Entities' files: a phrase names a quarter of a picture by where it is."""
    number = count(1)
    for name, of in (("train", 24), ("val", 4), ("test", 8)):
        listed = []
        for at, image in zip(range(of), number, strict=False):
            side, place = 38 + 2 * image, at % 4
            shown = drawn("circle", COLOURS[at % 2], side, "JPEG")
            _draw(root / f"flickr30k-images/{image}.jpg", shown)
            half = side // 2
            left, top = place % 2 * half + 1, place // 2 * half + 1  # counted from 1
            box = {"xmin": left, "ymin": top, "xmax": left + half, "ymax": top + half}
            sides = "".join(f"<{edge}>{at}</{edge}>" for edge, at in box.items())
            told = (
                f"<annotation><size><width>{side}</width><height>{side}</height></size>"
                f"<object><name>1</name><bndbox>{sides}</bndbox></object></annotation>"
            )
            _place(root / f"Annotations/{image}.xml", told)
            _place(root / f"Sentences/{image}.txt", f"[/EN#1/other {QUARTERS[place]}] is shown .\n")
            listed.append(str(image))
        _place(root / f"{name}.txt", "\n".join(listed))
    return root


def _draw(place: Path, picture: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(picture)


def _place(place: Path, text: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")


def _write(place: Path, content: dict[str, Any]) -> None:
    _place(place, json.dumps(content))


def _write_lines(place: Path, lines: list[dict[str, Any]]) -> None:
    _place(place, "".join(f"{json.dumps(line)}\n" for line in lines))


OFFICIAL: dict[str, tuple[Callable[[Path, Drawn], Path], dict[str, Any]]] = {
    "vqa2": (write_vqa2, {"validation": 0.2}),
    "gqa": (write_gqa, {}),
    "nlvr": (write_nlvr, {}),
    "nlvr2": (write_nlvr2, {}),
    "vcr": (write_vcr, {"validation": 0.3}),
    "refcoco": (write_refcoco, {}),
    "snli_ve": (write_snli_ve, {}),
    "flickr30k_entities": (write_flickr30k_entities, {}),
    "karpathy": (write_karpathy, {}),
    "karpathy_pairs": (write_karpathy, {}),
}
"""By the kind of their format: what writes a set's files, and further parameters of the task."""
