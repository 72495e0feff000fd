import itertools
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

from augment import diffusion_model
from augment.diffusion import conditioning, examples, loop, network
from curate.dataset import record, sets, tables
from curate.dataset.errors import DataError, EmptySetError, WeightsError
from curate.stage import checkpoint
from curate.stage import params as parameter_file
from tests import _diffusion

ROOT = Path(__file__).resolve().parents[2]
COLOURS = ("red", "blue")
SPEC = {
    "sources": ["drawn"],
    "main": "en",
    "side": 16,
    "codec": {"width": 16, "halvings": 1, "latents": 4},
    "squeezing": {"steps": 80, "rate": 5e-3, "batch": 8, "log": 10, "checkpoint": 0},
    "network": {"widths": [16, 32], "tokens": 8},
    "training": {"steps": 120, "rate": 4e-3, "batch": 8, "log": 10, "checkpoint": 20},
    "shown": {"captions": 4, "steps": 6},
}


@pytest.fixture
def clip(tmp_path):
    return _diffusion.save_clip(tmp_path / "clip")


@pytest.fixture
def pool(project, write_set, drawn, monkeypatch):
    """Red and blue squares and circles, kept, all in the split train."""
    monkeypatch.setattr(checkpoint, "DEFAULT_ROOT", project / "checkpoints")
    shapes = itertools.product(("square", "circle"), COLOURS)
    rows = [(drawn(shape, colour, 32), "en", f"a {colour} {shape}") for shape, colour in shapes]
    pairs = write_set(project / "pool", rows).to_pylist()
    ruled = {"kept": True, "reason": "r", "margin": 1.0, "failed": []}
    decisions = pa.Table.from_pylist([{"uid": p["uid"], **ruled} for p in pairs], record.DECISIONS)
    tables.write(decisions, project / "kept.parquet", "uid")
    splits = [{"image": p["image"], "split": "train", "group": p["image"]} for p in pairs]
    tables.write(pa.Table.from_pylist(splits, record.SPLITS), project / "split.parquet", "image")
    return project / "pool"


def train(project, clip, out="model", **others):
    params = parameter_file.build(
        diffusion_model.DiffusionModelParams, {**SPEC, **others}, "diffusion_model"
    )
    return diffusion_model.main(
        project / "pool",
        project / "kept.parquet",
        project / "split.parquet",
        clip,
        project / out,
        params,
    )


def files(folder):
    return {f.relative_to(folder): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def test_what_is_trained_is_an_ordinary_pipeline_that_draws_the_colour_it_is_told(
    pool, project, clip
):
    from diffusers import DiffusionPipeline

    figures = train(project, clip)
    for curve in figures["curve"].values():
        assert curve[-1][1] < 0.6 * curve[0][1]
    pipeline = DiffusionPipeline.from_pretrained(project / "model", local_files_only=True)
    assert type(pipeline).__name__ == "StableDiffusionPipeline"
    for colour, most in zip(COLOURS, (0, 2), strict=True):
        drawn = pipeline(
            [f"a {colour} square"] * 4,
            num_inference_steps=8,
            guidance_scale=2.0,
            generator=[torch.Generator().manual_seed(s) for s in range(4)],
        )
        middles = [np.asarray(picture)[6:10, 6:10].mean(axis=(0, 1)) for picture in drawn.images]
        assert int(np.mean(middles, axis=0).argmax()) == most


def test_a_killed_training_goes_on_to_the_same_bytes(pool, project, clip, monkeypatch):
    short = {
        "squeezing": {**SPEC["squeezing"], "steps": 10},
        "training": {**SPEC["training"], "steps": 50},
    }
    figures = train(project, clip, **short)
    own, begun = loop._follow, []

    def killed(*args):
        begun.append(args)
        if len(begun) == 10 + 45:
            raise KeyboardInterrupt
        own(*args)

    monkeypatch.setattr(loop, "_follow", killed)
    with pytest.raises(KeyboardInterrupt):
        train(project, clip, "again", **short)
    begun[:] = []
    assert train(project, clip, "again", **short) == figures
    assert len(begun) == 10 + 10  # the autoencoder again, the network from its checkpoint
    assert files(project / "again") == files(project / "model")
    assert not list((project / "checkpoints").rglob("*.safetensors"))


def test_a_loss_that_is_no_number_stops_with_the_step(pool, project, clip):
    with pytest.raises(DataError, match=r"step [0-9]+.*rate"):
        train(project, clip, squeezing={**SPEC["squeezing"], "rate": 1e30})


def test_a_missing_clip_and_an_unknown_source_are_said(pool, project, clip):
    with pytest.raises(EmptySetError, match=r"nobody.*there are drawn"):
        train(project, clip, sources=["nobody"])
    (clip / "open_clip_model.safetensors").unlink()
    with pytest.raises(WeightsError, match="dvc repro filter_network"):
        train(project, clip)


def test_only_pictures_of_the_split_train_are_learnt_from(pool, project, clip):
    table = tables.read(project / "split.parquet").to_pylist()
    table[0]["split"] = "test"
    tables.write(pa.Table.from_pylist(table, record.SPLITS), project / "split.parquet", "image")
    short = {"squeezing": {**SPEC["squeezing"], "steps": 1}}
    short["training"] = {**SPEC["training"], "steps": 1}
    assert train(project, clip, **short)["pictures"] == sets.located([pool]).num_rows - 1


@pytest.mark.parametrize("file", ["params.yaml", "presets/diffusion/long.yaml"])
def test_the_sizes_that_are_offered_fit_together(file):
    params = parameter_file.build(
        diffusion_model.DiffusionModelParams,
        parameter_file.load(ROOT / file, "diffusion_model"),
        "diffusion_model",
    )
    side = params.side >> params.codec.halvings
    unet = network.unet(params.network, side, params.codec.latents, 24)
    latents = torch.zeros(1, params.codec.latents, side, side)
    drawn = unet(latents, 500, torch.zeros(1, params.network.tokens, 24)).sample
    assert drawn.shape == latents.shape


def test_a_model_is_examined_on_the_concepts_that_most_pictures_show(
    project, write_set, drawn, clip
):
    told = ["a red square", "a blue square: large", "a green square", "a red circle", "a circle"]
    rows = [(drawn("square", "red", 20 + n), "en", text) for n, text in enumerate([*told, "lamp"])]
    pairs = write_set(project / "shapes", rows)
    place = pa.array([(project / "shapes").as_posix()] * pairs.num_rows, pa.string())
    located = pairs.add_column(1, sets.LOCATED.field("set"), place)
    shown = examples.Examples(located, {}, conditioning.tokenizer(clip, 8), 16, "en")
    found = shown.commonest(2)
    assert [text.partition(":")[0].split()[-1] for _, text in found] == ["square", "circle"]
    captions = {pair["image"]: pair["caption"] for pair in pairs.to_pylist()}
    assert all(captions[shown.names[row]] == text for row, text in found)
