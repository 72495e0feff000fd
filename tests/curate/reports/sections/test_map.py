from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from curate import embeddings
from curate.reports.inputs import Inputs, NotRun, Paths
from curate.reports.sections import map as section
from curate.reports.thumbnails import Thumbnails

OF = Path("data/embeddings/clip")


def look(points=100, pictures=3, of=OF):
    paths = Paths(Path("data/pool"), Path("data/decisions"), embeddings=of)
    params = SimpleNamespace(map_of="clip", map_points=points, map_pictures=pictures)
    with Thumbnails(96, 65) as thumbnails:
        return section.section(Inputs(paths, Path("reports/index.html")), thumbnails, params)


@pytest.fixture
def mapped(drawn_project):
    """A drawn project whose pictures have embeddings, but for the green one."""
    images = sorted({row["image"] for row in drawn_project.pairs})
    images.remove(drawn_project.circles["green"]["image"])
    drawn = np.random.default_rng(0).normal(size=(len(images), 8))
    vectors = embeddings.raw("images", dict(zip(images, drawn, strict=True)))
    texts = embeddings.raw("texts", {"a red circle": drawn[0]})
    embeddings.write(embeddings.Embeddings(vectors, texts), OF)
    return drawn_project


def test_each_picture_with_an_embedding_has_one_mark(mapped):
    found = look()
    assert (found["images"], found["shown"]) == (6, 6)
    marks = [*found["pictures"], *found["marks"]]
    assert len({(mark["x"], mark["y"]) for mark in marks}) == 6
    assert sorted(mark["verdict"] for mark in marks) == ["dropped"] + ["kept"] * 5
    assert found["sources"] == [{"name": "drawn", "shape": "circle", "images": 6, "kept": 5}]


def test_some_marks_show_their_picture(mapped):
    found = look(pictures=2)
    assert len(found["pictures"]) == 2
    assert len(found["marks"]) == 4
    for picture in found["pictures"]:
        assert picture["src"].startswith("data:image/webp")
        assert picture["caption"].endswith("circle")
        assert max(picture["width"], picture["height"]) == 96


def test_so_many_pictures_are_mapped_as_were_asked_for_and_always_the_same(mapped):
    found = look(points=5, pictures=5)
    assert found["shown"] == 5
    assert look(points=5, pictures=5) == found


def test_without_embeddings_it_says_what_to_run(mapped):
    with pytest.raises(NotRun, match="score@clip"):
        look(of=Path("nowhere"))
    (OF / "images.parquet").unlink()
    with pytest.raises(NotRun, match="no table at"):
        look()
