import dataclasses
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import open_clip
import pyarrow as pa
import pytest
import torch
from PIL import Image

from align.labelers import Context, regions, scene
from align.regions import classes as classes_table
from align.regions import look
from align.regions.projection import project
from align.regions.tower import BATCH, Tower, View, feature_map
from align.regions.tower import look as tower_look
from curate.contrastive import network, vocabulary
from curate.contrastive.recipe import Network
from curate.dataset import labels, memory, pixels, record, sets, shards, tables
from curate.dataset.errors import DataError, ParamsError, PluginError, WeightsError
from curate.stage import cluster
from curate.stage import params as params_module

HERE = Context(Path("packages"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A small contrastive model as open_clip reads it."""
    path = tmp_path_factory.mktemp("network")
    tokenizer = vocabulary.learn(["a red circle"], 300)
    recipe = Network(
        tower="test_resnet", size=32, embedding=16, width=32, layers=1, context=12, vocabulary=300
    )
    values = network.config(recipe, tokenizer.get_vocab_size())
    torch.manual_seed(0)
    network.save(path, network.build(values).eval(), values, tokenizer)
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory, drawn: Callable[..., bytes]) -> Path:
    """A project folder with a set of twelve pictures, each with two captions."""
    root = tmp_path_factory.mktemp("home")
    members = {}
    for shape, colour, size in product(("circle", "square", "triangle"), ("red", "blue"), (60, 90)):
        data = drawn(shape, colour, size)
        members[record.image_name(data)] = (data, f"{colour} {shape} {size}", size)
    files = [(name, "png", members[name][0]) for name in sorted(members)]
    places = shards.write(root / "pool", "drawn", files, per_shard=16)
    rows = [
        {
            "uid": record.pair_uid(name, lang, caption),
            "image": name,
            "caption": caption,
            "lang": lang,
            "source": "drawn",
            "width": size,
            "height": size,
            **places[name]._asdict(),
        }
        for name, (_, caption, size) in members.items()
        for lang in ("en", "de")
    ]
    table = pa.Table.from_pylist(rows, record.PAIRS)
    tables.write(table, root / "pool/pairs.parquet", "uid", record.PAIRS)
    return root


@pytest.fixture
def located(home, monkeypatch) -> pa.Table:
    """The pairs, with the project folder as the working directory."""
    monkeypatch.chdir(home)
    return sets.located([Path("pool")])


@pytest.fixture(scope="module")
def labelled(home, folder) -> dict[str, pa.Table]:
    """What the labeler says of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        return regions.label(sets.located([Path("pool")]), HERE, params(folder))


def params(folder, **changed):
    values = {
        "model": f"local-dir:{folder}",
        "size": 64,
        "look": "map",
        "maker": {"kind": "grid", "cells": 2},
        "classes_of": "codebook",
        "codebook": {"classes": 4},
    }
    return params_module.build(regions.Params, {**values, **changed}, "label_linked.regions")


def proposing(folder, **changed):
    """Parameters of the default maker, with nouns as classes."""
    own = {"model": f"local-dir:{folder}", "vocabulary": {"least": 1}}
    return params_module.build(regions.Params, {**own, **changed}, "label_linked.regions")


@pytest.fixture
def scenes(located, tmp_path):
    """A context with scene graphs: two nouns of each English caption."""
    english = [row for row in located.to_pylist() if row["lang"] == "en"]
    rows = [
        {
            "uid": row["uid"],
            "node": number,
            "kind": "object",
            "text": word,
            "lemma": word,
            "start": 0,
            "end": 1,
        }
        for row in english
        for number, word in enumerate(row["caption"].split()[:2])
    ]
    table = pa.Table.from_pylist(rows, scene.NODES)
    tables.write(table, tmp_path / "scene/nodes.parquet", ("uid", "node"), scene.NODES)
    return dataclasses.replace(HERE, of=tmp_path / "scene")


def written(found, folder):
    """The bytes that `align.label` would write."""
    for name, form in regions.TABLES.items():
        labels.write(found[name], folder, name, form, regions.SHARDS.get(name, 1))
    return {file.name: file.read_bytes() for file in sorted(folder.glob("*.parquet"))}


def test_each_picture_is_looked_at_once_and_has_every_cell(located, labelled):
    found = labelled
    rows = found["regions"].to_pylist()
    images = sorted(set(located.column("image").to_pylist()))
    assert [(r["image"], r["region"]) for r in rows] == [(n, c) for n in images for c in range(4)]
    boxes = [(r["x1"], r["y1"], r["x2"], r["y2"]) for r in rows[:4]]
    assert boxes == [(0, 0, 0.5, 0.5), (0.5, 0, 1, 0.5), (0, 0.5, 0.5, 1), (0.5, 0.5, 1, 1)]
    assert found["images"].column("image").to_pylist() == images
    assert all(0 <= r["confidence"] <= 1 for r in rows)
    counts = {r["label"]: r["regions"] for r in found["classes"].to_pylist()}
    assert all(counts[k] == sum(r["label"] == k for r in rows) for k in counts)
    assert found["rejected"].num_rows == 0


def test_made_pictures_get_their_classes_from_the_pools_codebook_and_change_none_of_it(
    located, labelled, folder, tmp_path
):
    written(labelled, tmp_path / "pool")
    few = located.slice(0, 3)
    learnt = dataclasses.replace(HERE, learnt=tmp_path / "pool")
    found = regions.label(few, learnt, params(folder))
    images = set(few.column("image").to_pylist())
    for table in ("regions", "features", "images"):
        wanted = [row for row in labelled[table].to_pylist() if row["image"] in images]
        assert found[table].to_pylist() == wanted
    kept = ["label", "centre", "mean"]
    assert found["classes"].select(kept).equals(labelled["classes"].select(kept))
    assert sum(found["classes"].column("regions").to_pylist()) == found["regions"].num_rows
    none = regions.label(located.slice(0, 0), learnt, params(folder))
    assert [none[table].num_rows for table in ("regions", "images")] == [0, 0]


def test_a_codebook_of_another_model_is_refused(located, labelled, folder, tmp_path):
    classes = labelled["classes"].to_pylist()
    other = [row | {"centre": row["centre"][:-1], "mean": row["mean"][:-1]} for row in classes]
    table = pa.Table.from_pylist(other, classes_table.CLASSES)
    tables.write(table, tmp_path / "classes.parquet", "label")
    learnt = dataclasses.replace(HERE, learnt=tmp_path)
    with pytest.raises(DataError, match=r"classes of \d+ features and the model gives \d+"):
        regions.label(located, learnt, params(folder))


def test_neither_the_order_of_pairs_nor_what_was_remembered_changes_a_byte(
    located, labelled, folder, tmp_path, monkeypatch
):
    first = written(labelled, tmp_path / "first")
    turned = located.take(list(range(located.num_rows))[::-1])
    assert written(regions.label(turned, HERE, params(folder)), tmp_path / "known") == first
    monkeypatch.setattr(memory.Memory.__init__, "__defaults__", (tmp_path / "forgotten",))
    assert written(regions.label(turned, HERE, params(folder)), tmp_path / "anew") == first


def test_features_of_a_picture_do_not_depend_on_the_pictures_beside_it(located, labelled, folder):
    whole = labelled["images"].to_pylist()
    few = sets.distinct_images(tables.rows_with(located, "image", [r["image"] for r in whole[5:7]]))
    values = params_module.as_dict(params(folder))
    alone = look.look_at_group(few, values).sort_by("image")
    assert alone.select(["image", "feature", "embedding"]).to_pylist() == whole[5:7]


def test_the_embedding_is_the_models_own(located, labelled, folder):
    model, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    row = located.slice(0, 1).to_pylist()[0]
    with shards.ShardReader("pool") as reader:
        data = reader.read(row["shard"], row["offset"], row["size"])
    with torch.inference_mode():
        wanted = model.eval().encode_image(preprocess(pixels.decode(data))[None], normalize=True)
    found = tables.rows_with(labelled["images"], "image", [row["image"]]).to_pylist()[0]
    assert np.allclose(found["embedding"], wanted[0].numpy(), atol=2e-3)
    assert np.linalg.norm(found["embedding"]) == pytest.approx(1, abs=1e-2)


def test_a_picture_that_cannot_be_read_is_rejected_by_name_and_the_rest_is_labelled(
    located, folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(memory.Memory.__init__, "__defaults__", (tmp_path,))
    monkeypatch.setattr(
        cluster, "map_shards", lambda f, items, *shared, **_: [f(i, *shared) for i in items]
    )
    broken = located.column("image")[0].as_py()
    rows = [{**r, "size": 9} if r["image"] == broken else r for r in located.to_pylist()]
    found = regions.label(pa.Table.from_pylist(rows, located.schema), HERE, params(folder))
    assert [r["item"] for r in found["rejected"].to_pylist()] == [broken]
    assert broken not in found["regions"].column("image").to_pylist()
    assert found["images"].num_rows == 11


def test_a_model_that_is_not_there_is_named(located, tmp_path):
    with pytest.raises(WeightsError, match=r"label_linked\.regions\.model: no folder .*nowhere"):
        regions.label(located, HERE, params(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("config", "size", "side"),
    [
        ({"vision_cfg": {"layers": 1, "width": 32, "head_width": 16, "patch_size": 8}}, 32, 4),
        ({"vision_cfg": {"layers": [1, 1, 1, 1], "width": 8}}, 64, 2),
        ({"vision_cfg": {"timm_model_name": "test_vit", "timm_pool": "token"}}, 160, 10),
        ({"vision_cfg": {"timm_model_name": "test_resnet"}}, 64, 2),
        ({"vision_cfg": {"timm_model_name": "test_convnext"}}, 64, 2),
    ],
    ids=["vit", "resnet", "timm vit", "timm resnet", "timm convnext"],
)
def test_any_tower_of_open_clip_has_a_map_whose_places_are_those_of_the_picture(config, size, side):
    text = {"context_length": 8, "vocab_size": 16, "width": 16, "heads": 2, "layers": 1}
    torch.manual_seed(0)
    vision = {"image_size": size, **config["vision_cfg"]}
    visual = open_clip.CustomTextCLIP(16, vision, text).visual.eval()
    picture = torch.zeros(1, 3, size, size)
    other = picture.clone()
    other[:, :, -size // side :, -size // side :] = 3.0  # the last place alone
    with torch.inference_mode():
        before, after = feature_map(visual, picture), feature_map(visual, other)
    assert before.shape[2:] == (side, side)
    change = (after - before).norm(dim=1)[0]
    assert change.flatten().argmax() == side * side - 1


def test_boxes_of_a_picture_are_seen_alike_at_any_place_of_a_batch(folder):
    noise = np.random.default_rng(0).integers(0, 255, (BATCH + 3, 40, 40, 3), np.uint8)
    boxes = np.array([[0, 0, 1, 1], [0.5, 0.25, 1, 1]], np.float32)
    pictures = [Image.fromarray(p) for p in noise]
    for how in ("crops", "map"):
        tower = Tower(f"local-dir:{folder}", None, 64, how)
        together = tower.see([View(p, p, boxes) for p in pictures])
        for at in (0, BATCH - 1, BATCH + 2):
            alone = tower.see([View(pictures[at], pictures[at], boxes)])[0]
            assert all(np.array_equal(a, b) for a, b in zip(alone, together[at], strict=True))


@pytest.mark.parametrize(
    "config",
    [
        {"layers": 1, "width": 32, "head_width": 16, "patch_size": 8},
        {"layers": [1, 1, 1, 1], "width": 8},
        {"timm_model_name": "test_vit", "timm_pool": "token"},
        {"timm_model_name": "test_resnet"},
        {"timm_model_name": "test_convnext"},
    ],
    ids=["vit", "resnet", "timm vit", "timm resnet", "timm convnext"],
)
def test_every_place_of_any_towers_map_has_a_joint_embedding(config):
    size = 160 if config.get("timm_model_name") == "test_vit" else 64
    text = {"context_length": 8, "vocab_size": 16, "width": 16, "heads": 2, "layers": 1}
    torch.manual_seed(0)
    visual = open_clip.CustomTextCLIP(16, {"image_size": size, **config}, text).visual.eval()
    with torch.inference_mode():
        maps, joint = tower_look(visual, torch.randn(2, 3, size, size))
        found = project(visual, maps.flatten(2).transpose(1, 2).reshape(-1, maps.shape[1]))
    assert joint.shape == (2, 16)
    assert found.shape == (2 * maps[0, 0].numel(), 16)
    assert found.isfinite().all()


def test_of_a_tower_that_averages_its_map_a_flat_maps_places_are_the_whole(folder):
    visual = open_clip.create_model_from_pretrained(f"local-dir:{folder}")[0].eval().visual
    with torch.inference_mode():
        maps = feature_map(visual, torch.randn(1, 3, 64, 64))
        flat = maps.mean((2, 3))
        whole = visual.head(visual.trunk.forward_head(maps))
        assert torch.allclose(project(visual, flat), whole, atol=1e-5)


def test_a_thing_is_found_and_its_classes_are_nouns_of_the_scene_graphs(located, folder, scenes):
    found = regions.label(located, scenes, proposing(folder))
    names = found["classes"].column("name").to_pylist()
    assert names == sorted(("blue", "circle", "red", "square", "triangle"))
    rows = found["regions"].to_pylist()
    assert {r["image"] for r in rows} == set(located.column("image").to_pylist())
    for row in rows:
        assert row["soft_labels"][0] == row["label"]
        assert row["probabilities"] == sorted(row["probabilities"], reverse=True)
        assert row["confidence"] == pytest.approx(row["probabilities"][0], abs=1e-3)
        assert sum(row["probabilities"]) == pytest.approx(1, abs=1e-2)  # five nouns are all
        assert row["detected"] is None
    keys = [(r["image"], r["region"]) for r in rows]
    assert [(r["image"], r["region"]) for r in found["features"].to_pylist()] == keys


def test_regions_of_made_pictures_are_classed_by_the_pools_nouns(located, folder, scenes, tmp_path):
    pool = regions.label(located, scenes, proposing(folder))
    written(pool, tmp_path / "pool")
    few = located.slice(0, 3)
    learnt = dataclasses.replace(HERE, learnt=tmp_path / "pool", of=tmp_path / "nowhere")
    made = regions.label(few, learnt, proposing(folder))
    images = set(few.column("image").to_pylist())
    wanted = [row for row in pool["regions"].to_pylist() if row["image"] in images]
    assert made["regions"].to_pylist() == wanted
    with pytest.raises(DataError, match="nouns as classes, no codebook"):
        regions.label(few, learnt, params(folder))


def test_without_scene_graphs_or_with_too_few_nouns_it_is_said_what_to_do(located, folder, scenes):
    with pytest.raises(ParamsError, match="set `of` to scene"):
        regions.label(located, HERE, proposing(folder))
    with pytest.raises(DataError, match=r"none of 5 nouns is said of 99 pictures; lower"):
        regions.label(located, scenes, proposing(folder, vocabulary={"least": 99}))


def test_an_unknown_maker_or_parameter_of_one_is_named(located, folder):
    with pytest.raises(PluginError, match=r"no file align/regions/makers/gird\.py.*'grid'"):
        regions.label(located, HERE, proposing(folder, maker={"kind": "gird"}))
    with pytest.raises(ParamsError, match=r"regions\.maker.*sides"):
        regions.label(located, HERE, proposing(folder, maker={"kind": "proposals", "sides": 3}))
    with pytest.raises(ParamsError, match=r"kind is None, not one of detector, faster_rcnn, grid"):
        regions.label(located, HERE, proposing(folder, maker={}))
