import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate import embeddings, scorer, scoring
from curate.dataset.errors import DataError, ParamsError
from curate.scorers import leakage_semantic
from curate.stage.params import build

COUNT, WIDTH = 200, 32


def vectors(seed, count=COUNT, width=WIDTH):
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)


def turned(rows, cosine):
    """Vectors of just that cosine with some rows."""
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    other = vectors(99, *rows.shape)
    other -= (other * rows).sum(axis=1, keepdims=True) * rows
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    return cosine * rows + np.sqrt(1 - cosine**2) * other


def table(found):
    return pa.table({"item": [f"e{n}" for n in range(len(found))], "vector": found.tolist()})


@pytest.fixture
def leaks(project):
    def call(pool, **sets):
        names = [f"p{n:03d}" for n in range(len(pool))]
        found = embeddings.raw("images", dict(zip(names, pool, strict=True)))
        one = embeddings.raw("texts", {"x": np.ones(2)})
        embeddings.write(embeddings.Embeddings(found, one), Path("vectors"))
        columns = ("uid", "image", "set", "shard", "offset")
        pairs = pa.table({column: [*names, "without"] for column in columns})
        asked = scorer.asked("here.leakage_semantic", sets)
        scored = scoring.table_of(asked, scoring.Pool(pairs, Path("vectors")))
        assert scored.schema == leakage_semantic.SCHEMA
        return scored.sort_by("image").to_pylist()

    return call


def test_what_points_the_same_way_is_found_and_nothing_else(leaks):
    held = vectors(0)
    pq.write_table(table(held), "held.parquet")
    pool = np.concatenate([turned(held, 0.97), turned(held, 0.93), vectors(1)])
    rows = leaks(pool, sets={"coco": {"embeddings": "held.parquet"}}, cosine=0.95)
    assert all(row["semantic"] for row in rows[:COUNT])  # recall 1
    assert not any(row["semantic"] for row in rows[COUNT:-1])  # precision 1
    assert [row["item"] for row in rows[:COUNT]] == [f"e{n}" for n in range(COUNT)]
    assert (rows[0]["of"], rows[0]["kind"]) == ("coco", "semantic")
    assert rows[0]["distance"] == pytest.approx(0.03, abs=1e-3)
    assert rows[COUNT]["cosine"] == pytest.approx(0.93, abs=1e-3)  # said, though it is no leak
    assert rows[-1]["semantic"] is None  # it has no vector


def test_the_folder_of_the_scorer_clip_is_read_as_it_is(leaks):
    held = dict(zip("ab", vectors(0, 2), strict=True))
    embeddings.write(
        embeddings.Embeddings(embeddings.raw("images", held), embeddings.raw("texts", held)),
        Path("held"),
    )
    rows = leaks(vectors(0, 2), sets={"coco": {"embeddings": "held"}})
    assert [row["item"] for row in rows] == ["a", "b", None]


def test_pictures_of_a_set_are_embedded_by_the_clip_that_is_named(leaks, tiny_clip, drawn):
    from curate.scorers import clip

    Path("held").mkdir()
    for colour in ("red", "blue"):
        Path("held", f"{colour}.png").write_bytes(drawn("circle", colour, 64))
    model = {"model": f"local-dir:{tiny_clip()}", "batch": 4}
    encode = clip.encoders(build(clip.Params, model, "clip"))[0]
    shown = leakage_semantic._pictures(Path("held"), "held")
    pool = list(encode(shown).values())
    rows = leaks(pool, sets={"coco": "held"}, clip=model)
    assert [row["item"] for row in rows] == ["blue.png", "red.png", None]
    assert rows[0]["cosine"] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        ({}, "names no evaluation set"),
        ({"a": "held"}, r"no evaluation set \(a\) has embeddings"),
        ({"a": {"embeddings": "gone"}}, r"evaluation set a, gone: no such .*sets\.a\.embeddings"),
        ({"a": {"embeddings": "wide.parquet"}}, "have 32 numbers, those of the evaluation sets 7"),
        ({"a": {"embeddings": "odd.parquet"}}, "has no column vector; it has name"),
        ({"a": {"embeddings": "held"}}, "held has no images.parquet"),
    ],
)
def test_sets_without_fitting_vectors_are_errors_that_name_them(leaks, sets, message):
    Path("held").mkdir()
    pq.write_table(table(vectors(0, 3, 7)), "wide.parquet")
    pq.write_table(pa.table({"name": ["x"]}), "odd.parquet")
    with pytest.raises(DataError, match=message):
        leaks(vectors(0, 3), sets=sets)


def test_a_picture_is_judged_anew_only_where_it_or_a_set_is_another(leaks, capsys):
    def told(pool):
        rows = leaks(pool, sets={"coco": {"embeddings": "held.parquet"}})
        return rows, re.search(r"(\d+) of them remembered", capsys.readouterr().err).group(1)

    held, pool = vectors(0), np.concatenate([turned(vectors(0), 0.96), vectors(1)])
    pq.write_table(table(held), "held.parquet")
    alone, remembered = told(pool[:-5])
    assert remembered == "0"
    grown, remembered = told(pool)
    assert remembered == str(len(pool) - 5)
    assert grown[: len(alone) - 1] == alone[:-1]
    pq.write_table(table(held[:9]), "held.parquet")
    fewer, remembered = told(pool)
    assert remembered == "0"
    assert sum(row["semantic"] or False for row in fewer) == 9


def test_of_sets_that_hold_the_same_picture_the_first_is_named(leaks):
    for name in "ba":
        pq.write_table(table(vectors(0)), f"{name}.parquet")
    sets = {name: {"embeddings": f"{name}.parquet"} for name in "ba"}
    rows = leaks(turned(vectors(0), 0.99), sets=sets)
    assert {row["of"] for row in rows[:-1]} == {"a"}


def test_an_unknown_part_of_a_set_is_an_error():
    with pytest.raises(ParamsError, match="vectors"):
        build(leakage_semantic.Params, {"sets": {"a": {"vectors": "x"}}}, "here")
