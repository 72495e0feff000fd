"""A small snapshot of drawn shapes with its region labels, and the model that saw them first."""

import functools
import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pytest
import torch

from align import label
from align.labelers import Context, regions
from curate.contrastive import network, vocabulary
from curate.contrastive.recipe import Network
from curate.dataset import labels, record, shards, tables
from curate.stage.params import build
from tests._clips import WAYS, moved, way_of
from tests._media import lay
from tests._speech import utter
from tests._tasks import OFFICIAL, write_easy_vqa
from train import corpus, index, initial, task_set, text
from train.model import Model
from train.models import imagebert
from train.params import PretrainParams
from train.plan import Sizes
from train.search import opened
from train.search.searcher import Searcher

COLOURS = {"red": "roter", "green": "grüner", "blue": "blauer", "black": "schwarzer"}
SHAPES = {"circle": "Kreis", "square": "Würfel", "triangle": "Keil"}
SIZES = {"tiny": 40, "small": 56, "large": 80, "huge": 100}  # pixels


LOOK = {  # 4 regions of a picture, of 8 classes at most
    "size": 64,
    "look": "map",
    "maker": {"kind": "grid", "cells": 2},
    "classes_of": "codebook",
    "codebook": {"classes": 8},
}


class Project(NamedTuple):
    snapshot: Path
    labels: Path
    network: Path
    split: Path


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory, drawn: Callable[..., bytes]) -> Project:
    """48 pictures with an English and a German caption each, labelled by a real labeler."""
    root = tmp_path_factory.mktemp("small")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        pairs = _write(root, drawn)
        captions = pairs.column("caption").to_pylist()
        tokenizer = vocabulary.learn(captions, 400)
        recipe = Network(
            tower="test_resnet",
            size=32,
            embedding=16,
            width=32,
            layers=1,
            context=12,
            vocabulary=400,
        )
        config = network.config(recipe, tokenizer.get_vocab_size())
        torch.manual_seed(0)
        network.save(root / "network", network.build(config).eval(), config, tokenizer)
        values = {"model": f"local-dir:{root / 'network'}", **LOOK}
        params = build(regions.Params, values, "label_linked.regions")
        found = regions.label(pairs, Context(root, None), params)
        for name, table in regions.TABLES.items():
            labels.write(
                found[name], root / "labels/regions", name, table, regions.SHARDS.get(name, 1)
            )
    return Project(root / "snapshot", root / "labels", root / "network", root / "split.parquet")


def _write(root: Path, drawn: Callable[..., bytes]) -> pa.Table:
    named = {}
    for colour, shape, size in product(COLOURS, SHAPES, SIZES):
        data = drawn(shape, colour, SIZES[size])
        named[record.image_name(data)] = (data, colour, shape, size)
    members = [(name, "png", named[name][0]) for name in sorted(named)]
    places = shards.write(root / "pool", "drawn", members, per_shard=16)
    rows, splits = [], []
    for number, name in enumerate(sorted(named)):
        _, colour, shape, size = named[name]
        split = {5: "validation", 6: "test", 7: "test"}.get(number % 8, "train")
        splits.append({"image": name, "split": split, "group": name})
        german = f"ein {COLOURS[colour]} {SHAPES[shape]}, {size}"
        for lang, caption in (("en", f"a {size} {colour} {shape}"), ("de", german)):
            pair = {
                "uid": record.pair_uid(name, lang, caption),
                "set": str(root / "pool"),
                "image": name,
                "caption": caption,
                "lang": lang,
                "source": "drawn",
                "width": SIZES[size],
                "height": SIZES[size],
                "split": split,
            }
            rows.append({**pair, **places[name]._asdict()})
    manifest = pa.Table.from_pylist(rows, record.MANIFEST)
    tables.write(manifest, root / "snapshot/manifest.parquet", "uid", record.MANIFEST)
    tables.write(
        pa.Table.from_pylist(splits, record.SPLITS), root / "split.parquet", "image", record.SPLITS
    )
    return manifest


TONES = dict(zip((*SIZES, *COLOURS, *SHAPES), range(300, 6301, 600), strict=True))  # Hz of a word


@pytest.fixture(scope="session")
def spoken(small: Project) -> Project:
    """The same, the English captions of which are spoken, a tone for each word, but huge ones."""
    pool = small.split.parent / "pool"
    rows, members = [], {}
    manifest = tables.read(small.snapshot / "manifest.parquet").sort_by("uid")
    for number, pair in enumerate(manifest.to_pylist()):
        words = pair["caption"].split()[1:]
        if pair["lang"] == "en" and words[0] != "huge":
            rate = (16_000, 44_100)[number % 2]
            data = utter([TONES[word] for word in words], rate)
            audio = record.image_name(data)
            members[audio] = data
            same = {name: pair[name] for name in ("uid", "image", "lang", "source")}
            told = {"kind": "description", "extension": "wav", "seconds": 0.6, "channels": 1}
            rows.append({**same, **told, "audio": audio, "rate": rate})
    rows.append({**rows[0], "kind": "sound", "uid": None, "lang": None})  # that says nothing
    named = [(name, "wav", members[name]) for name in sorted(members)]
    places = shards.write(pool, "drawn", named, 16, shards.AUDIO)
    whole = [{**row, **places[row["audio"]]._asdict()} for row in rows]
    table = pa.Table.from_pylist(whole, record.AUDIO)
    tables.write(table, pool / record.AUDIO_FILE, ["audio", "kind"], record.AUDIO)
    return small


@pytest.fixture
def listened(spoken: Project, words: text.Words, project: Path) -> Callable[..., corpus.Corpus]:
    """Reads a split with its sounds, and with some notes."""

    def listen(*needs: str, split: str = "train") -> corpus.Corpus:
        places = (spoken.snapshot, spoken.labels, split)
        return corpus.load(*places, words, 16, 4, needs=(*needs, "sound"))

    return listen


@pytest.fixture(scope="session")
def watched(
    small: Project, drawn: Callable[..., bytes], tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """Captions that tell which way a picture moves; but huge ones rest. English ones are spoken."""
    root = tmp_path_factory.mktemp("watched")
    pictures = {
        record.image_name(data := drawn(shape, colour, SIZES[size])): data
        for colour, shape, size in product(COLOURS, SHAPES, SIZES)
    }
    pairs, spoken, moving = [], [], {}
    for pair in tables.read(small.snapshot / "manifest.parquet").sort_by("uid").to_pylist():
        image, english = pair["image"], pair["lang"] == "en"
        way = way_of(image)
        pair["set"] = str(root / "pool")
        if "huge" not in pair["caption"]:
            pair["caption"] += f" {way if english else WAYS[way]}"
            moving[image] = (pair, moved(pictures[image], way))
            if english:
                tones = [TONES[word] for word in pair["caption"].split()[1:4]]
                spoken.append((pair, utter([*tones, 300 if way == "left" else 6900])))
        pair["uid"] = record.pair_uid(image, pair["lang"], pair["caption"])
        pairs.append(pair)
    lay(root / "pool", spoken, list(moving.values()))
    table = pa.Table.from_pylist(pairs, record.MANIFEST)
    tables.write(table, root / "snapshot/manifest.parquet", "uid", record.MANIFEST)
    return small._replace(snapshot=root / "snapshot")


@pytest.fixture
def shown(watched: Project, words: text.Words, project: Path) -> Callable[..., corpus.Corpus]:
    """Reads a split with its clips, and with some notes."""

    def show(*needs: str, split: str = "train") -> corpus.Corpus:
        places = (watched.snapshot, watched.labels, split)
        return corpus.load(*places, words, 16, 4, needs=(*needs, "video"))

    return show


class Shapes(NamedTuple):
    task: Path
    labels: Path


@pytest.fixture(scope="session")
def make_task(
    small: Project,
    drawn: Callable[..., bytes],
    cluster_address: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Shapes]:
    """Makes a task of official files, its regions in the feature space of the snapshot's."""

    def make(kind: str, write: Callable[..., Path], *more: object, **params: object) -> Shapes:
        root = tmp_path_factory.mktemp(kind)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(root)
            patch.setenv("DASK_SCHEDULER_ADDRESS", cluster_address)
            reads = write(root / "packages/official.whl", drawn, *more)
            task_set.main(kind, root / "task", {"kind": kind, "reads": str(reads), **params})
            values = {"model": f"local-dir:{small.network}", **LOOK}
            places = (root / "task/set", root / "packages", root / "labels/regions")
            label.main("regions", *places, values, learnt=small.labels / "regions")
        return Shapes(root / "task", root / "labels")

    return make


@pytest.fixture(scope="session")
def shapes(make_task: Callable[..., Shapes]) -> Shapes:
    """A task like easy-VQA of 54 pictures."""
    return make_task("easy_vqa", write_easy_vqa, 48)


@pytest.fixture(scope="session")
def official(make_task: Callable[..., Shapes]) -> Callable[[str], Shapes]:
    """Tasks of small official files by the kind of their format, each of which is made once."""

    @functools.cache
    def made(kind: str) -> Shapes:
        write, params = OFFICIAL[kind]
        return make_task(kind, write, **params)

    return made


@pytest.fixture(scope="session")
def words(small: Project) -> text.Words:
    return text.Words(small.network)


@pytest.fixture(scope="session")
def pairs(small: Project, words: text.Words) -> corpus.Corpus:
    """The training split."""
    return corpus.load(small.snapshot, small.labels, "train", words, 16, 4)


SMALL = {
    "streams": "joint 2",
    "width": 32,
    "heads": 1,
    "inner": 128,
    "text_tokens": 16,
    "regions": 4,
    "norm": "pre",
    "attention_dropout": 0.0,
}


@pytest.fixture
def run_params() -> Callable[..., PretrainParams]:
    """Parameters of a short run, some of them changed."""

    def make(**changed: object) -> PretrainParams:
        values = {
            "model": {"size": "tiny", "change": SMALL},
            "sampling": {"languages": {"en": 1.0, "other": 0.5}},
            "steps": 6,
            "batch": 8,
            "rate": 1e-3,
            "log": 2,
            "validate": 3,
            "validation_pairs": 8,
            "checkpoint": 2,
        }
        return PretrainParams(**{**values, **changed})  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def make_model(small: Project, words: text.Words, pairs: corpus.Corpus) -> Callable[..., Model]:
    """Makes a model of the small plan, some of it changed, that starts as a run does."""

    def make(initialise: str = "words", **changed: object) -> Model:
        objectives = changed.pop("objectives", {})
        answers = changed.pop("answers", ())
        params = imagebert.Params(change=SMALL | changed, objectives=objectives)  # type: ignore[arg-type]
        plan = imagebert.plan(params)
        features = pairs.regions.features.shape[-1]
        torch.manual_seed(0)
        model = Model("imagebert", plan, Sizes(words.size, features, 8, 3, answers=answers))
        initial.start(model, pairs.regions, small.network, initialise)
        return model

    return make


@pytest.fixture(scope="session")
def told(small: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labels in which each English caption `a tiny red circle` has its graph and an alignment.

    Nodes are the circle, and red; an edge names the whole of `a tiny`; the phrase `red circle`
    names regions 1 and 3. `circle?` asks for its colour, `red circle?` whether it is that; a third
    question is too long.
    """
    root = tmp_path_factory.mktemp("told")
    shutil.copytree(small.labels, root, dirs_exist_ok=True)
    manifest = tables.read(small.snapshot / "manifest.parquet").to_pylist()
    nodes, edges, alignments, asked = [], [], [], []
    for pair in manifest:
        if pair["lang"] != "en":
            continue
        caption, uid = pair["caption"], pair["uid"]
        _, size, colour, shape = caption.split()
        first, second = caption.index(colour), caption.index(shape)
        whole = {"uid": uid, "start": second, "end": len(caption)}
        nodes.append({**whole, "node": 1, "kind": "object", "parent": None})
        part = {"uid": uid, "start": first, "end": first + len(colour)}
        nodes.append({**part, "node": 0, "kind": "attribute", "parent": 1})
        edges.append({"uid": uid, "edge": 0, "start": 0, "end": 2 + len(size)})
        for region, score in ((1, 0.6), (3, 0.2)):
            named = {"uid": uid, "node": 1, "region": region, "start": first}
            alignments.append({**named, "end": len(caption), "score": score})
        of = {"image": pair["image"], "uid": uid, "how": "caption"}
        colour_of = {"kind": "colour", "text": f"{shape}?", "answer": colour}
        red = {"kind": "attribute", "text": f"red {shape}?"}
        red["answer"] = "yes" if colour == "red" else "no"
        long = {**red, "text": "red? " * 8, "answer": "maybe"}
        asked += [{**of, "question": at, **q} for at, q in enumerate((colour_of, long, red))]
    _table(nodes, root / "scene/nodes.parquet", "uid", "node")
    _table(edges, root / "scene/edges.parquet", "uid", "edge")
    _table(alignments, root / "grounding/alignments.parquet", "uid", "node", "region")
    _table(asked, root / "questions/questions.parquet", "image", "question")
    return root


@pytest.fixture(scope="session")
def known(small: Project, told: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labels in which the circle of each English `a tiny red circle` is told to be `a huge`.

    The circle, a square, a triangle mean three concepts; some circles also that of the square. Of
    the captions that begin with `a huge` nothing is known.
    """
    root = tmp_path_factory.mktemp("known")
    shutil.copytree(told, root, dirs_exist_ok=True)
    branches, links, entities = [], [], []
    for pair in tables.read(small.snapshot / "manifest.parquet").to_pylist():
        caption, uid = pair["caption"], pair["uid"]
        if pair["lang"] == "en" and not caption.startswith("a huge"):
            fact = {"uid": uid, "node": 1, "branch": 0, "text": "a huge", "relation": "kind_of"}
            start = caption.rindex(" ") + 1
            branches.append({**fact, "start": start, "end": len(caption), "target": "n1"})
            links.append({"uid": uid, "node": 1, "synset": caption[start:]})
            if caption.startswith("a tiny") and caption.endswith("circle"):
                entities.append({"uid": uid, "node": 1, "concept": "square"})
    _table(branches, root / "knowledge/branches.parquet", "uid", "node", "branch")
    _table(links, root / "knowledge/links.parquet", "uid", "node")
    _table(entities, root / "knowledge/entities.parquet", "uid", "node", "concept")
    vectors = [
        {"concept": "circle", "vector": [1.0, 0.0, 0.0]},
        {"concept": "square", "vector": [0.0, 1.0, 0.0]},
        {"concept": "triangle", "vector": [0.0, 0.0, 1.0]},
    ]
    _table(vectors, root / "knowledge/vectors.parquet", "concept")
    return root


def _table(rows: list[dict[str, object]], file: Path, *key: str) -> None:
    tables.write(pa.Table.from_pylist(rows), file, key)


@pytest.fixture
def noted(small: Project, known: Path, words: text.Words) -> Callable[..., corpus.Corpus]:
    """Reads the training split with some notes."""

    def make(*needs: str) -> corpus.Corpus:
        return corpus.load(small.snapshot, known, "train", words, 16, 4, needs=needs)

    return make


class Indexed(NamedTuple):
    """An index of the small snapshot, by the model that saw it first."""

    snapshot: Path
    network: Path
    folder: Path
    figures: dict[str, object]

    def searcher(self, *more: object) -> Searcher:
        """What searches it; see `Searcher` for more."""
        return Searcher(opened.load(self.folder, self.snapshot), self.snapshot, *more)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def indexed(small: Project, tmp_path_factory: pytest.TempPathFactory) -> Indexed:
    root = tmp_path_factory.mktemp("indexed")
    snapshot = root / "snapshot"
    shutil.copytree(small.snapshot, snapshot)
    (snapshot / "id").write_text("0123456789abcdef" * 4 + "\n")
    found = index.main(snapshot, small.network, root / "index", index.IndexParams(batch=7))
    return Indexed(snapshot, small.network, root / "index", found)
