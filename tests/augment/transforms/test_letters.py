"""Letters on pictures are read once, and remembered by what they were read with."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from augment.transforms.letters import Letters, Written
from curate.dataset import writing


def shown(text):
    picture = Image.new("RGB", (400, 300), "teal")
    ImageDraw.Draw(picture).text((60, 90), text, fill="white", font=ImageFont.load_default(90))
    return np.asarray(picture)


PICTURES = {"door": shown("OPEN"), "wheel": shown("O")}


@pytest.fixture(autouse=True)
def _project(project):
    """Memories lie in the project's folder."""


def told(asked):
    letters = Letters(asked, list(PICTURES))
    found = {image: letters.tell(image, picture) for image, picture in PICTURES.items()}
    letters.remember()
    return found


def test_what_was_read_is_not_read_again_and_says_the_same(monkeypatch):
    first = told(Written(letters=3))
    assert first == {"door": True, "wheel": False}
    monkeypatch.setattr(writing, "reader", lambda *_: pytest.fail("it was read again"))
    assert told(Written(letters=3)) == first
    assert told(Written(letters=5)) == {"door": False, "wheel": False}  # of what is remembered


def test_another_way_of_reading_reads_anew(monkeypatch):
    told(Written())
    monkeypatch.setattr(writing, "reader", lambda *_: lambda _: [])
    assert told(Written(confidence=0.9)) == {"door": False, "wheel": False}
