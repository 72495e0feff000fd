"""Small files of tasks, written as the official ones are."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

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
