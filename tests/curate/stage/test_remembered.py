"""A pool that grows: every scorer and the rules, from memory, against a run from nothing."""

import json
import re
import shutil
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from curate import embeddings, score
from curate import filter as deciding
from curate.dataset.memory import Memory
from curate.stage import cluster, remembered

COUNT, MORE = 100, 101  # pictures before and after
MEMORY = Path(".pairwright/memory")
RULES = {
    "best": {"column": "clip.similarity", "top_share": 0.7},
    "each": {"column": "image.entropy", "top_share": 0.9, "per": "pairs.source"},
    "leaks": {"exclude_leaks": ["exact", "near"]},
    "alike": {"near_duplicates": 3, "colours": 4.0},
    "some": {"cap": {"by": "language.lang_detected", "at_most": 30, "order": ["caption.words"]}},
}


def classifier(file, factor):
    """A model whose score is a picture's mean times a factor."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    numbers = {"axes": np.array([1, 2, 3], np.int64), "factor": np.array([factor], np.float32)}
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["pixels", "axes"], ["mean"], keepdims=0),
            helper.make_node("Mul", ["mean", "factor"], ["score"]),
        ],
        "mean",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, [1])],
        [numpy_helper.from_array(values, name) for name, values in numbers.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(made, file)


@pytest.fixture(scope="module")
def pictures(drawn):
    """Shapes of many colours; some repeat another at another size."""
    shapes = ("circle", "square", "triangle")
    made = []
    for number in range(MORE):
        colour = (number * 53 % 256, number * 101 % 256, number * 199 % 256)
        made.append(drawn(shapes[number % 3], colour, 96 if number % 10 else 80))
    return made


@pytest.fixture
def grow(project, pictures, write_set):
    """Writes the pool of the first so many pictures, two captions each."""

    def write(count):
        shutil.rmtree("pool", ignore_errors=True)
        rows = []
        for number, data in enumerate(pictures[:count]):
            source = ("web", "books")[number % 2]
            rows.append((data, "en", f"a drawn shape of colour {number}", source))
            rows.append((data, "de", f"eine gemalte Form der Farbe {number % 40}", source))
        write_set(Path("pool"), rows)

    write(COUNT)
    return write


@pytest.fixture
def sections(grow, pictures, tiny_clip):
    """Parameters of every scorer, in an order in which each finds what it needs."""
    Path("eval").mkdir()
    Path("eval/one.png").write_bytes(pictures[3])
    classifier("model.onnx", 1.0)
    random = np.random.default_rng(0)
    target = {f"target {n}": random.normal(size=16) for n in range(5)}
    some = embeddings.raw("texts", {"a target": random.normal(size=16)})
    found = embeddings.Embeddings(embeddings.raw("images", target), some)
    embeddings.write(found, Path("target"))
    return {
        "clip": {"model": f"local-dir:{tiny_clip()}", "batch": 8},
        "caption": {},
        "language": {},
        "image": {},
        "phash": {},
        "leakage": {"sets": {"one": "eval"}},
        "safety": {"model": "model.onnx", "size": 8},
        "clip_corrected": {"of": "clip", "batch": 32, "draws": 2},
        "norm_sim": {"of": "clip", "target": "target"},
    }


@pytest.fixture
def said(capsys):
    """Runs every scorer and the rules into a folder; says how many rows each remembered."""

    def run(folder, sections):
        remembered = {}
        for name, params in sections.items():
            vectors = Path(folder, "embeddings", params.get("of", name))
            score.main(name, Path("pool"), Path(folder, f"scores/{name}.parquet"), params, vectors)
            counts = re.findall(
                r"(\d+) (?:rows|vectors), (\d+) of them remembered", capsys.readouterr().err
            )
            remembered[name] = [(int(rows), int(old)) for rows, old in counts]
        params = deciding.FilterParams(rules=RULES)
        out = Path(folder, "decisions.parquet")
        figures = deciding.main(Path("pool"), Path(folder, "scores"), out, params)
        Path(folder, "figures.json").write_text(json.dumps(figures))
        return remembered

    return run


def contents(folder):
    files = {path.relative_to(folder): path for path in Path(folder).rglob("*") if path.is_file()}
    return {str(name): path.read_bytes() for name, path in files.items()}


def test_one_percent_more_from_memory_has_the_bytes_of_a_run_from_nothing(
    grow, sections, said, cluster_address, monkeypatch
):
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", cluster_address)
    first = said("first", sections)
    assert all(old == 0 for counts in first.values() for _, old in counts)
    grow(MORE)
    with monkeypatch.context() as alone:
        alone.delenv("DASK_SCHEDULER_ADDRESS")
        alone.setattr(cluster, "map_shards", none)  # so little is done in the process itself
        grown = said("grown", sections)
    for name in ("image", "phash", "leakage", "safety", "norm_sim"):
        assert grown[name] == [(MORE, COUNT)]
    assert grown["caption"] == grown["language"] == [(2 * MORE, 2 * COUNT)]
    # of captions only 40 + 100 differ
    assert grown["clip"] == [(MORE, COUNT), (40 + MORE, 40 + COUNT)]
    shutil.rmtree(MEMORY)
    said("full", sections)
    assert contents("grown") == contents("full")
    assert contents("grown") != contents("first")
    decided = json.loads(Path("full/figures.json").read_text())["rules"]
    assert all(rule["failed"] for rule in decided.values())


def none(function, items, *args, **more):
    assert not items, f"{more['label']}: a cluster was asked for"
    return []


@pytest.mark.parametrize(
    "change",
    [
        {"image": {"longest_side": 32}},
        {"language": {"tolerance": 1.0}},
        {"leakage": {"sets": {"one": "eval"}, "distance": 2}},
        {"safety": {"model": "model.onnx", "size": 8, "softmax": True}},
        {"clip": {"batch": 4}},
        {"norm_sim": {"p": "2"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_parameter_recomputes_its_scorer_alone(sections, said, change):
    said("before", sections)
    (changed,) = change
    again = said("after", sections | {changed: sections[changed] | change[changed]})
    for name, counts in again.items():
        assert all(old == (0 if name == changed else rows) for rows, old in counts), name


def test_changed_weights_recompute_their_scorer_alone(sections, said, tiny_clip, pictures):
    said("before", sections)
    Path("eval/two.png").write_bytes(pictures[7])
    classifier("model.onnx", 2.0)
    sections["clip"]["model"] = f"local-dir:{tiny_clip(1)}"
    again = said("after", sections)
    weighted = ("clip", "leakage", "safety", "norm_sim")  # it judges the vectors of clip
    for name, counts in again.items():
        assert all(old == (0 if name in weighted else rows) for rows, old in counts), name


SEEN = pa.schema([pa.field("uid", pa.string(), nullable=False), pa.field("x", pa.int32())])


def slow_to_start(rows, started):
    """Loads for half a second when it is first called, and does little for each row."""
    until = time.process_time() + (0 if started else 0.5)
    while time.process_time() < until:
        pass
    started.append(True)
    return pa.table({"uid": rows.column("uid"), "x": [1] * len(rows)})


def slow_for_each(rows, started):
    until = time.process_time() + 0.01 * len(rows)
    while time.process_time() < until:
        pass
    return pa.table({"uid": rows.column("uid"), "x": [1] * len(rows)})


@pytest.mark.parametrize(("function", "sent"), [(slow_to_start, 0), (slow_for_each, 964)])
def test_processes_are_started_for_rows_that_take_long_not_for_what_loads_long(
    project, monkeypatch, function, sent
):
    rows = pa.table({"uid": [f"{n:04}" for n in range(1000)]})
    asked = []

    def noted(function, items, *args, **more):
        asked.extend(item.num_rows for item in items)
        return []

    monkeypatch.setattr(cluster, "map_shards", noted)
    memory = Memory("mine", "print", "uid", SEEN)
    found = remembered.fill(memory, rows, function, [], group=512, label="mine")
    assert (sum(asked), found.num_rows) == (sent, 1000 - sent)
