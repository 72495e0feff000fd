"""Files of official sets as tests write them: JSON, lines of it, and pictures."""

import json

from PIL import Image


def write(place, content):
    """A JSON file."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(content), encoding="utf-8")


def write_lines(place, *rows):
    """A file of JSON lines."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def draw(place, size=(64, 48), colour="white"):
    """A picture."""
    place.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(place)
    return place
