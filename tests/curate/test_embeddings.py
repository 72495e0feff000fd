from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate import embeddings, score, scoring
from curate.dataset import sets
from curate.dataset.errors import DataError, ParamsError

IMAGES = {"b": np.array([3.0, 4.0]), "a": np.array([0.0, 2.0])}
TEXTS = {"up": np.array([0.0, 5.0]), "right": np.array([1.0, 0.0])}


def made(images=IMAGES, texts=TEXTS):
    return embeddings.Embeddings(embeddings.raw("images", images), embeddings.raw("texts", texts))


def test_vectors_come_back_of_length_1_in_half_precision(tmp_path):
    embeddings.write(made(), tmp_path)
    found = embeddings.read(tmp_path)
    assert found.images.column("image").to_pylist() == ["a", "b"]
    assert found.images.schema.field("vector").type == pa.list_(pa.float16(), 2)
    assert embeddings.matrix(found.images) == pytest.approx(
        np.array([[0, 1], [0.6, 0.8]]), abs=5e-4
    )
    assert pq.read_schema(tmp_path / "texts.parquet").metadata[b"dimension"] == b"2"


def test_the_order_of_vectors_changes_no_byte(tmp_path):
    embeddings.write(made(), tmp_path / "one")
    embeddings.write(made(dict(reversed(IMAGES.items()))), tmp_path / "two")
    files = [(tmp_path / folder / "images.parquet").read_bytes() for folder in ("one", "two")]
    assert files[0] == files[1]


def test_vectors_stand_beside_their_pairs():
    pairs = pa.table({"image": ["b", "none", "a"], "caption": ["up", "up", "right"]})
    there, pictures, captions = made().beside(pairs)
    assert there.tolist() == [True, False, True]
    assert pictures[:] == pytest.approx(np.array([[0.6, 0.8], [0, 1]]))
    assert captions[:] == pytest.approx(np.array([[0, 1], [1, 0]]))


def test_a_scorer_without_embeddings_has_no_tables(tmp_path):
    with pytest.raises(DataError, match="no table at"):
        embeddings.read(tmp_path)


def test_every_picture_and_caption_is_encoded_once_and_kept(
    project, drawn, write_set, tiny_clip, workers, monkeypatch, capsys
):
    monkeypatch.setattr(scoring, "GROUP", 3)  # so that pairs of one caption fall in many groups
    rows = [(drawn("circle", c), "en", t) for c in ("red", "navy") for t in ("round", "disc")]
    write_set(Path("pool"), [*rows, (drawn("square", "teal"), "en", "round")])
    params = {"model": f"local-dir:{tiny_clip()}"}
    score.main("clip", Path("pool"), Path("clip.parquet"), params, Path("vectors"))
    said = capsys.readouterr().err
    assert "embed images clip: 3 rows" in said
    assert "embed texts clip: 2 rows" in said
    found = embeddings.read(Path("vectors"))
    assert (found.images.num_rows, found.texts.num_rows) == (3, 2)
    pairs = sets.located([Path("pool")])
    _, pictures, captions = found.beside(pairs)
    close = pq.read_table("clip.parquet").column("similarity").to_numpy()
    assert (pictures[:] * captions[:]).sum(1) == pytest.approx(close, abs=2e-3)
    first = Path("vectors/images.parquet").read_bytes()
    score.main("clip", Path("pool"), Path("clip.parquet"), params, Path("vectors"))
    assert Path("vectors/images.parquet").read_bytes() == first


def test_a_scorer_judges_by_the_embeddings_of_another(project, drawn, write_set):
    pairs = write_set(Path("pool"), [(drawn("circle", c), "en", c) for c in ("red", "navy")])
    images = pairs.column("image").to_pylist()
    texts = raw_texts(pairs)
    found = dict(zip(images, np.eye(2), strict=True))
    embeddings.write(made(found, texts), Path("vectors"))
    args = ("clip_corrected", Path("pool"), Path("out.parquet"), {"of": "clip", "reads": "pool"})
    score.main(*args, Path("vectors"))
    assert pq.read_table("out.parquet").column("corrected").to_pylist() == [0, 0]
    with pytest.raises(ParamsError, match="--embeddings"):
        score.main(*args)
    with pytest.raises(DataError, match="no table at none"):
        score.main(*args, Path("none"))


def raw_texts(pairs):
    return dict(zip(pairs.column("caption").to_pylist(), np.eye(2), strict=True))


def test_vectors_of_any_chunk_and_precision_are_given_at_length_1():
    random = np.random.default_rng(0)
    rows = random.normal(size=(7, 3)).astype(np.float16)
    parts = [pa.array(part.tolist(), pa.list_(pa.float16(), 3)) for part in (rows[:2], rows[2:])]
    vectors = embeddings.Vectors(pa.chunked_array([parts[0], parts[0][:0], parts[1]]))
    exact = embeddings.unit(rows.astype(float))
    assert vectors.shape == (7, 3)
    assert np.array_equal(vectors[:], exact)
    some = np.array([6, 0, 3, 0])
    assert np.array_equal(vectors[some], exact[some])
    assert np.array_equal(vectors[1:4], exact[1:4])


def test_distinct_vectors_are_the_first_of_each():
    vectors = np.array([[1, 0], [0, 1], [1, 0], [0.6, 0.8], [0, 1]], np.float32)
    some, which = embeddings.distinct(vectors)
    assert some.tolist() == [[1, 0], [0, 1], pytest.approx([0.6, 0.8])]
    assert which.tolist() == [0, 1, 0, 2, 1]
