"""Wrong captions planted among held-out pairs: how far below the true ones both scores rank them.

A filter network learns names of shapes and colours from drawings. Of the names that it never met,
each a colour and a shape that it knows from others, a fifth of the pairs is given the caption of
another one. AUC: the chance that a true pair has a higher score than a planted one.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from benchmarks._curate import mismatched
from curate import filter_network, score
from curate.dataset import record, tables
from tests import _filter_networks

COLOURS = ("red", "green", "blue", "orange", "black", "pink", "cyan", "brown", "yellow", "grey")
SHAPES = ("circle", "square", "triangle")
HELD_OUT = {(colour, SHAPES[place % 3]) for place, colour in enumerate(COLOURS)}
SIZES = range(60, 90, 6)  # pixels
WRONG = 5  # one in so many
LEAST = 0.95  # AUC
COLUMNS = {"clip": "similarity", "clip_corrected": "corrected"}
POOL, SPLIT = Path("data/pool"), Path("data/split.parquet")
MODEL = {"model": "local-dir:model", "weights": None}
PARAMS = _filter_networks.small("emoji", epochs=40, batch=16)


@pytest.fixture(scope="module")
def ranked(tmp_path_factory, drawn, write_set):
    """A folder; by each scorer, its score of every held-out pair; which of these are planted."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("mismatches")
        patch.chdir(folder)
        names = [(colour, shape) for colour in COLOURS for shape in SHAPES]
        pictures = {name: [drawn(name[1], name[0], size) for size in SIZES] for name in names}
        learnt(pictures, write_set)
        held = sorted(HELD_OUT)
        rows, planted = [], {}
        for place, name in enumerate(held):
            for number, data in enumerate(pictures[name]):
                wrong = (place + number) % WRONG == 0
                said = held[(place + 1 + number) % len(held)] if wrong else name
                rows.append((data, "en", caption(*said)))
                planted[record.pair_uid(record.image_name(data), "en", caption(*said))] = wrong
        write_set(Path("asked"), rows)
        return folder, scored(), planted


def caption(colour, shape):
    return f"a {colour} {shape}"


def learnt(pictures, write_set):
    """Train the network on the names that are not held out."""
    rows, splits = [], []
    for name, drawings in pictures.items():
        for data in drawings:
            rows.append((data, "en", caption(*name), "emoji"))
            split = "test" if name in HELD_OUT else "train"
            splits.append(
                {"image": record.image_name(data), "split": split, "group": " ".join(name)}
            )
    write_set(POOL, rows)
    table = pa.Table.from_pylist(splits, record.SPLITS)
    tables.write(table, SPLIT, "image", record.SPLITS)
    filter_network.main(POOL, SPLIT, Path("model"), PARAMS)


def scored():
    """Scores of the held-out pairs by each scorer: uid -> value."""
    pairs, vectors = Path("asked"), Path("embeddings")
    score.main("clip", pairs, Path("clip.parquet"), MODEL, vectors)
    params = {"of": "clip", "batch": 50}
    place = Path("clip_corrected.parquet")
    score.main("clip_corrected", pairs, place, params, vectors, section="score_embedded")
    return {name: values(name, column) for name, column in COLUMNS.items()}


def values(name, column):
    table = tables.read(Path(f"{name}.parquet"), ["uid", column])
    return dict(zip(*table.to_pydict().values(), strict=True))


@pytest.mark.parametrize("scorer", COLUMNS)
def test_planted_captions_rank_below_true_ones(ranked, scorer):
    _, scores, planted = ranked
    found = np.array([scores[scorer][uid] for uid in planted])
    wrong = np.array(list(planted.values()))
    true, false = found[~wrong, None], found[wrong]
    assert len(false) == len(found) / WRONG == 10
    assert (true > false).mean() + (true == false).mean() / 2 >= LEAST


def test_the_benchmark_finds_as_much_by_planting_its_own(ranked, monkeypatch):
    folder, *_ = ranked
    monkeypatch.chdir(folder)
    vectors = Path("data/embeddings/clip")
    score.main("clip", POOL, Path("data/scores/clip.parquet"), MODEL, vectors)
    figures = mismatched.measure(1).ratios
    assert list(figures) == ["mismatched_auc", "mismatched_auc_corrected"]
    assert min(figure["median"] for figure in figures.values()) >= LEAST
