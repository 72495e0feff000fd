from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from curate.dataset import record, tables
from curate.stage import checkpoint
from train import evaluate_media, pretrain

LEARNING = {
    "objectives": {
        **{"moc": None, "mrfr": None, "itm": None, "itc": {}},
        **{"sound_contrast": {}, "sound_match": {}, "sound_masked": {"weight": 0.3}},
    },
    "sampling": {"languages": {"en": 1.0, "de": 0.3}, "negatives": 0.0},
}
HEARS = {"sound": True, "muted": 0.5, "spec_augment": 0.5, "dropout": 0.1}


def hearing(run_params, **changed):
    small = run_params().model["change"]
    return run_params(
        model={"change": small | HEARS, "objectives": LEARNING["objectives"]},
        sampling=LEARNING["sampling"],
        **changed,
    )


def run(spoken, params, out):
    places = (spoken.snapshot, spoken.labels, spoken.network)
    return pretrain.main("imagebert", *places, Path(out), Path("logs", out), params)


def test_a_model_learns_to_hear_what_it_never_heard(spoken, project, run_params):
    run(spoken, hearing(run_params, steps=200, batch=16, rate=3e-3, validate=200), "model")
    places = (Path("model"), spoken.snapshot, spoken.labels, spoken.split)
    figures = evaluate_media.main(*places, evaluate_media.EvaluateMediaParams())["sound"]
    manifest = tables.read(spoken.snapshot / record.MANIFEST_FILE).to_pylist()
    held_out = [p for p in manifest if p["split"] == "test" and p["lang"] == "en"]
    assert figures["captions"] == len([p for p in held_out if "huge" not in p["caption"]])
    found = figures["pairs"]
    assert found["sound_text"]["text_retrieval"]["times_chance_at_1"] > 3
    assert found["sound_image"]["image_retrieval"]["times_chance_at_1"] > 2
    last = tables.read(Path("model/ledger.parquet"))
    assert last.num_rows > 0


WATCHES = {"video": True, "muted": 0.5, "clip_crops": 0.5, "dropout": 0.1}
WATCHING = {
    **{"moc": None, "mrfr": None, "itm": None, "itc": {}},
    **{"video_contrast": {}, "video_match": {}, "video_masked": {"weight": 0.3}},
}


def watching(run_params, **changed):
    small = run_params().model["change"]
    return run_params(
        model={"change": small | WATCHES, "objectives": WATCHING},
        sampling=LEARNING["sampling"],
        **changed,
    )


def test_clips_that_were_held_out_are_found_by_words_and_pictures(watched, project, run_params):
    params = watching(run_params, steps=400, batch=16, rate=3e-3, validate=400, checkpoint=400)
    run(watched, params, "model")
    places = (Path("model"), watched.snapshot, watched.labels, watched.split)
    figures = evaluate_media.main(*places, evaluate_media.EvaluateMediaParams())["video"]
    found = figures["pairs"]
    assert set(found) == {"image_text", "video_text", "video_image"}
    assert found["video_image"]["video_retrieval"]["times_chance_at_1"] > 3
    assert found["video_text"]["text_retrieval"]["times_chance_at_1"] > 3


class KilledError(Exception):
    """As good as a kill: comes after a checkpoint was written."""


@pytest.mark.parametrize(("data", "params_of"), [("spoken", hearing), ("watched", watching)])
def test_a_killed_run_with_a_medium_ends_as_if_it_had_not_been(
    data, params_of, project, run_params, monkeypatch, request
):
    given = request.getfixturevalue(data)
    run(given, params_of(run_params), "whole")
    save = checkpoint.Checkpoints.save

    def save_and_die(self, step, *rest):
        save(self, step, *rest)
        if step == 4:
            raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint.Checkpoints, "save", save_and_die)
        with pytest.raises(KilledError):
            run(given, params_of(run_params, workers=1), "resumed")
    torch.manual_seed(99)  # what is left of random state must not matter
    run(given, params_of(run_params), "resumed")
    first, second = (load_file(f"{out}/model.safetensors") for out in ("whole", "resumed"))
    assert all(torch.equal(first[name], second[name]) for name in first)
