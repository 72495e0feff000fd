from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from align import label
from curate.dataset import labels, record, tables
from curate.dataset.errors import ParamsError, RejectsError

VECTORS = pa.schema([("image", pa.string()), ("vector", pa.list_(pa.float32()))])
PARAMS = {"scorer": "clip", "max_rejected": 0.4}
PLACES = (Path("pool"), Path("packages"), Path("labels/regions"))


@pytest.fixture
def pool(project, write_set, drawn):
    """Three pictures, one of them with two captions, and a scorer's vectors of some of them."""
    shapes = {shape: drawn(shape, "red") for shape in ("circle", "square", "triangle")}
    rows = [(data, "en", f"a {shape}") for shape, data in shapes.items()]
    write_set(Path("pool"), [*rows, (shapes["circle"], "de", "ein Kreis")])
    names = sorted(record.image_name(data) for data in shapes.values())

    def write(number):
        vectors = [{"image": name, "vector": [place, 1.0]} for place, name in enumerate(names)]
        table = pa.Table.from_pylist(vectors[:number], VECTORS)
        tables.write(table, Path("embeddings/clip/images.parquet"), "image", VECTORS)
        return names

    return write


def read(table):
    return labels.of_folder(Path("labels/regions"), table).to_pylist()


def test_a_picture_is_one_region_with_the_scorers_vector(pool):
    names = pool(3)
    found = label.main("whole", *PLACES, PARAMS, embeddings=Path("embeddings"))
    assert found["rows"] == {"regions": 3, "features": 3, "images": 3, "classes": 1}
    boxes = [[row[side] for side in ("x1", "y1", "x2", "y2")] for row in read("regions")]
    assert boxes == [[0, 0, 1, 1]] * 3
    features = {row["image"]: row["feature"] for row in read("features")}
    assert [np.array(features[name], float).tolist() for name in names] == [[0, 1], [1, 1], [2, 1]]


def test_a_picture_without_a_vector_is_rejected_by_name(pool):
    names = pool(2)
    label.main("whole", *PLACES, PARAMS, embeddings=Path("embeddings"))
    rejected = tables.read(Path("labels/regions/rejected.parquet")).to_pylist()
    assert [row["item"] for row in rejected] == names[2:]
    with pytest.raises(RejectsError, match="1 no vector"):
        label.main("whole", *PLACES, {"scorer": "clip"}, embeddings=Path("embeddings"))


def test_without_a_folder_of_embeddings_it_says_what_it_needs(pool):
    pool(3)
    with pytest.raises(ParamsError, match="whole needs --embeddings"):
        label.main("whole", *PLACES, PARAMS)
