import dataclasses
import json

import open_clip
import pyarrow as pa
import pytest

from curate import filter_network
from curate.dataset import record, tables
from curate.dataset.errors import EmptySetError
from tests import _filter_networks

COLOURS = {
    "red": "rotes",
    "green": "grünes",
    "blue": "blaues",
    "orange": "oranges",
    "black": "schwarzes",
    "pink": "rosa",
    "cyan": "türkises",
}
SHAPES = {"circle": "Kreisbild", "square": "Quadrat", "triangle": "Dreieck"}
HELD_OUT = {("red", "circle"), ("green", "square"), ("blue", "triangle"), ("orange", "circle")}
SIZES = (60, 72, 84)  # pixels
PARAMS = _filter_networks.small("drawn", epochs=100, batch=8)


@pytest.fixture
def pool(project, drawn, write_set):
    """21 coloured shapes in three sizes, four of them held out; and their split."""

    def write(name="pool", words=lambda colour, shape: f"a {colour} {shape}"):
        rows, splits = [], {}
        for colour, german in COLOURS.items():
            for shape, form in SHAPES.items():
                for size in SIZES:
                    data = drawn(shape, colour, size)
                    rows.append((data, "en", words(colour, shape)))
                    rows.append((data, "en-GB", f"{words(colour, shape)}, drawn"))
                    rows.append((data, "de", f"ein {german} {form}"))
                    part = "test" if (colour, shape) in HELD_OUT else "train"
                    splits[record.image_name(data)] = (part, f"{colour} {shape}")
        write_set(project / name, [*rows, (drawn("circle", "brown", 60), "en", "x", "other")])
        table = [{"image": i, "split": s, "group": g} for i, (s, g) in splits.items()]
        file = project / f"{name}.split.parquet"
        tables.write(pa.Table.from_pylist(table, record.SPLITS), file, "image", record.SPLITS)
        return project / name, file

    return write


def short(epochs=1):
    return dataclasses.replace(PARAMS, training=dataclasses.replace(PARAMS.training, epochs=epochs))


def files(folder):
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_it_finds_pictures_of_held_out_names_better_than_chance(project, pool):
    figures = filter_network.main(*pool(), project / "model", PARAMS)
    assert (figures["images"], figures["groups"]) == (51, 17)
    for lang in ("en", "de"):
        found = figures["retrieval"][lang]
        assert found["candidates"] == len(HELD_OUT)  # one picture of each group
        for direction in ("text_to_image", "image_to_text"):
            assert found[direction]["recall_at_1"]["times_chance"] >= 2
    json.dumps(figures)


def test_pictures_of_one_name_are_one_candidate(project, pool):
    def words(colour, shape):
        return f"a {shape}" if (colour, shape) in HELD_OUT else f"a {colour} {shape}"

    figures = filter_network.main(*pool(words=words), project / "model", short())
    assert figures["retrieval"]["en"]["candidates"] == len({shape for _, shape in HELD_OUT})
    assert figures["retrieval"]["de"]["candidates"] == len(HELD_OUT)


def test_the_result_loads_in_open_clip(project, pool):
    filter_network.main(*pool(), project / "model", short())
    name = f"local-dir:{project / 'model'}"
    model, preprocess = open_clip.create_model_from_pretrained(name)
    tokens = open_clip.get_tokenizer(name)(["a red circle"])
    assert model.encode_text(tokens).shape == (1, 32)
    assert callable(preprocess)


def test_the_same_pool_gives_the_same_bytes(project, pool):
    place = pool()
    for folder in ("one", "two"):
        filter_network.main(*place, project / folder, short())
    assert files(project / "one") == files(project / "two")


def test_held_out_names_leave_no_trace(project, pool):
    def others(colour, shape):
        return "hidden words" if (colour, shape) in HELD_OUT else f"a {colour} {shape}"

    filter_network.main(*pool(), project / "one", short())
    filter_network.main(*pool("changed", others), project / "two", short())
    assert files(project / "one") == files(project / "two")


def test_a_pool_without_trusted_sources_is_answered_with_those_it_has(project, pool):
    params = dataclasses.replace(PARAMS, sources=("nowhere",))
    with pytest.raises(EmptySetError, match=r"nowhere .*it has drawn, other"):
        filter_network.main(*pool(), project / "model", params)


def test_a_split_of_another_pool_is_refused(project, pool):
    place, split = pool()
    rows = tables.read(split)
    tables.write(rows.slice(1), split, "image", record.SPLITS)
    with pytest.raises(EmptySetError, match="says nothing of 1 images"):
        filter_network.main(place, split, project / "model", PARAMS)


def test_a_split_that_trains_on_nothing_is_refused(project, pool):
    place, split = pool()
    rows = tables.read(split).to_pylist()
    held = [{**row, "split": "test"} for row in rows]
    tables.write(pa.Table.from_pylist(held, record.SPLITS), split, "image", record.SPLITS)
    with pytest.raises(EmptySetError, match="is in train"):
        filter_network.main(place, split, project / "model", PARAMS)
