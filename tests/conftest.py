"""Shared fixtures: a project folder of its own for each test, and small drawn sets."""

import io
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from PIL import Image, ImageDraw

from curate.dataset import record, sets, shards, tables


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project folder that is the working directory, with a memory of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def drawn() -> Callable[..., bytes]:
    """Draws a shape and gives the encoded picture."""

    def draw(shape: str, colour: str, size: int = 96, encoding: str = "PNG") -> bytes:
        image = Image.new("RGB", (size, size), "white")
        box = (size // 5, size // 5, size - size // 5, size - size // 5)
        pen = ImageDraw.Draw(image)
        if shape == "circle":
            pen.ellipse(box, fill=colour)
        elif shape == "square":
            pen.rectangle(box, fill=colour)
        else:
            corners = [(size // 2, box[1]), (box[0], box[3]), (box[2], box[3])]
            pen.polygon(corners, fill=colour)
        out = io.BytesIO()
        image.save(out, encoding)
        return out.getvalue()

    return draw


@pytest.fixture
def write_set() -> Callable[..., pa.Table]:
    """Writes a set from (bytes, language, caption[, source]) rows and gives its pairs."""

    def write(root: Path, rows: list[tuple[object, ...]]) -> pa.Table:
        from curate.dataset import pixels

        images = {record.image_name(row[0]): row[0] for row in rows}
        members = [(n, pixels.probe(d)[0], d) for n, d in sorted(images.items())]
        places = shards.write(root, "drawn", members, per_shard=16)
        pairs = []
        for data, lang, caption, *rest in rows:
            name = record.image_name(data)
            _, width, height = pixels.probe(data)
            pairs.append(
                {
                    "uid": record.pair_uid(name, lang, caption),
                    "image": name,
                    "caption": caption,
                    "lang": lang,
                    "source": rest[0] if rest else "drawn",
                    "url": f"http://drawn.localhost/{name}",
                    "page": None,
                    "licence": "CC0-1.0",
                    "width": width,
                    "height": height,
                    **places[name]._asdict(),
                    "parent": None,
                    "recipe": None,
                }
            )
        table = pa.Table.from_pylist(pairs, record.PAIRS)
        tables.write(table, root / sets.PAIRS_FILE, "uid", record.PAIRS)
        return tables.read(root / sets.PAIRS_FILE)

    return write
