"""Every scorer there is, with what it needs to judge a pool of drawn pictures: small models, a
small WordNet, an evaluation set, recordings, the ledger of a run."""

import io
import re
import shutil
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image

from curate import embeddings, score
from curate.dataset import record, tables
from curate.scorer import PACKAGE
from curate.stage import plugin
from tests import _faces, _media

POOL = Path("pool")
READERS = frozenset({"text_area", "text_masked", "text_spotted"})  # 0.4 s a picture
Sections = dict[str, dict[str, Any]]
_PARSED = "align.scorers"  # those beside the parser
_WIDTH = 16  # of the vectors of the CLIP that tests use


def kinds() -> dict[str, str]:
    """Of each scorer's file its name, and the kind that a section asks for it by."""
    own = {name: name for name in plugin.names(PACKAGE)}
    return own | {name: f"{_PARSED}.{name}" for name in plugin.names(_PARSED)}


def pictures(count: int, drawn: Callable[..., bytes]) -> list[bytes]:
    """Shapes of many colours; some repeat another at another size, or its pixels in other bytes."""
    shapes = ("circle", "square", "triangle")
    made: list[bytes] = []
    for number in range(count):
        of, side = (number - 1, 80) if number % 10 == 8 else (number, 96)
        colour = (of * 53 % 256, of * 101 % 256, of * 199 % 256)
        data = drawn(shapes[of % 3], colour, side)
        if number % 10 == 5:
            out = io.BytesIO()
            Image.open(io.BytesIO(made[-1])).save(out, "PNG", compress_level=0)
            data = out.getvalue()
        made.append(data)
    return made


def lay(
    pictures: Sequence[bytes], write_set: Callable[..., pa.Table], tone: Callable[..., bytes]
) -> None:
    """Write the pool of some pictures, two captions each, of which some are spoken."""
    shutil.rmtree(POOL, ignore_errors=True)
    rows = [(pictures[number], *told) for number, told in _captions(len(pictures))]
    pairs = {row["uid"]: row for row in write_set(POOL, rows).to_pylist()}
    uids = _uids(pictures)
    spoken = [(pairs[uids[n]], tone(300 + n, encoding="wav")) for n in range(0, len(uids), 20)]
    _media.lay(POOL, spoken, [])


def _captions(count: int) -> list[tuple[int, tuple[str, str, str]]]:
    """Number of a picture, and language, caption and source of a pair."""
    told = []
    for number in range(count):
        source = ("web", "books")[number % 2]
        said = "a dog to the left of a cat" if number % 4 == 0 else "a drawn shape"
        told.append((number, ("en", f"{said} of colour {number}", source)))
        told.append((number, ("de", f"eine gemalte Form der Farbe {number % 40}", source)))
    return told


def _uids(pictures: Sequence[bytes]) -> list[str]:
    return [
        record.pair_uid(record.image_name(pictures[number]), lang, caption)
        for number, (lang, caption, _) in _captions(len(pictures))
    ]


def sections(pictures: Sequence[bytes], model: Path, words: Path) -> Sections:
    """A section for every scorer, in an order in which each finds what it needs.

    Args:
        pictures: all that the pool will ever have.
        model: folder of a small CLIP.
        words: folder of a small WordNet.
    """
    Path("eval").mkdir()
    Path("eval/one.png").write_bytes(pictures[3])
    Path("eval/captions.txt").write_text("a drawn shape of colour 1\n")
    classifier(Path("model.onnx"), 1.0)
    head(Path("head.safetensors"), 0)
    _faces.boxes_model(Path("faces.onnx"), 32)
    _target(Path("target"))
    _ledger(Path("ledger.parquet"), _uids(pictures))
    clip = {"model": f"local-dir:{model}", "batch": 8}
    sets = {"one": {"path": "eval", "embeddings": "target", "captions": "eval/captions.txt"}}
    of_words = {"wordnet": str(words)}
    regions = {"maker": {"kind": "grid", "cells": 2}, "rule": {"least": -1, "sure": 0}, "clear": 0}
    return {
        "clip": clip,
        "caption": {},
        "language": {},
        "concreteness": of_words,
        "image": {},
        "phash": {},
        "sound": {},
        "leakage": {"sets": sets},
        "leakage_caption": {"sets": sets},
        "text_area": {},
        "text_spotted": {},
        "text_masked": {"clip": clip},
        "loss": {"ledger": "ledger.parquet"},
        "safety": {"model": "model.onnx", "size": 8},
        "faces": {"model": "faces.onnx", "form": "boxes", "size": 32},
        "complexity": {"kind": f"{_PARSED}.complexity", **of_words},
        "places": {"kind": f"{_PARSED}.places", "model": clip["model"], **of_words, **regions},
        "clip_corrected": {"of": "clip", "batch": 32, "draws": 2},
        "prototype": {"of": "clip", "per_cluster": 20},
        "norm_sim": {"of": "clip", "target": "target"},
        "aesthetic": {"of": "clip", "weights": "head.safetensors"},
        "leakage_semantic": {"of": "clip", "sets": sets},
        "duplicates": {"of": "clip", "beside": "phash", "mirrored": 3, "cosine": 0.999},
    }


def run(folder: str, wanted: Sections, pool: Path = POOL) -> None:
    """Every scorer that is wanted, its table and its embeddings into a folder."""
    scores = Path(folder, "scores")
    for name, params in wanted.items():
        vectors = Path(folder, "embeddings", params.get("of", name))
        score.main(name, pool, scores / f"{name}.parquet", params, vectors, scores)


def some(wanted: Sections, names: Collection[str]) -> Sections:
    """The sections of some scorers, in order."""
    return {name: params for name, params in wanted.items() if name in names}


def counted(said: str) -> list[tuple[int, int]]:
    """What a run said on standard error: rows of each thing it computed, and those remembered."""
    found = re.findall(r": (\d+) [a-z ]+, (\d+) of them remembered", said)
    return [(int(rows), int(old)) for rows, old in found]


def contents(folder: str) -> dict[str, bytes]:
    """All files below a folder."""
    files = [path for path in Path(folder).rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def classifier(file: Path, factor: float) -> None:
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


def head(file: Path, seed: int) -> None:
    """A linear head on vectors."""
    from safetensors.numpy import save_file

    weight = np.random.default_rng(seed).normal(size=(1, _WIDTH)).astype(np.float32)
    save_file({"weight": weight, "bias": np.zeros(1, np.float32)}, file)


def _target(folder: Path) -> None:
    """The embeddings of an evaluation set, and of a target set."""
    random = np.random.default_rng(0)
    images = {f"target {n}": random.normal(size=_WIDTH) for n in range(5)}
    texts = embeddings.raw("texts", {"a target": random.normal(size=_WIDTH)})
    embeddings.write(embeddings.Embeddings(embeddings.raw("images", images), texts), folder)


def _ledger(file: Path, uids: Sequence[str]) -> None:
    """The losses of a run that saw each pair thrice and learnt all but each eighth."""
    random = np.random.default_rng(0)
    losses = random.normal(0.5, 0.1, (len(uids), 3)).clip(0.01)
    losses[::8] += 1
    steps = pa.array([[60, 70, 80]] * len(uids), pa.list_(pa.int32()))
    columns = {
        "uid": uids,
        "steps": steps,
        "matched": [[True] * 3] * len(uids),
        "itm_losses": pa.array(losses.tolist(), pa.list_(pa.float32())),
    }
    tables.write(pa.table(columns), file, "uid")
