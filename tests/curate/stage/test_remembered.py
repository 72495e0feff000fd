"""A pool that grows: every scorer and the rules, from memory, against a run from nothing."""

import json
import shutil
import time
from pathlib import Path

import pyarrow as pa
import pytest

from curate import filter as deciding
from curate.dataset.memory import Memory
from curate.stage import cluster, remembered
from tests import _faces, _scorers

COUNT, MORE = 100, 101  # pictures before and after
FEW = 10  # pictures, of which one more is 10%
MEMORY = Path(".pairwright/memory")
BY_POOL = {"clip_corrected", "duplicates", "prototype"}  # by the pool as a whole, anew each time
RULES = {
    "best": {"column": "clip.similarity", "top_share": 0.7},
    "each": {"column": "image.entropy", "top_share": 0.9, "per": "pairs.source"},
    "leaks": {"exclude_leaks": ["exact", "near"]},
    "alike": {"near_duplicates": 3, "colours": 4.0},
    "some": {"cap": {"by": "language.lang_detected", "at_most": 30, "order": ["caption.words"]}},
}
CHANGES = {  # a parameter of each scorer that has one
    "aesthetic": {"activation": "relu"},
    "clip": {"batch": 4},
    "clip_corrected": {"temperature": 0.1},
    "concreteness": {"wordnet": "words"},
    "complexity": {"wordnet": "words"},
    "duplicates": {"distance": 2},
    "faces": {"confidence": 0.9},
    "image": {"longest_side": 32},
    "language": {"tolerance": 1.0},
    "leakage": {"distance": 2},
    "leakage_caption": {"similarity": 0.9},
    "leakage_semantic": {"cosine": 0.9},
    "loss": {"after": 0.9},
    "norm_sim": {"p": "2"},
    "places": {"clear": 0.2},
    "prototype": {"seed": 1},
    "safety": {"softmax": True},
    "sound": {"floor": -40},
    "text_area": {"confidence": 0.7},
    "text_masked": {"confidence": 0.7},
    "text_spotted": {"confidence": 0.7},
}


@pytest.fixture(scope="module")
def pictures(drawn):
    return _scorers.pictures(MORE, drawn)


@pytest.fixture
def grow(project, pictures, write_set, tone):
    """Writes the pool of the first so many pictures."""

    def write(count):
        _scorers.lay(pictures[:count], write_set, tone)

    return write


@pytest.fixture
def sections(project, pictures, tiny_clip, database_folder):
    return _scorers.sections(pictures, tiny_clip(), database_folder)


@pytest.fixture
def said(capsys):
    """Runs scorers into a folder, one by one; says how many rows each remembered."""

    def run(folder, sections):
        remembered = {}
        for name in sections:
            _scorers.run(folder, {name: sections[name]})
            remembered[name] = _scorers.counted(capsys.readouterr().err)
        return remembered

    return run


def decide(folder):
    params = deciding.FilterParams(rules=RULES)
    out = Path(folder, "decisions.parquet")
    figures = deciding.main(_scorers.POOL, Path(folder, "scores"), out, params)
    Path(folder, "figures.json").write_text(json.dumps(figures))


def test_every_scorer_is_among_those_that_are_asked(sections):
    kinds = {name: params.get("kind", name) for name, params in sections.items()}
    assert kinds == _scorers.kinds()
    assert CHANGES.keys() | {"caption", "phash"} == kinds.keys()  # these two have none


def test_one_percent_more_from_memory_has_the_bytes_of_a_run_from_nothing(
    grow, sections, said, cluster_address, monkeypatch
):
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", cluster_address)
    asked = _scorers.some(sections, sections.keys() - _scorers.READERS)
    grow(COUNT)
    first = said("first", asked)
    decide("first")
    assert all(old == 0 for counts in first.values() for _, old in counts)
    grow(MORE)
    with monkeypatch.context() as alone:
        alone.delenv("DASK_SCHEDULER_ADDRESS")
        alone.setattr(cluster, "map_shards", none)  # so little is done in the process itself
        grown = said("grown", asked)
    decide("grown")
    of_images = [(MORE, COUNT)]
    of_vectors = [(MORE - 10, COUNT - 10)]  # so many pictures have the pixels of another
    of_pairs = [(2 * MORE, 2 * COUNT)]
    assert grown == {
        **{"clip_corrected": [], "prototype": []},
        **dict.fromkeys(("image", "phash", "leakage", "safety", "faces"), of_images),
        **dict.fromkeys(("aesthetic", "leakage_semantic", "norm_sim"), of_vectors),
        **dict.fromkeys(("caption", "language", "concreteness", "loss"), of_pairs),
        **dict.fromkeys(("leakage_caption", "complexity", "places"), of_pairs),
        "clip": [(MORE, COUNT), (40 + MORE, 40 + COUNT)],  # of captions so many differ
        "sound": [(11, 10)],
        "duplicates": [(20, 20)],  # pictures that are decoded once more
    }
    shutil.rmtree(MEMORY)
    said("full", asked)
    decide("full")
    assert _scorers.contents("grown") == _scorers.contents("full")
    assert _scorers.contents("grown") != _scorers.contents("first")
    decided = json.loads(Path("full/figures.json").read_text())["rules"]
    assert all(rule["failed"] for rule in decided.values())


def none(function, items, *args, **more):
    assert not items, f"{more['label']}: a cluster was asked for"
    return []


def test_one_picture_more_is_all_that_is_read_of_a_pool_whose_text_is_known(grow, sections, said):
    asked = _scorers.some(sections, _scorers.READERS)
    grow(FEW)
    said("first", asked)
    grow(FEW + 1)
    assert said("grown", asked) == {
        "text_area": [(FEW + 1, FEW)],
        "text_spotted": [(2 * FEW + 2, 2 * FEW)],
        "text_masked": [(FEW + 1, FEW), (2 * FEW + 2, 2 * FEW)],
    }
    shutil.rmtree(MEMORY)
    said("full", asked)
    assert _scorers.contents("grown") == _scorers.contents("full")


@pytest.fixture(scope="module")
def begun(tmp_path_factory, pictures, write_set, tone, tiny_clip, database_folder):
    """A folder in which every scorer has run over a few pictures, and its sections."""
    folder = tmp_path_factory.mktemp("begun")
    with pytest.MonkeyPatch.context() as here:
        here.chdir(folder)
        _scorers.lay(pictures[:FEW], write_set, tone)
        sections = _scorers.sections(pictures, tiny_clip(), database_folder)
        _scorers.run("before", sections)
        shutil.copytree(database_folder, "words")
    return folder, sections


@pytest.fixture
def known(begun, project):
    """The sections of those scorers, in a copy of their folder that is the working directory."""
    shutil.copytree(begun[0], project, dirs_exist_ok=True)
    return dict(begun[1])


def recomputed(counts):
    """The scorers that did not remember all that they looked at."""
    return {name for name, its in counts.items() if any(old < rows for rows, old in its)}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_parameter_recomputes_its_scorer_alone(known, said, name):
    again = said("after", known | {name: known[name] | CHANGES[name]})
    assert recomputed(again) == {name} - BY_POOL
    assert name in BY_POOL or all(old == 0 for _, old in again[name])


def test_changed_weights_recompute_their_scorers_alone(known, said, tiny_clip, pictures):
    Path("eval/two.png").write_bytes(pictures[7])
    _scorers.classifier(Path("model.onnx"), 2.0)
    _faces.boxes_model(Path("faces.onnx"), 32, 0.5)
    _scorers.head(Path("head.safetensors"), 1)
    known["clip"] = known["clip"] | {"model": f"local-dir:{tiny_clip(1)}"}
    of_clip = {"clip", "norm_sim", "aesthetic", "leakage_semantic"}  # judge the vectors of clip
    assert recomputed(said("after", known)) == of_clip | {"leakage", "safety", "faces"}


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
