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


def write_easy_vqa(
    place: Path,
    drawn: Callable[..., bytes],
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


def write_nlvr2(root: Path, drawn: Callable[..., bytes]) -> Path:
    """NLVR2's files: of two coloured shapes it is said that they are of one colour."""
    size = count(40)
    for name, number in (("train", 12), ("dev", 4), ("test1", 4)):
        lines = []
        for at in range(number):
            colours = COLOURS[at % 2], COLOURS[at // 2 % 2]
            for side, colour in enumerate(colours):
                place = root / name / f"{name}-{at}-0-img{side}.png"
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(drawn("circle", colour, next(size)))
            label = "True" if colours[0] == colours[1] else "False"
            said = {"sentence": "Both are of one colour.", "label": label}
            lines.append({"identifier": f"{name}-{at}-0-0", **said})
        _write_lines(root / f"data/{name}.json", lines)
    return root


def write_vcr(root: Path, drawn: Callable[..., bytes]) -> Path:
    """VCR's files: of a coloured shape it is asked which colour it has, and why."""
    for name, first, number in (("train", 0, 24), ("val", 24, 4)):
        lines = []
        for at in range(first, first + number):
            place = root / f"vcr1images/a/{at}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(drawn("circle", COLOURS[at % 2], 40 + at))
            line = {"annot_id": f"{name}-{at}", "img_fn": f"a/{at}.png", "objects": []}
            line["metadata_fn"] = f"a/{at}.json"
            line |= {"question": ["which", "colour", "?"], "answer_label": at % 2}
            line["answer_choices"] = [["it", "is", colour, "."] for colour in COLOURS]
            line["rationale_choices"] = [["I", "see", colour, "."] for colour in COLOURS]
            lines.append(line | {"rationale_label": at % 2})
        _write_lines(root / f"{name}.jsonl", lines)
    return root


def write_refcoco(root: Path, drawn: Callable[..., bytes]) -> Path:
    """RefCOCO's files: a quarter of a picture is referred to by where it is."""
    words = ("upper left", "upper right", "lower left", "lower right")
    refs, images, things = [], [], []
    for at in range(24):
        side, place = 40 + at, at % 4
        name = f"COCO_train2014_{at:012}.png"
        file = root / "images/mscoco/images/train2014" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(drawn("circle", COLOURS[at % 2], side))
        images.append({"id": at, "file_name": name, "width": side, "height": side})
        half = side / 2
        box = [place % 2 * half, place // 2 * half, half, half]
        things.append({"id": at, "image_id": at, "bbox": box})
        ref = {"ref_id": at, "ann_id": at, "image_id": at}
        ref["split"] = "train" if at < 16 else ("val", "testA")[at // 4 % 2]
        refs.append(ref | {"sentences": [{"sent_id": at, "sent": words[place]}]})
    (root / "refcoco").mkdir(parents=True)
    (root / "refcoco/refs(unc).p").write_bytes(pickle.dumps(refs, 2))
    instances = json.dumps({"images": images, "annotations": things})
    (root / "refcoco/instances.json").write_text(instances, encoding="utf-8")
    return root


def write_karpathy(root: Path, drawn: Callable[..., bytes]) -> Path:
    """The file of Karpathy's splits: of a coloured shape it is said what it is, in two ways."""
    images = []
    for at in range(32):
        colour, shape = COLOURS[at % 2], ("circle", "square")[at // 2 % 2]
        split = ("train", "train", "restval", "train", "train", "train", "val", "test")[at // 4]
        name, folder = f"COCO_{at:012}.png", "val2014" if at >= 24 else "train2014"
        file = root / folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(drawn(shape, colour, 40 + at))
        told = [{"raw": text, "sentid": at} for text in (f"A {colour} {shape}.", f"a {shape}")]
        images.append({"filepath": folder, "filename": name, "split": split, "sentences": told})
    content = json.dumps({"images": images, "dataset": "coco"})
    (root / "dataset_coco.json").write_text(content, encoding="utf-8")
    return root


def _write_lines(place: Path, lines: list[dict[str, Any]]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
