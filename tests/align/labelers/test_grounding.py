"""Phrases are named by a real model that the test makes: small, untrained, its vectors known."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

from align.grounding.encoder import encode
from align.grounding.matching import Rule
from align.labelers import Context, grounding, regions, scene
from align.labelers.grounding import Params
from align.regions.look import tower_weights
from curate.contrastive import network, vocabulary
from curate.contrastive.recipe import Network
from curate.dataset import labels, sets
from curate.dataset.errors import DataError, ParamsError, WeightsError

WORDS = ["dog", "red apple", "cat"]
LEFT, RIGHT, BELOW = (0.0, 0.0, 0.2, 0.2), (0.7, 0.0, 0.9, 0.2), (0.4, 0.7, 0.6, 0.9)
Found = dict[str, pa.Table]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small contrastive model as open_clip reads it."""
    path = tmp_path_factory.mktemp("network")
    tokenizer = vocabulary.learn(["two dogs and a red apple, no cat"] * 3, 300)
    recipe = Network(
        tower="test_resnet", size=32, embedding=16, width=32, layers=1, context=12, vocabulary=300
    )
    values = network.config(recipe, tokenizer.get_vocab_size())
    torch.manual_seed(0)
    network.save(path, network.build(values).eval(), values, tokenizer)
    return f"local-dir:{path}"


@pytest.fixture
def ground(model: str, packages: Path, tmp_path: Path) -> Callable[..., Found]:
    """Labels of captions of one picture, whose regions look just like the words of theirs."""

    def run(seen: dict[tuple[float, ...], str], *captions: str, by: str = model) -> Found:
        vectors = dict(zip(WORDS, encode(WORDS, model, None, "model"), strict=True))
        stack = np.stack(list(vectors.values()))
        alike = (stack @ stack.T)[~np.eye(len(WORDS), dtype=bool)].max()
        empty = {f.name: "" if pa.types.is_string(f.type) else 0 for f in sets.LOCATED}
        rows = [
            empty | {"uid": f"u{i}", "image": "00000000", "lang": "en", "caption": caption}
            for i, caption in enumerate(captions)
        ]
        pairs = pa.Table.from_pylist(rows, sets.LOCATED)
        graphs = scene.label(pairs, Context(packages), scene.Params())
        for name, table in scene.TABLES.items():
            labels.write(graphs[name], tmp_path / "scene", name, table)
        boxes, features = [], []
        for number, (box, word) in enumerate(seen.items()):
            key = {"image": "00000000", "region": number}
            corners = dict(zip(("x1", "y1", "x2", "y2"), box, strict=True))
            boxes.append(key | corners | {"score": 1, "label": 0, "confidence": 1}
                         | {"soft_labels": [0], "probabilities": [np.float16(1)]})  # fmt: skip
            vector = vectors[word].astype(np.float16)
            features.append(key | {"feature": vector, "embedding": vector})
        known = {"label": 0, "name": "dog", "regions": len(seen), "centre": stack[0]}
        classes = [known | {"made_by": tower_weights(by, None)}]
        for name, found in (("regions", boxes), ("features", features), ("classes", classes)):
            table = regions.TABLES[name]
            columns = pa.Table.from_pylist(found, table.schema)
            labels.write(columns, tmp_path / "regions", name, table)
        rule = Rule(least=(1 + float(alike)) / 2, temperature=(1 - float(alike)) / 20)
        context = Context(packages, of=tmp_path / "scene", beside=tmp_path / "regions")
        return grounding.label(pairs, context, Params(model=model, rule=rule))

    return run


def named(found: Found) -> list[tuple[str, int, int, int]]:
    rows = found["alignments"].sort_by([("uid", "ascending"), ("start", "ascending")]).to_pylist()
    return [(r["uid"], r["start"], r["end"], r["region"]) for r in rows]


def test_each_phrase_names_the_region_that_looks_like_it(ground: Callable[..., Found]) -> None:
    found = ground({LEFT: "red apple", RIGHT: "dog"}, "a dog and a red apple")
    assert named(found) == [("u0", 2, 5, 1), ("u0", 12, 21, 0)]


def test_a_plural_names_several_regions(ground: Callable[..., Found]) -> None:
    found = ground({LEFT: "dog", RIGHT: "cat", BELOW: "dog"}, "two dogs")
    assert [region for *_, region in named(found)] == [0, 2]
    assert grounding.figures(pa.table({}), found)["several"] == 1


def test_a_phrase_of_what_is_not_there_is_told_of_but_names_nothing(
    ground: Callable[..., Found],
) -> None:
    found = ground({LEFT: "dog"}, "a cat")
    [phrase] = found["phrases"].to_pylist()
    assert (phrase["words"], phrase["regions"]) == ("cat", 0)
    assert phrase["best"] < 0.5
    assert named(found) == []
    assert grounding.figures(pa.table({}), found)["named"] == 0


def test_a_relation_that_the_boxes_contradict_is_told_of(ground: Callable[..., Found]) -> None:
    seen = {LEFT: "dog", RIGHT: "cat"}
    found = ground(
        seen, "a dog to the left of a cat", "a dog to the right of a cat", "a dog on a cat"
    )
    rows = [(r["uid"], r["place"], r["holds"]) for r in found["relations"].to_pylist()]
    assert rows == [("u0", "left of", True), ("u1", "right of", False)]
    counted = grounding.figures(pa.table({}), found)
    assert (counted["held"], counted["contradicted"], counted["untold"]) == (1, 1, 0)


def test_other_captions_of_a_picture_change_nothing(ground: Callable[..., Found]) -> None:
    seen = {LEFT: "dog", RIGHT: "cat"}
    alone, more = ground(seen, "a dog"), ground(seen, "a dog", "a red apple", "cats")
    assert alone["alignments"].to_pylist() == more["alignments"].slice(0, 1).to_pylist()


def test_captions_without_graph_give_empty_tables(ground: Callable[..., Found]) -> None:
    assert all(not table.num_rows for table in ground({LEFT: "dog"}, "").values())


def test_regions_of_another_model_are_refused(ground: Callable[..., Found]) -> None:
    with pytest.raises(DataError, match=r"seen by another model than .*grounding\.model"):
        ground({LEFT: "dog"}, "a dog", by="ViT-B-32")


def test_it_needs_scene_graphs_and_regions(packages: Path) -> None:
    with pytest.raises(ParamsError, match="beside: regions"):
        grounding.label(sets.LOCATED.empty_table(), Context(packages), Params(model="RN50"))


def test_a_model_that_is_not_there_is_an_error() -> None:
    with pytest.raises(WeightsError, match=r"label_grounded\.grounding\.model 'local-dir:nowhere'"):
        encode(["dog"], "local-dir:nowhere", None, "label_grounded.grounding.model")
