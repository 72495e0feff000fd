from pathlib import Path

import pyarrow as pa
import pytest
import torch

from align import label_backbone
from align.labelers import scene
from curate.contrastive import network, vocabulary
from curate.contrastive.recipe import Network
from curate.dataset import record, tables
from curate.dataset.errors import ParamsError
from curate.stage.params import build


@pytest.fixture
def ready(project, packages, write_set, drawn):
    """A pool of three pictures, all kept, their graphs, and a small tower."""
    told = {"red": "a red dot", "blue": "a blue dot", "green": "a green dot"}
    pairs = write_set(
        project / "data/pool",
        [(drawn("circle", colour), "en", caption) for colour, caption in told.items()],
    )
    kept = {"kept": True, "reason": "size", "margin": 1.0, "failed": [], "margins": []}
    rows = [{"uid": uid, **kept} for uid in pairs.column("uid").to_pylist()]
    table = pa.Table.from_pylist(rows, record.DECISIONS)
    tables.write(table, Path("data/decisions/pool.parquet"), "uid", record.DECISIONS)
    nodes = [
        {"uid": row["uid"], "node": 0, "kind": "object", "text": "dot", "lemma": "dot"}
        | {"start": 6, "end": 9, "confidence": 1.0}
        for row in rows
    ]
    nodes = [{name: node.get(name) for name in scene.NODES.names} for node in nodes]
    table = pa.Table.from_pylist(nodes, scene.NODES)
    tables.write(table, Path("data/labels/scene/nodes.parquet"), ("uid", "node"), scene.NODES)
    tokenizer = vocabulary.learn(["a red circle"], 300)
    recipe = Network(
        tower="test_resnet", size=32, embedding=16, width=32, layers=1, context=12, vocabulary=300
    )
    values = network.config(recipe, tokenizer.get_vocab_size())
    torch.manual_seed(0)
    network.save(Path("network"), network.build(values).eval(), values, tokenizer)
    return packages


def label(way, packages, **own):
    values = {
        "all": {"model": "local-dir:network", "vocabulary": {"least": 1}},
        "own": {"cells": {"maker": {"kind": "grid", "cells": 2}, "look": "map", "size": 64}, **own},
        "pictures": 3,
    }
    params = build(label_backbone.LabelBackbonesParams, values, "label_backbones")
    places = (Path("data/pool"), packages, Path("out"), params)
    decided = Path("data/decisions/pool.parquet")
    return label_backbone.main(way, *places, decided, Path("data/labels/scene"))


def test_each_way_has_its_regions_and_the_time_of_a_new_picture(ready):
    found = label("cells", ready)
    assert found["maker"] == "grid"
    assert found["rows"]["regions"] == 12
    assert 0 < found["picture"]["p50_ms"] <= found["picture"]["p99_ms"] < 5000
    proposed = label("proposals", ready)
    assert proposed["maker"] == "proposals"
    assert proposed["rows"]["images"] == 3


def test_a_maker_that_there_is_not_is_named(ready):
    with pytest.raises(ParamsError, match="maker"):
        label("other", ready, other={"maker": {"cells": 2}})
